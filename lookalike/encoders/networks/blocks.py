"""What the networks share: their input, the residual block and the embedding head."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike import photos
from lookalike.photos import Photo


def to_pixels(images: Sequence[Photo], side: int) -> Tensor:
    """n RGB images of any size to (n, 3, side, side) float32 in [0, 1]."""
    batch = np.empty((len(images), side, side, 3), np.uint8)
    for row, image in zip(batch, images, strict=True):
        row[:] = photos.square(image, side)
    return torch.from_numpy(batch).permute(0, 3, 1, 2).float().div_(255)


def centred(images: Tensor) -> Tensor:
    """[0, 1] to [-1, 1]: as far from zero on a white background as on a black one."""
    return images * 2 - 1


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al. 2016, basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        last = nn.BatchNorm2d(outputs)
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            last,
        )
        # Begins as its shortcut alone (Goyal et al. 2017), so that a block may be added to a
        # trained network without disturbing it.
        nn.init.zeros_(last.weight)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, features: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        return functional.relu(self.body(features) + self.shortcut(features), inplace=True)


class ResidualNetwork(nn.Module):
    """A residual CNN with an embedding head, for small colour pictures.

    He et al. 2016, https://arxiv.org/abs/1512.03385. The stem is one 3 x 3 convolution that halves
    the resolution; each stage halves it again.

    Args:
        dimension: length of the embedding.
        stem: channels of the stem.
        widths: channels of the stages.
        depths: blocks of the stages.
    """

    def __init__(
        self,
        dimension: int,
        stem: int = 32,
        widths: Sequence[int] = (64, 128, 256),
        depths: Sequence[int] = (1, 2, 2),
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(3, stem, 3, 2, 1, bias=False),
            nn.BatchNorm2d(stem),
            nn.ReLU(inplace=True),
        ]
        inputs = stem
        for width, depth in zip(widths, depths, strict=True):
            layers.append(Residual(inputs, width, 2))
            layers += [Residual(width, width) for _ in range(depth - 1)]
            inputs = width
        self.features, self.width = nn.Sequential(*layers), inputs
        self.head: nn.Module = nn.Linear(inputs, dimension)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, h, w) in [0, 1] to (n, dimension)."""
        features = self.features(centred(images).contiguous(memory_format=torch.channels_last))
        return self.head(features.mean((2, 3)))


class AdaptedNetwork(ResidualNetwork):
    """A frozen residual CNN under two linear layers that are trained by label (adaptation).

    Args:
        dimension: length of the embedding.
        hidden: length between the two layers.
        frozen: see `ResidualNetwork`: stem, widths and depths.
    """

    def __init__(self, dimension: int, hidden: int, **frozen: Any) -> None:
        super().__init__(dimension, **frozen)
        self.features.requires_grad_(False)
        self.head = nn.Sequential(
            nn.Linear(self.width, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, dimension),
        )

    def train(self, mode: bool = True) -> "AdaptedNetwork":
        """The convolutions stay as they are: their normalisation counts no more batches."""
        super().train(mode)
        self.features.eval()
        return self
