"""Networks that timm knows, with the hub's weights: one class, told apart by their specs."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo


class TimmNetwork(Encoder):
    """The features that the network gives its classifier."""

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import loading

        self._network, self._prepare, weights = loading.from_timm(weights)
        super().__init__(weights)
        self._run = loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images))


class MobileNetV3(TimmNetwork):
    """MobileNetV3-Large: the 1,280 features after its last convolution."""

    spec = EncoderSpec(
        name="mobilenetv3",
        title="MobileNetV3",
        family="convolutional network",
        metric="cosine",
        paper="Howard et al. 2019, Searching for MobileNetV3, https://arxiv.org/abs/1905.02244",
        summary="Textures and parts, by a network that was searched for to be quick on a phone.",
        weights=(
            WeightsSpec(
                name="hub",
                source="hub",
                location="timm/mobilenetv3_large_100.ra_in1k",
                dimension=1280,
                input_size=224,
                licence="Apache-2.0",
                trained_on="ImageNet-1k",
                revision="96f46a1c52932f27492dff66c72378eb99b443a7",
                sha256="f425af34cc1cead2b5d6211f789a1f30b94835dc32f9c0fcc5a916e4fd2dde85",
            ),
        ),
    )


class VGG16(TimmNetwork):
    """VGG-16: the 4,096 features of its second fully connected layer, "fc7"."""

    spec = EncoderSpec(
        name="vgg16",
        title="VGG16",
        family="convolutional network",
        metric="cosine",
        paper="Simonyan and Zisserman 2015, Very Deep Convolutional Networks, "
        "https://arxiv.org/abs/1409.1556",
        summary="Textures and parts, by plain stacked convolutions; large, and long the standard.",
        weights=(
            WeightsSpec(
                name="hub",
                source="hub",
                location="timm/vgg16.tv_in1k",
                dimension=4096,
                input_size=224,
                licence="BSD-3-Clause",
                trained_on="ImageNet-1k",
                revision="b8d8aa2dd860af9233c8c67385a8097fd6c35d3f",
                sha256="57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
            ),
        ),
    )


class BiT(TimmNetwork):
    """BiT-M, a ResNet-101 of version 2: its 2,048 pooled features.

    The ResNet-101 in place of the smaller 50, because no page that could be read here pins the 50.
    """

    spec = EncoderSpec(
        name="bit",
        title="BiT",
        family="convolutional network",
        metric="cosine",
        paper="Kolesnikov et al. 2020, Big Transfer (BiT), https://arxiv.org/abs/1912.11370",
        summary="What tells 21,843 kinds of things apart; made to be carried over to new ones.",
        weights=(
            WeightsSpec(
                name="hub",
                source="hub",
                location="timm/resnetv2_101x1_bit.goog_in21k",
                dimension=2048,
                input_size=224,
                licence="Apache-2.0",
                trained_on="ImageNet-21k",
                revision="b4e028cbb10361b430ce3c8521d8703eafba40ac",
                sha256="89c645b9480d6c72c3f95deefa67ab4e1c5ee3823f09af7fd68e27f6a9ab51d8",
            ),
        ),
    )
