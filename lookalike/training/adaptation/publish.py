"""What an adaptation leaves behind: the layer, curves, card and README."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

from lookalike import cards
from lookalike.encoders import adapted, registry
from lookalike.encoders.base import Encoder
from lookalike.index.build import index_method
from lookalike.settings import settings
from lookalike.storage.files import make_folder, replace_folder, replacing
from lookalike.training.adaptation.layers import NEAREST, Precision
from lookalike.training.adaptation.outcome import Outcome
from lookalike.training.adaptation.task import Adaptation
from lookalike.training.embeddings import publish


def write(task: Adaptation, encoder: Encoder, outcome: Outcome) -> Path:
    """Write models/<name>/adapted/ in LOOKALIKE_HOME; whole, or what was there stays.

    Raises:
        StorageError: the disk refused.
    """
    final = settings().home / "models" / task.name / adapted.WEIGHTS
    staged = final.with_name(f".{adapted.WEIGHTS}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    make_folder(staged)
    try:
        with replacing(staged / adapted.FILE) as beside:
            save_file(outcome.layer, beside)
        publish.write_curves(staged, outcome.progress.curve)
        cards.write(staged, card(task, encoder, outcome), adapted.FILE)
        cards.write_readme(staged)
        replace_folder(staged, final)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    forget_run(task)
    registry.spec.cache_clear()  # an earlier one of this name is no more
    return final


def forget_run(task: Adaptation) -> None:
    """Remove the checkpoint."""
    shutil.rmtree(publish.checkpoint(task.name).parent, ignore_errors=True)


def card(task: Adaptation, encoder: Encoder, outcome: Outcome) -> dict[str, Any]:
    """Everything about it; what the encoder reads of it is `adapted.Card`."""
    gallery, used, progress = task.gallery, encoder.weights, outcome.progress
    learned = int((~task.items.validation).sum())
    return {
        "title": f"{encoder.spec.title} adapted to {gallery.title}",
        "base": {
            "method": task.method,
            "weights": task.weights,
            "sha256": used.sha256,
            "location": used.location,
            "revision": used.revision,
            "dimension": used.dimension,
        },
        "gallery": gallery.name,
        "fingerprint": gallery.fingerprint,
        "field": task.field,
        "classes": len(task.items.classes),
        "images": learned,
        "validation_images": len(task.items.ids) - learned,
        "images_left_out": task.items.left_out,
        "held_out": "the gallery's held-out queries; of its items, those for validation, "
        "by a hash of the name",
        "validation": {
            "frozen": _precision(outcome.frozen),
            "adapted": _precision(outcome.adapted),
            "difference": vars(outcome.difference),
            "helped": outcome.helped,
        },
        "dimension": task.dimension,
        "parameters": sum(part.size for part in outcome.layer.values()),
        "settings": outcome.recipe.network | outcome.recipe.objective,
        "schedule": outcome.recipe.schedule.model_dump(),
        "seed": task.seed,
        "data": f"the images of the gallery {gallery.name}",
        "data_licence": str(gallery.card.get("licence", "not stated")),
        "licence": used.licence,
        "seconds": round(progress.seconds, 1),
        "hardware": publish.hardware(),
        "torch": torch.__version__,
        "best_epoch": progress.best + 1,
        "training_curve": [row["loss"] for row in progress.curve],
        "validation_curve": [row["score"] for row in progress.curve],
    }


def _precision(found: Precision) -> dict[str, float]:
    return {
        f"precision@{NEAREST}": round(found.mean, 5),
        f"precision@{NEAREST}_by_class": round(found.by_class, 5),
    }


def index(task: Adaptation, frozen: np.ndarray) -> Path:
    """Index the gallery for the new method; no image is encoded again.

    Args:
        frozen: the frozen encoder's vectors of the gallery.

    Raises:
        LookalikeError: as `index_method`.
    """
    encoder = registry.load(task.name)
    assert isinstance(encoder, adapted.Adapted)
    return index_method(task.gallery, task.name, encoded=encoder.of_frozen(frozen))
