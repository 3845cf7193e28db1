"""MobileNetV2: ImageNet features in few weights, shipped here."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # torchvision's, of ImageNet


class MobileNet(Encoder):
    """The 1,280 pooled features after the last convolution."""

    spec = EncoderSpec(
        name="mobilenet",
        title="MobileNet",
        family="convolutional network",
        metric="cosine",
        paper="Sandler et al. 2018, MobileNetV2, https://arxiv.org/abs/1801.04381",
        summary="Textures and parts, by a network made for phones: few sums, learned on ImageNet.",
        weights=(
            WeightsSpec(
                name="embedded",
                source="embedded",
                location="mobilenet/embedded",
                dimension=1280,
                input_size=224,
                licence="BSD-3-Clause",
                trained_on="ImageNet-1k",
            ),
        ),
    )

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import loading, mobilenet

        self._network, weights = loading.embedded(
            weights, lambda settings: mobilenet.MobileNetV2(**settings)
        )
        super().__init__(weights)
        self._prepare = lambda images: loading.to_rgb(images, weights.input_size, MEAN, STD)
        self._run = loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images))
