"""Classes as directions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.training.embeddings.batches import Batch
from lookalike.training.embeddings.loop import Objective
from lookalike.training.embeddings.objectives.taught import Labelled, Taught, full_digits


class Angular(Objective):
    """Cross-entropy over cosines to one direction per class (NormFace, Wang et al. 2017).

    The classes end up as directions, which is what a search by cosine needs.

    Args:
        network: images, or what stands for them, to (n, dimension).
        feed: tells the classes.
        dimension: length of the embedding.
        scale: what the cosines are multiplied by before the softmax.
        smoothing: label smoothing.
        teacher: weight of the distance to the teacher's answers; 0 turns it off.
        relation: weight of the relations to other pictures; 0 turns it off.
    """

    def __init__(
        self,
        network: nn.Module,
        feed: Labelled,
        dimension: int,
        scale: float = 16.0,
        smoothing: float = 0.05,
        teacher: float = 0.0,
        relation: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self.scale, self.smoothing = network, scale, smoothing
        # Of length 1: an optimiser that moves every number by as much turns a long one slowly.
        self.directions = nn.Parameter(torch.randn(len(feed.classes), dimension) * dimension**-0.5)
        self.taught = Taught(feed, dimension, teacher, relation)

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        vectors = self.network(batch.views[0])
        with full_digits(vectors):
            vectors = vectors.float()
            cosines = functional.normalize(vectors) @ functional.normalize(self.directions).T
            by_label = functional.cross_entropy(
                cosines * self.scale, batch.labels, label_smoothing=self.smoothing
            )
            return by_label + self.taught(vectors, batch)
