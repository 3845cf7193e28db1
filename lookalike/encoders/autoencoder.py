"""Autoencoder: what a picture can be rebuilt from."""

from collections.abc import Sequence

import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="autoencoder",
    title="Autoencoder",
    family="unsupervised",
    metric="cosine",
    paper="Hinton and Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural "
    "Networks, https://doi.org/10.1126/science.1127647",
    summary="The 128 numbers from which it can redraw the picture; it never saw a label.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="autoencoder/embedded",
            dimension=128,
            input_size=64,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Fashion Products, Fashion-MNIST, without labels",
        ),
    ),
)


class Autoencoder(Encoder):
    """The 128-d latent."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import autoencoder, blocks, loading

        self._network, weights = loading.embedded(
            weights,
            lambda settings: autoencoder.Autoencoder(**settings),
        )
        super().__init__(weights)
        self._prepare, self._run = blocks.to_pixels, loading.run

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._run(self._network, self._prepare(images, self.weights.input_size))

    def reconstruct(self, images: Sequence[Photo]) -> list[Photo]:
        """What the decoder draws from each image's latent.

        Args:
            images: n RGB images of any size, (h, w, 3) uint8.

        Returns:
            n pictures, (side, side, 3) uint8; what is far from the training pictures is drawn
            badly, which shows what the method cannot see.
        """
        batch = self._prepare(images, self.weights.input_size)
        drawn = self._run(lambda pixels: self._network.decode(self._network(pixels)), batch)
        bytes_ = np.clip(np.rint(drawn * 255), 0, 255).astype(np.uint8)
        return list(np.ascontiguousarray(bytes_.transpose(0, 2, 3, 1)))
