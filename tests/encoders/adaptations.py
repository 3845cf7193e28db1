"""An adapted method as the training writes it, with a layer of chance."""

import json

import numpy as np
from safetensors.numpy import save_file

from lookalike import cards
from lookalike.encoders import registry
from lookalike.encoders.adapted import FILE

NAME = "efficientnet-on-toys"


def write(home, name=NAME, method="efficientnet", dimension=24, sha256=None, seed=0, **changes):
    """Write models/<name>/adapted/ under a home; its folder.

    Args:
        sha256: of the frozen weights; those that are there unless given.
        changes: of the card.
    """
    folder = home / "models" / name / "adapted"
    folder.mkdir(parents=True, exist_ok=True)
    weights = registry.load(method).weights
    rng = np.random.default_rng(seed)
    layer = {
        "weight": rng.normal(size=(dimension, weights.dimension)).astype(np.float32),
        "bias": np.full(dimension, 0.5, np.float32),
    }
    save_file(layer, folder / FILE)
    base = {
        "method": method,
        "weights": weights.name,
        "sha256": weights.sha256 if sha256 is None else sha256,
        "dimension": weights.dimension,
    }
    card = {"base": base, "gallery": "toys", "field": "label", "dimension": dimension}
    cards.write(folder, card | changes, FILE)
    return folder


def edit(folder, **changes):
    """Change the card of a method that is there, as somebody may by hand."""
    path = folder / cards.CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
