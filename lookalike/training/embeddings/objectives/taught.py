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
    """How far a linear map of the vectors is from the teacher's answers (feature distillation).

    Romero et al. 2015, FitNets, https://arxiv.org/abs/1412.6550, with directions for features.

    Args:
        feed: tells the length of the teacher's answers.
        dimension: length of the vectors.
        weight: what the distance is multiplied by; 0 turns it off.
    """

    def __init__(self, feed: Labelled, dimension: int, weight: float) -> None:
        super().__init__()
        self.weight = weight if feed.targets else 0.0
        self.projector = nn.Linear(dimension, feed.targets.dimension if feed.targets else 1)

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        """The weighted mean cosine distance, of the pictures that have an answer."""
        if not self.weight:
            return vectors.new_zeros(())
        answers = self.projector(vectors)[batch.taught]
        nearness = functional.cosine_similarity(answers, batch.targets[batch.taught]).mean()
        return self.weight * (1 - nearness)


def full_digits(vectors: Tensor) -> torch.autocast:
    """Angles and distances need float32: bfloat16 has too few digits for them."""
    return torch.autocast(vectors.device.type, enabled=False)
