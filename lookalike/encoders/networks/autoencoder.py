"""A convolutional autoencoder with a 128-d latent (Hinton and Salakhutdinov 2006)."""

import torch
from torch import Tensor, nn

from lookalike.encoders.networks.blocks import centred


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True)]


def _up(inputs: int, outputs: int) -> list[nn.Module]:
    # Upsampling before a convolution leaves no checkerboard (Odena et al. 2016).
    convolution = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
    return [nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(outputs), nn.ReLU(True)]


class Autoencoder(nn.Module):
    """Images to a latent vector and back.

    Args:
        dimension: length of the latent.
        side: side of the images, pixels; a multiple of 8.
    """

    def __init__(self, dimension: int = 128, side: int = 32) -> None:
        super().__init__()
        self.cells = side // 8
        size = 128 * self.cells**2
        self.encoder = nn.Sequential(*_down(1, 32), *_down(32, 64), *_down(64, 128))
        self.to_latent = nn.Linear(size, dimension)
        self.from_latent = nn.Linear(dimension, size)
        self.decoder = nn.Sequential(
            *_up(128, 64), *_up(64, 32), nn.Upsample(scale_factor=2), nn.Conv2d(32, 1, 3, 1, 1)
        )

    def forward(self, images: Tensor) -> Tensor:
        """(n, 1, side, side) in [0, 1] to latents (n, dimension)."""
        images = centred(images).contiguous(memory_format=torch.channels_last)
        return self.to_latent(self.encoder(images).flatten(1))

    def decode(self, latents: Tensor) -> Tensor:
        """(n, dimension) to images (n, 1, side, side), in [0, 1]."""
        cells = self.from_latent(latents).view(-1, 128, self.cells, self.cells)
        return self.decoder(cells.contiguous(memory_format=torch.channels_last)).sigmoid()
