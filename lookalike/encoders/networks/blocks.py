"""What the networks share: their input, the residual block and the embedding head."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike import photos
from lookalike.photos import Photo


def to_grey(images: Sequence[Photo], side: int) -> Tensor:
    """n RGB images of any size to (n, 1, side, side) float32 greys in [0, 1].

    The networks were trained on grey pictures, so colour would tell them nothing.
    """
    batch = np.empty((len(images), 1, side, side), np.uint8)
    for row, image in zip(batch, images, strict=True):
        row[0] = cv2.cvtColor(photos.square(image, side), cv2.COLOR_RGB2GRAY)
    return torch.from_numpy(batch).float().div_(255)


def centred(images: Tensor) -> Tensor:
    """[0, 1] to [-1, 1]: as far from zero on a white background as on a black one."""
    return images * 2 - 1


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al. 2016, basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, features: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        return functional.relu(self.body(features) + self.shortcut(features), inplace=True)


class ResidualNetwork(nn.Module):
    """A residual CNN with an embedding head, for small grey pictures.

    He et al. 2016, https://arxiv.org/abs/1512.03385, with CIFAR's stem: a 3 x 3 convolution that
    keeps the resolution, because 32 pixels leave nothing to throw away.

    Args:
        dimension: length of the embedding.
        widths: channels of the stages; each halves the resolution.
        depth: blocks per stage.
    """

    def __init__(
        self, dimension: int, widths: Sequence[int] = (48, 96, 192), depth: int = 2
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(1, widths[0], 3, 1, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        ]
        inputs = widths[0]
        for width in widths:
            layers.append(Residual(inputs, width, 2))
            layers += [Residual(width, width) for _ in range(depth - 1)]
            inputs = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, dimension)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 1, h, w) in [0, 1] to (n, dimension)."""
        features = self.features(centred(images).contiguous(memory_format=torch.channels_last))
        return self.head(features.mean((2, 3)))
