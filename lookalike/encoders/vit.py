"""ViT: a transformer over patches."""

from collections.abc import Sequence
from typing import Any

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
            trained_on="Caltech-101, Tiny ImageNet, drawings, Fashion Products, Fashion-MNIST",
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
            sha256="1cea07110a4a47edc51420b2dda6f3b8b58e7256e8f44b4ea6aa9696162ccb5d",
        ),
        WeightsSpec(
            name="dinov2",
            source="hub",
            location="facebook/dinov2-small",
            dimension=384,
            input_size=224,
            licence="Apache-2.0",
            trained_on="LVD-142M, without labels",
            revision="ed25f3a31f01632728cabb09d1542f84ab7b0056",
            sha256="ae1e99fcefd534ed978cdeb8326f08030c96e28b7a81ffcbc98a857c84d14be1",
        ),
    ),
)


TRANSFORMERS: dict[str, tuple[str, dict[str, Any]]] = {
    # weights: their class in transformers, and its options
    "hub": ("ViTModel", {"add_pooling_layer": False}),
    "dinov2": ("Dinov2Model", {}),  # Oquab et al. 2024, https://arxiv.org/abs/2304.07193
}


class ViT(Encoder):
    """The 192-d head of our small transformer, or the class token after the last layer norm.

    That token has 768 numbers for the hub's ViT-B/16, and 384 for DINOv2-small.
    """

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import blocks, loading
        from lookalike.encoders.networks.vit import VisionTransformer

        if weights.source == "hub":
            architecture, options = TRANSFORMERS[weights.name]
            network, self._prepare, weights = loading.from_transformers(
                weights, architecture, **options
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
