"""The objective of the models that learn from labels alone: classes as directions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.training.augment import augment


class AngularClassifier(nn.Module):
    """Cross-entropy over cosines to one direction per class (NormFace, Wang et al. 2017).

    The classes end up as directions, which is what a search by cosine needs.

    Args:
        encoder: images to (n, dimension).
        scale: what the cosines are multiplied by.
        smoothing: label smoothing.
    """

    def __init__(
        self, encoder: nn.Module, dimension: int, classes: int, scale: float, smoothing: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.directions = nn.Parameter(torch.randn(classes, dimension))
        self.scale, self.smoothing = scale, smoothing

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        vectors = self.encoder(augment(images, generator))
        with torch.autocast("cpu", enabled=False):  # bfloat16 has too few digits for an angle
            directions = functional.normalize(self.directions)
            cosines = functional.normalize(vectors.float()) @ directions.T
            return functional.cross_entropy(
                cosines * self.scale, labels, label_smoothing=self.smoothing
            )
