"""Fashion-MNIST as the training loop takes it."""

import numpy as np
import torch
from torch import Tensor

from lookalike import photos
from lookalike.galleries import fashion_mnist


def images(side: int, limit: int | None = None, hold_out: int = 0) -> tuple[Tensor, Tensor]:
    """The training split, scaled as `photos.square` scales a query.

    Args:
        side: pixels.
        limit: keep this many.
        hold_out: leave this many out, the last of a fixed permutation, for choosing settings by.

    Returns:
        (n, 1, side, side) uint8 greys and (n,) int64 labels.
    """
    greys, labels = fashion_mnist.read("train")
    order = np.random.default_rng(0).permutation(len(greys))
    kept = order[: len(order) - hold_out][:limit]
    batch = np.empty((len(kept), 1, side, side), np.uint8)
    for row, position in zip(batch, kept, strict=True):
        row[0] = photos.square(np.repeat(greys[position, :, :, None], 3, axis=2), side)[..., 0]
    return torch.from_numpy(batch), torch.from_numpy(labels[kept])
