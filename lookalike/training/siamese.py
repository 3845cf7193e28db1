"""Train the embedded Siamese network: one network, two pictures, near or far."""

from dataclasses import dataclass, field
from pathlib import Path

import torch
from pytorch_metric_learning import losses, miners
from safetensors.torch import load_file
from torch import Tensor, nn

from lookalike import cards
from lookalike.encoders import registry as encoders
from lookalike.encoders.networks.siamese import SiameseNetwork
from lookalike.training import data, publish
from lookalike.training.augment import augment
from lookalike.training.loop import Schedule, fit


@dataclass(frozen=True)
class Recipe:
    """The embedded weights' settings."""

    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=6, learning_rate=5e-4))
    start: str = "resnet"  # embedded weights whose convolutions it begins with; "": from scratch
    side: int = 32
    dimension: int = 128
    widths: tuple[int, ...] = (32, 64, 128)
    depth: int = 2
    near: float = 0.0  # distance under which two of a class cost nothing
    far: float = 1.0  # distance beyond which two of different classes cost nothing


class ContrastivePairs(nn.Module):
    """Contrastive loss over all pairs of a batch (Hadsell, Chopra and LeCun 2006).

    Every picture of the batch passes the same network, so a batch of n gives n (n - 1) pairs; the
    miner keeps those that the margins do not settle already.
    """

    def __init__(self, encoder: nn.Module, near: float, far: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.miner = miners.PairMarginMiner(pos_margin=near, neg_margin=far)
        self.loss = losses.ContrastiveLoss(pos_margin=near, neg_margin=far)

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        vectors = self.encoder(augment(images, generator))
        with torch.autocast("cpu", enabled=False):  # distances need float32's digits
            vectors = vectors.float()
            return self.loss(vectors, labels, self.miner(vectors, labels))


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
    network = SiameseNetwork(recipe.dimension, recipe.widths, recipe.depth)
    if recipe.start:
        begin_with(network, recipe.start)
    objective = ContrastivePairs(network, recipe.near, recipe.far)
    images, labels = data.images(recipe.side, limit)
    checkpoint = publish.checkpoint("siamese")
    progress = fit(objective, images, labels, recipe, checkpoint, resume=resume)
    publish.write(output, "Siamese", network, recipe, progress, len(images))


def begin_with(network: SiameseNetwork, encoder: str) -> None:
    """Copy the convolutions of another encoder's embedded weights; the head stays as drawn.

    Pairs alone teach convolutions slowly: eight epochs from scratch gave a precision@10 of 0.85,
    six from here 0.92.

    Raises:
        WeightsError: those weights are missing or damaged.
    """
    folder = cards.find(encoders.weights_spec(encoder, "embedded").location)
    tensors = load_file(folder / cards.verify(folder)["file"])
    features = {name: value for name, value in tensors.items() if name.startswith("features.")}
    network.features.load_state_dict(
        {name.removeprefix("features."): value for name, value in features.items()}
    )
