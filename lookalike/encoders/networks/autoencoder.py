"""A convolutional autoencoder with a 128-d latent (Hinton and Salakhutdinov 2006)."""

from collections.abc import Sequence

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
    """Colour images to a latent vector and back.

    Args:
        dimension: length of the latent.
        side: side of the images, pixels; each of the widths halves it.
        widths: channels of the encoder's layers; the decoder has them in reverse.
    """

    def __init__(
        self, dimension: int = 128, side: int = 64, widths: Sequence[int] = (32, 64, 128, 128)
    ) -> None:
        super().__init__()
        self.width, self.cells = widths[-1], side // 2 ** len(widths)
        size = self.width * self.cells**2
        pairs = list(zip((3, *widths), widths, strict=False))
        self.encoder = nn.Sequential(*(layer for pair in pairs for layer in _down(*pair)))
        self.to_latent = nn.Linear(size, dimension)
        self.from_latent = nn.Linear(dimension, size)
        ups = [layer for before, after in pairs[:0:-1] for layer in _up(after, before)]
        last = nn.Conv2d(widths[0], 3, 3, 1, 1)
        self.decoder = nn.Sequential(*ups, nn.Upsample(scale_factor=2), last)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, side, side) in [0, 1] to latents (n, dimension)."""
        images = centred(images).contiguous(memory_format=torch.channels_last)
        return self.to_latent(self.encoder(images).flatten(1))

    def decode(self, latents: Tensor) -> Tensor:
        """(n, dimension) to images (n, 3, side, side), in [0, 1]."""
        cells = self.from_latent(latents).view(-1, self.width, self.cells, self.cells)
        return self.decoder(cells.contiguous(memory_format=torch.channels_last)).sigmoid()
