"""The network that both halves of a Siamese pair share."""

from torch import Tensor
from torch.nn import functional

from lookalike.encoders.networks.blocks import ResidualNetwork


class SiameseNetwork(ResidualNetwork):
    """A residual CNN whose embeddings have length 1, so that distances lie in [0, 2].

    Hadsell, Chopra and LeCun 2006. On the sphere a margin has one meaning however long the
    training, and a network cannot lower the loss by blowing up every vector.
    """

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, h, w) in [0, 1] to (n, dimension), rows of length 1."""
        return functional.normalize(super().forward(images).float())
