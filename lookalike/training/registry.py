"""The one place where models that we train are registered."""

import importlib
from pathlib import Path

from lookalike.errors import unknown_name
from lookalike.settings import settings

# Name -> module with `train(output, *, resume)`, and the folder under models/ that it fills.
MODELS: dict[str, tuple[str, str]] = {
    "resnet": ("lookalike.training.resnet", "resnet/embedded"),
    "vit": ("lookalike.training.vit", "vit/embedded"),
    "clip": ("lookalike.training.clip", "clip/embedded"),
    "autoencoder": ("lookalike.training.autoencoder", "autoencoder/embedded"),
    "siamese": ("lookalike.training.siamese", "siamese/embedded"),
    "sift": ("lookalike.training.sift", "sift/embedded"),
    "orb": ("lookalike.training.orb", "orb/embedded"),
    "subject": ("lookalike.training.subject", "yolo/embedded"),
}


def names() -> list[str]:
    """What can be trained."""
    return list(MODELS)


def train(name: str, output: Path | None = None, resume: bool = True) -> Path:
    """Train one model and write its weights, card and README.

    Args:
        name: of the model.
        output: folder; None: the shipped models' folder.
        resume: go on from the checkpoint of an interrupted run.

    Returns:
        The folder.

    Raises:
        UnknownNameError: no model has this name.
        LookalikeError: the data is not there, or the disk refused.
    """
    if name not in MODELS:
        raise unknown_name("model to train", name, names())
    module, place = MODELS[name]
    folder = output or settings().assets / "models" / place
    importlib.import_module(module).train(folder, resume=resume)
    return folder
