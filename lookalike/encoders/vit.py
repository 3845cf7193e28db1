"""ViT: a transformer over patches."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="vit",
    title="ViT",
    family="transformer",
    metric="cosine",
    paper="Dosovitskiy et al. 2021, An Image is Worth 16x16 Words, https://arxiv.org/abs/2010.11929",
    summary="Patches that look at each other: how the parts of the picture belong together.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="vit/embedded",
            dimension=192,
            input_size=64,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Fashion Products, Fashion-MNIST",
        ),
        WeightsSpec(
            name="hub",
            source="hub",
            location="google/vit-base-patch16-224",
            dimension=768,
            input_size=224,
            licence="Apache-2.0",
            trained_on="ImageNet-21k and ImageNet-1k",
            revision="3f49326eb077187dfe1c2a2bb15fbd74e6ab91e3",
            # No page that could be read here gives its sha256; the commit alone pins the file.
        ),
    ),
)


class ViT(Encoder):
    """The 192-d head of our small transformer, or ViT-B/16's class token, 768-d."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import blocks, loading
        from lookalike.encoders.networks.vit import VisionTransformer

        if weights.source == "hub":
            network, self._prepare, weights = loading.from_transformers(
                weights, "ViTModel", add_pooling_layer=False
            )
            self._forward = lambda pixels: network(pixels).last_hidden_state[:, 0]
        else:
            self._forward, weights = loading.embedded(
                weights,
                lambda settings: VisionTransformer(**settings),
            )
            self._prepare = lambda images: blocks.to_pixels(images, weights.input_size)
        super().__init__(weights)
        self._run = loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._forward, self._prepare(images))
