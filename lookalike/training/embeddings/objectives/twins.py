"""Two views of a picture that tell the same, in numbers that do not repeat each other."""

import torch
from torch import Tensor, nn

from lookalike.training.embeddings.batches import Batch, Feed
from lookalike.training.embeddings.loop import Objective
from lookalike.training.embeddings.objectives.taught import Taught, full_digits


class BarlowTwins(Objective):
    """Barlow Twins (Zbontar et al. 2021, https://arxiv.org/abs/2103.03230); no label is looked at.

    Args:
        network: images to (n, dimension).
        feed: gives two views of each picture.
        dimension: length of the embedding.
        width: of the projector's layers, where the loss is taken.
        redundancy: weight of the correlations between different numbers.
        teacher: weight of the first view's distance to the teacher's answers; 0 turns it off.
        relation: weight of the first view's relations to other pictures; 0 turns it off.
    """

    def __init__(
        self,
        network: nn.Module,
        feed: Feed,
        dimension: int,
        width: int = 512,
        redundancy: float = 0.005,
        teacher: float = 0.0,
        relation: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self.redundancy = network, redundancy
        self.taught = Taught(feed, dimension, teacher, relation)
        self.projector = nn.Sequential(
            nn.Linear(dimension, width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width, bias=False),
        )

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        vectors = [self.network(view) for view in batch.views]
        first, second = (self.projector(each) for each in vectors)
        with full_digits(first):
            twins = correlation_loss(first.float(), second.float(), self.redundancy)
            return twins + self.taught(vectors[0].float(), batch)


def correlation_loss(first: Tensor, second: Tensor, redundancy: float) -> Tensor:
    """How far the cross-correlation of two views is from the identity.

    Args:
        first, second: (n, d) float32, row i of the same picture.
        redundancy: weight of what is off the diagonal.

    Returns:
        The squared distance, divided by d.
    """
    first, second = (
        (view - view.mean(0)) / view.std(0, correction=0).clamp(min=1e-5)
        for view in (first, second)
    )
    correlation = first.T @ second / len(first)
    diagonal = torch.diagonal(correlation)
    off = correlation.square().sum() - diagonal.square().sum()
    return ((diagonal - 1).square().sum() + redundancy * off) / len(diagonal)
