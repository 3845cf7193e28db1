"""Make SIFT's codebook: PCA and k-means of the descriptors of many pictures. No label is used."""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lookalike.encoders.sift import Extraction, local_features
from lookalike.galleries.sources import fashion_mnist
from lookalike.training.codebooks.codebook import fit, gather, write
from lookalike.training.embeddings.publish import DATA


@dataclass(frozen=True)
class Recipe:
    """The embedded codebook's settings."""

    extraction: Extraction = field(default_factory=Extraction)
    images: int = 3000  # about 800,000 descriptors, for 2,112 numbers
    components: int = 64  # of a descriptor's 128, by PCA; 32 measured worse
    centres: int = 32  # 64 of them with 32 components measured no better, at the same length
    rounds: int = 30  # of k-means
    seed: int = 0


def train(
    output: Path, *, recipe: Recipe | None = None, resume: bool = True, limit: int | None = None
) -> None:
    """Make the codebook and write model.safetensors, card.json and README.md into `output`.

    Args:
        recipe: settings, if not the embedded weights'.
        resume: every trainer takes it; here nothing is kept to resume from, since a run takes a
            few minutes.
        limit: use this many images.
    """
    recipe = recipe or Recipe()
    started = time.monotonic()
    count = min(recipe.images, limit or recipe.images)
    settings = recipe.components, recipe.centres, recipe.rounds, recipe.seed
    codebook, curve = fit(*_descriptors(recipe, count), *settings)
    card = {
        "title": "SIFT, embedded weights",
        "data": DATA["fashion-mnist"],
        "data_licence": "MIT",
        "images": count,
        "settings": asdict(recipe),
        "seconds": round(time.monotonic() - started, 1),
    }
    write(output, codebook, curve, card)


def _descriptors(recipe: Recipe, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors and weighted places of `count` images of the training split."""
    greys, _ = fashion_mnist.read("train")
    chosen = np.random.default_rng(recipe.seed).permutation(len(greys))[:count]
    photos = (cv2.cvtColor(greys[position], cv2.COLOR_GRAY2RGB) for position in chosen)
    found = [
        local_features(photo, recipe.extraction)
        for photo in tqdm(photos, "descriptors", count, mininterval=2)
    ]
    return gather(found, recipe.extraction)
