"""Train the embedded ResNet: tell ten classes apart by the angle of the embedding."""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from lookalike.encoders.networks.blocks import ResidualNetwork
from lookalike.training import data, publish
from lookalike.training.classify import AngularClassifier
from lookalike.training.loop import Schedule, fit


@dataclass(frozen=True)
class Recipe:
    """The embedded weights' settings."""

    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=14))
    side: int = 32
    dimension: int = 256
    widths: tuple[int, ...] = (32, 64, 128)
    depth: int = 2
    scale: float = 16.0  # of the cosines, before the softmax
    smoothing: float = 0.05  # of the labels


def train(
    output: Path, *, recipe: Recipe | None = None, resume: bool = True, limit: int | None = None
) -> None:
    """Train and write model.safetensors, card.json and README.md into `output`.

    Args:
        recipe: settings, if not the embedded weights'.
        resume: go on from this recipe's checkpoint.
        limit: train on this many images.
    """
    recipe = recipe or Recipe()
    torch.manual_seed(recipe.schedule.seed)
    network = ResidualNetwork(recipe.dimension, recipe.widths, recipe.depth)
    objective = AngularClassifier(network, recipe.dimension, 10, recipe.scale, recipe.smoothing)
    images, labels = data.images(recipe.side, limit)
    checkpoint = publish.checkpoint("resnet")
    progress = fit(objective, images, labels, recipe, checkpoint, resume=resume)
    publish.write(output, "ResNet", network, recipe, progress, len(images))
