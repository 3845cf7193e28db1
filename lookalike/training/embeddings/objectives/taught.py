"""The teacher's part of a loss."""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.training.embeddings.batches import Batch
from lookalike.training.embeddings.targets import Targets


class Labelled(Protocol):
    """What a loss has to know of the data."""

    @property
    def classes(self) -> list[str]: ...

    @property
    def targets(self) -> Targets | None: ...


class Taught(nn.Module):
    """How far the vectors are from the teacher's answers, each by itself and in their relations.

    Each by itself: the cosine distance of a linear map of a vector from its answer (Romero et al.
    2015, FitNets, https://arxiv.org/abs/1412.6550, with directions for features). In their
    relations: see `relation_loss`.

    Args:
        feed: tells the length of the teacher's answers.
        dimension: length of the vectors.
        weight: what the distance is multiplied by; 0 turns it off.
        relation: what the relations' loss is multiplied by; 0 turns it off.
    """

    def __init__(
        self, feed: Labelled, dimension: int, weight: float, relation: float = 0.0
    ) -> None:
        super().__init__()
        self.weight = weight if feed.targets else 0.0
        self.relation = relation if feed.targets else 0.0
        self.projector = nn.Linear(dimension, feed.targets.dimension if feed.targets else 1)

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        """The weighted sum of both, over the pictures that have an answer."""
        loss = vectors.new_zeros(())
        taught, answers = vectors[batch.taught], batch.targets[batch.taught]
        if self.weight:
            nearness = functional.cosine_similarity(self.projector(taught), answers).mean()
            loss = loss + self.weight * (1 - nearness)
        if self.relation:
            loss = loss + self.relation * relation_loss(taught, answers)
        return loss


def relation_loss(vectors: Tensor, answers: Tensor, temperature: float = 0.1) -> Tensor:
    """How differently the vectors and the teacher's answers choose each one's neighbours.

    The mean Kullback-Leibler divergence between softmaxes over the cosines to the others (Fang et
    al. 2021, SEED, https://arxiv.org/abs/2101.04731, within the batch). It shapes the very vectors
    that a search compares, where a linear map may turn them as it likes.

    Args:
        vectors: (n, d) float32.
        answers: (n, e) float32, rows of length 1.
        temperature: what the cosines are divided by.
    """
    own = functional.normalize(vectors)
    itself = torch.eye(len(own), dtype=torch.bool, device=own.device)
    said = (own @ own.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    wanted = (answers @ answers.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    return functional.kl_div(said, wanted, reduction="batchmean", log_target=True)


def full_digits(vectors: Tensor) -> torch.autocast:
    """Angles and distances need float32: bfloat16 has too few digits for them."""
    return torch.autocast(vectors.device.type, enabled=False)
