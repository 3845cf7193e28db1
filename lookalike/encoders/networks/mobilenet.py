"""torchvision's MobileNetV2 without its classifier (Sandler et al. 2018)."""

from torch import Tensor, nn
from torchvision.models import mobilenet_v2


class MobileNetV2(nn.Module):
    """The features before the classifier, pooled.

    Args:
        width: what the usual number of channels is multiplied by.
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.features = mobilenet_v2(weights=None, width_mult=width).features

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, h, w), normalised, to (n, 1280)."""
        return self.features(images).mean((2, 3))
