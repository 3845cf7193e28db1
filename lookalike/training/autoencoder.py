"""Train the embedded autoencoder: give back the clean picture. No label is looked at."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.encoders.networks.autoencoder import Autoencoder
from lookalike.training import data, publish
from lookalike.training.augment import augment
from lookalike.training.loop import Schedule, fit


@dataclass(frozen=True)
class Recipe:
    """The embedded weights' settings."""

    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=15, weight_decay=0.0))
    side: int = 32
    dimension: int = 128
    corrupted: float = 0.5  # share of the pictures that come in changed


class Denoising(nn.Module):
    """Squared error of the clean picture, given a changed one (Vincent et al. 2008).

    Args:
        network: with `forward` to latents and `decode` back.
        corrupted: share of the pictures that are shifted, mirrored, erased or put on another
            background on their way in; what is asked back is always the picture as it was.
    """

    def __init__(self, network: Autoencoder, corrupted: float) -> None:
        super().__init__()
        self.network, self.corrupted = network, corrupted

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of a batch; labels are not used."""
        changed = torch.rand(len(images), 1, 1, 1, generator=generator) < self.corrupted
        inputs = torch.where(changed, augment(images, generator), images)
        output = self.network.decode(self.network(inputs))
        return functional.mse_loss(output.float(), images)


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
    network = Autoencoder(recipe.dimension, recipe.side)
    images, labels = data.images(recipe.side, limit)
    checkpoint = publish.checkpoint("autoencoder")
    objective = Denoising(network, recipe.corrupted)
    progress = fit(objective, images, labels, recipe, checkpoint, resume=resume)
    publish.write(output, "Autoencoder", network, recipe, progress, len(images))
