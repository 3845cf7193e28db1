"""ResNet: a residual convolutional network."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="resnet",
    title="ResNet",
    family="convolutional network",
    metric="cosine",
    paper="He et al. 2016, Deep Residual Learning, https://arxiv.org/abs/1512.03385",
    summary="Shapes and textures that tell classes apart, found by convolutions with shortcuts.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="resnet/embedded",
            dimension=256,
            input_size=96,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Tiny ImageNet, drawings, Fashion Products, Fashion-MNIST",
        ),
        WeightsSpec(
            name="hub",
            source="hub",
            location="microsoft/resnet-50",
            dimension=2048,
            input_size=224,
            licence="Apache-2.0",
            trained_on="ImageNet-1k",
            revision="34c2154c194f829b11125337b98c8f5f9965ff19",
            sha256="9c6061af1f450bb0847e529fd742aa5066017be379c71bbf5546b198e5b13a1e",
        ),
    ),
)


class ResNet(Encoder):
    """The 256-d head of our small network, or ResNet-50's 2,048 pooled features."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import blocks, loading

        if weights.source == "hub":
            network, self._prepare, weights = loading.from_transformers(weights, "ResNetModel")
            self._forward = lambda pixels: network(pixels).pooler_output.flatten(1)
        else:
            self._forward, weights = loading.embedded(
                weights,
                lambda settings: blocks.ResidualNetwork(**settings),
            )
            self._prepare = lambda images: blocks.to_pixels(images, weights.input_size)
        super().__init__(weights)
        self._run = loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._forward, self._prepare(images))
