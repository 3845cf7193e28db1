"""CLIP: pictures and words in one space."""

from collections.abc import Sequence

import numpy as np

from lookalike.distance import normalise
from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.photos import Photo

SPEC = EncoderSpec(
    name="clip",
    title="CLIP",
    family="image and text",
    metric="cosine",
    paper="Radford et al. 2021, Learning Transferable Visual Models From Natural Language "
    "Supervision, https://arxiv.org/abs/2103.00020",
    summary="What one would call the picture: it learned pictures and captions side by side.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="clip/embedded",
            dimension=128,
            input_size=160,
            licence="AGPL-3.0-or-later",
            trained_on="drawings, clip art, ImageNet photos, Caltech-101, Tiny ImageNet, Fashion "
            "Products, Fashion-MNIST, with their names; words of a sentence encoder",
        ),
        WeightsSpec(
            name="hub",
            source="hub",
            location="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
            dimension=512,
            input_size=224,
            licence="MIT",
            trained_on="LAION-2B",
            revision="1a25a446712ba5ee05982a381eed697ef9b435cf",
            sha256="ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6",
        ),
        WeightsSpec(
            name="mobileclip",  # MobileCLIP2-S0: Faghri et al. 2025, arxiv.org/abs/2508.20691
            source="hub",
            location="timm/MobileCLIP2-S0-OpenCLIP",
            dimension=512,
            input_size=256,
            licence="Apple Machine Learning Research Model (research only)",
            trained_on="DFNDR-2B",
            revision="095906d28bf54d7584dc411e8ffe448f34289e05",
            sha256="ab91a1a0c4330d6b1913e24d5035dfdea15423316aaec649610c6b1c6ddd0e95",
        ),
    ),
)


class CLIP(Encoder):
    """The image tower; `encode_text` is the text tower."""

    spec = SPEC

    def __init__(self, weights: WeightsSpec) -> None:
        # torch is imported when a model is loaded, so that listing the methods is instant.
        from lookalike.encoders.networks import clip

        towers = clip.HubTowers if weights.source == "hub" else clip.EmbeddedTowers
        self._towers: clip.Towers = towers(weights)
        super().__init__(self._towers.weights)
        self.vocabulary = self._towers.vocabulary

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._towers.images(images)

    def encode_text(self, texts: Sequence[str]) -> np.ndarray:
        """Words to the vectors that pictures of them are near to.

        Args:
            texts: n texts, in English.

        Returns:
            (n, d) float32, rows of length 1; one and the same where no word is known.
        """
        if not texts:
            return np.empty((0, self.weights.dimension), np.float32)
        return normalise(self._towers.texts(texts))

    def unknown_words(self, text: str) -> list[str]:
        """The words of a text that the text tower has never met, in their order, each once."""
        return self._towers.unknown(text)

    def understands(self, text: str) -> bool:
        """Whether any word of a text is known; the vector of one that is not means nothing."""
        return self._towers.understands(text)

    def has_heard(self, name: str) -> bool:
        """Whether pictures called by this name were among those that it was trained on.

        None knows it of the hub's towers, for which it is False.
        """
        return self._towers.heard(name)
