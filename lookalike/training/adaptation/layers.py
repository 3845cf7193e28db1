"""The feature layer, what it is fed with, and how good it is on the validation share."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_linear_bn_eval

from lookalike.distance import Metric, normalise
from lookalike.evaluation.metrics import precision_at_k
from lookalike.training.adaptation.items import Items
from lookalike.training.embeddings.batches import Batch

NEAREST = 10
SEARCHED = 20_000  # images that are searched in validation, at most
ASKED = 256  # validation images that ask at a time
BLOCK = 4096  # rows that are read at a time


class FeatureLayer(nn.Module):
    """Linear, batch norm, ReLU over frozen vectors; dropout before it, since they are few.

    Args:
        mean: (d,) float32, of the vectors that it learns from.
        spread: their standard deviation, one number: a number that hardly varied among them may
            do so in a query, and must not be blown up.
        dimension: length of the features.
        dropout: share of the frozen numbers that are left out of a step; 0 turns it off.
    """

    mean: Tensor

    def __init__(self, mean: Tensor, spread: float, dimension: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.spread = spread
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(len(mean), dimension, bias=False)
        self.norm = nn.BatchNorm1d(dimension)

    def forward(self, frozen: Tensor) -> Tensor:
        """(n, d) to (n, dimension), none negative."""
        centred = (frozen - self.mean) / self.spread
        return torch.relu(self.norm(self.linear(self.dropout(centred))))

    @torch.no_grad()
    def folded(self) -> dict[str, np.ndarray]:
        """As one matrix and one bias: features are max(0, weight @ x + bias), all float32."""
        fused = fuse_linear_bn_eval(self.linear.eval(), self.norm.eval())
        weight = fused.weight / self.spread
        bias = fused.bias - weight @ self.mean
        return {"weight": weight.cpu().numpy(), "bias": bias.cpu().numpy()}


class Vectors:
    """The frozen vectors of the images that are learned from, drawn batch by batch.

    Args:
        frozen: (gallery, d) float32, by id; may lie on the disk.
        items: whose they are.
        batch: how many are drawn, each as likely.
        seed: each batch follows from it, the epoch and the step.
    """

    targets = None  # no teacher

    def __init__(self, frozen: np.ndarray, items: Items, batch: int, seed: int) -> None:
        self.frozen, self.size, self.seed = frozen, batch, seed
        self.ids, self.labels = items.part(validation=False)
        self.classes = items.classes

    @property
    def fingerprint(self) -> str:
        """Of the vectors and the labels: 64 hex digits."""
        digest = hashlib.sha256("\n".join(self.classes).encode() + self.labels.tobytes())
        for start in range(0, len(self.ids), BLOCK):
            digest.update(self.frozen[self.ids[start : start + BLOCK]].tobytes())
        return digest.hexdigest()

    def statistics(self) -> tuple[Tensor, float]:
        """The mean of the vectors, (d,) float32, and the standard deviation of all numbers."""
        sums, squares = np.zeros(self.frozen.shape[1]), 0.0
        for start in range(0, len(self.ids), BLOCK):
            block = self.frozen[self.ids[start : start + BLOCK]].astype(np.float64)
            sums += block.sum(0)
            squares += np.square(block).sum()
        mean = sums / len(self.ids)
        variance = squares / len(self.ids) / len(mean) - np.square(mean).mean()
        return torch.from_numpy(mean.astype(np.float32)), max(float(variance), 1e-12) ** 0.5

    def batch(self, epoch: int, step: int) -> Batch:
        """One batch; its view holds vectors, (n, d)."""
        rng = np.random.default_rng([self.seed, epoch, step])
        rows = rng.integers(len(self.ids), size=self.size)
        vectors = torch.from_numpy(self.frozen[self.ids[rows]])
        no_answer = torch.zeros(len(rows), dtype=torch.bool)
        rest = torch.from_numpy(self.labels[rows]), torch.from_numpy(rows), no_answer
        return Batch([vectors], *rest, torch.zeros(len(rows), 0))


class Precision(NamedTuple):
    """P@10 on the validation share."""

    each: np.ndarray  # (m,) of every validation image
    mean: float
    by_class: float  # the mean of the classes' means

    @classmethod
    def of(cls, each: np.ndarray, labels: np.ndarray) -> "Precision":
        """From that of every image, and their classes."""
        of_class = [each[labels == one].mean() for one in np.unique(labels)]
        return cls(each, float(each.mean()), float(np.mean(of_class)))


class Validation:
    """The validation images ask; those that are learned from, or some of many, are searched.

    Args:
        frozen: (gallery, d) float32, by id.
        items: whose they are.
    """

    def __init__(self, frozen: np.ndarray, items: Items) -> None:
        asked, self.wanted = items.part(validation=True)
        searched, labels = items.part(validation=False)
        some = np.sort(np.random.default_rng(0).permutation(len(searched))[:SEARCHED])
        self.labels = labels[some]
        self.asked, self.searched = frozen[asked], frozen[searched[some]]

    def frozen(self, metric: Metric) -> Precision:
        """Of the frozen vectors, as their method compares them."""
        return self._precision(self.asked, self.searched, metric)

    def adapted(self, embed: Callable[[Tensor], Tensor]) -> Precision:
        """Of features, compared by cosine."""
        asked, searched = _features(embed, self.asked), _features(embed, self.searched)
        return self._precision(asked, searched, "cosine")

    def _precision(self, asked: np.ndarray, searched: np.ndarray, metric: Metric) -> Precision:
        if metric == "cosine":
            asked, searched = normalise(asked), normalise(searched)
        # The order by distance is that by the dot product less half the squared length.
        half = np.square(searched).sum(1) / 2
        relevant = np.zeros((len(asked), NEAREST), bool)
        for start in range(0, len(asked), ASKED):
            part = slice(start, start + ASKED)
            nearness = torch.from_numpy(asked[part] @ searched.T - half)
            nearest = nearness.topk(NEAREST).indices.numpy()
            relevant[part] = self.labels[nearest] == self.wanted[part, None]
        return Precision.of(precision_at_k(relevant, NEAREST), self.wanted)


def _features(embed: Callable[[Tensor], Tensor], vectors: np.ndarray) -> np.ndarray:
    blocks = [vectors[start : start + BLOCK] for start in range(0, len(vectors), BLOCK)]
    return np.concatenate([embed(torch.from_numpy(block)).float().numpy() for block in blocks])
