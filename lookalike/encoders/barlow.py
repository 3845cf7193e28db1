"""Barlow Twins: learned from pictures without labels, then adapted by two small layers."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="barlow",
    title="Barlow Twins",
    family="self-supervised",
    metric="cosine",
    paper="Zbontar et al. 2021, Barlow Twins: Self-Supervised Learning via Redundancy Reduction, "
    "https://arxiv.org/abs/2103.03230",
    summary="What two crops of a picture have in common; labels came in at the very end.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="barlow/embedded",
            dimension=128,
            input_size=64,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Fashion Products, Fashion-MNIST",
        ),
    ),
)


class Barlow(Encoder):
    """The 128-d adaptation of frozen features that saw no label."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import blocks, loading

        self._network, weights = loading.embedded(
            weights, lambda settings: blocks.AdaptedNetwork(**settings)
        )
        super().__init__(weights)
        self._prepare, self._run = blocks.to_pixels, loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images, self.weights.input_size))
