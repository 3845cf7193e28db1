"""Siamese: one network, trained on pairs."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="siamese",
    title="Siamese",
    family="metric learning",
    metric="euclidean",
    paper="Hadsell, Chopra and LeCun 2006, Dimensionality Reduction by Learning an Invariant "
    "Mapping, https://doi.org/10.1109/CVPR.2006.100",
    summary="A map where two pictures of a kind were pulled together and others pushed apart.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="siamese/embedded",
            dimension=128,
            input_size=96,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Tiny ImageNet, drawings, Fashion Products, Fashion-MNIST",
        ),
    ),
)


class Siamese(Encoder):
    """128-d, of length 1, compared by Euclidean distance as the loss did."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import blocks, loading
        from lookalike.encoders.networks.siamese import SiameseNetwork

        self._network, weights = loading.embedded(
            weights,
            lambda settings: SiameseNetwork(**settings),
        )
        super().__init__(weights)
        self._prepare, self._run = blocks.to_pixels, loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images, self.weights.input_size))
