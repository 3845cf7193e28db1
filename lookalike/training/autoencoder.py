"""Train the embedded autoencoder: give back the clean picture. No label is looked at."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.encoders.networks.autoencoder import Autoencoder
from lookalike.training import data, publish
from lookalike.training.augment import as_photo, relight
from lookalike.training.loop import Schedule, fit


@dataclass(frozen=True)
class Recipe:
    """The embedded weights' settings."""

    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=10, weight_decay=0.0))
    side: int = 32
    dimension: int = 128
    corrupted: float = 0.8  # share of the pictures that come in changed
    photo: float = 0.2  # share of those that come in on another background, or inverted


class Denoising(nn.Module):
    """Squared error of the clean picture, given a changed one (Vincent et al. 2008).

    The light and the background change, and what is asked back is the picture as it was: a bright
    item on black. Moving or mirroring the picture made the search worse on held-out pictures.

    Args:
        network: with `forward` to latents and `decode` back.
        corrupted: share of the pictures that are changed on their way in.
        photo: share of those that get another background or are inverted.
    """

    def __init__(self, network: Autoencoder, corrupted: float, photo: float) -> None:
        super().__init__()
        self.network, self.corrupted, self.photo = network, corrupted, photo

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of a batch; labels are not used."""
        changed = as_photo(relight(images, generator, 0.5), self.photo, generator)
        chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < self.corrupted
        output = self.network.decode(self.network(torch.where(chosen, changed, images)))
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
    objective = Denoising(network, recipe.corrupted, recipe.photo)
    progress = fit(objective, images, labels, recipe, checkpoint, resume=resume)
    publish.write(output, "Autoencoder", network, recipe, progress, len(images))
