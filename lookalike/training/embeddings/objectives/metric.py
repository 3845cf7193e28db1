"""Distances: two of a kind near each other, two of different kinds apart."""

import torch
from pytorch_metric_learning import losses, miners
from torch import Tensor, nn

from lookalike.training.embeddings.batches import Batch, Feed
from lookalike.training.embeddings.loop import Objective
from lookalike.training.embeddings.objectives.taught import Taught, full_digits


class Mined(Objective):
    """A loss over those distances in a batch that a miner picks.

    Args:
        network: images to (n, dimension), of length 1.
        loss, miner: of pytorch-metric-learning.
        taught: the teacher's part.
    """

    def __init__(self, network: nn.Module, loss: nn.Module, miner: nn.Module, taught: Taught):
        super().__init__()
        self.network, self.loss, self.miner, self.taught = network, loss, miner, taught

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        vectors = self.network(batch.views[0])
        with full_digits(vectors):
            vectors = vectors.float()
            loss = self.loss(vectors, batch.labels, self.miner(vectors, batch.labels))
            return loss + self.taught(vectors, batch)


def contrastive(
    network: nn.Module,
    feed: Feed,
    dimension: int,
    near: float = 0.0,
    far: float = 1.0,
    teacher: float = 0.0,
    relation: float = 0.0,
) -> Mined:
    """Contrastive loss over all pairs of a batch (Hadsell, Chopra and LeCun 2006).

    Every picture of the batch passes the same network, so a batch of n gives n (n - 1) pairs; the
    miner keeps those that the margins do not settle already.

    Args:
        near: distance under which two of a class cost nothing.
        far: distance beyond which two of different classes cost nothing.
        teacher: weight of the distance to the teacher's answers; 0 turns it off.
        relation: weight of the relations to other pictures; 0 turns it off.
    """
    miner = miners.PairMarginMiner(pos_margin=near, neg_margin=far)
    loss = losses.ContrastiveLoss(pos_margin=near, neg_margin=far)
    return Mined(network, loss, miner, Taught(feed, dimension, teacher, relation))


def triplet(
    network: nn.Module,
    feed: Feed,
    dimension: int,
    margin: float = 0.2,
    teacher: float = 0.0,
    relation: float = 0.0,
) -> Mined:
    """Triplet loss (Schroff et al. 2015) over all triplets that break the margin.

    Args:
        margin: by how much another class must be farther than the same.
        teacher: weight of the distance to the teacher's answers; 0 turns it off.
        relation: weight of the relations to other pictures; 0 turns it off.
    """
    miner = miners.TripletMarginMiner(margin=margin, type_of_triplets="all")
    loss = losses.TripletMarginLoss(margin=margin)
    return Mined(network, loss, miner, Taught(feed, dimension, teacher, relation))
