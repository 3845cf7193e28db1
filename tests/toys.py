"""Small encoders that stand in for models: a random projection of an image's 8 x 8 pixels."""

from functools import partialmethod
from types import SimpleNamespace

import cv2
import numpy as np

from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec

SIDE = 8


def spec(name, metric="cosine", dimension=16, weights=("embedded", "hub"), source="none"):
    """A method's spec."""
    kinds = [
        WeightsSpec(kind, source, "", dimension, SIDE, "none", "nothing", sha256=digit * 64)
        for kind, digit in zip(weights, "ab", strict=False)
    ]
    return EncoderSpec(name, name.title(), "toy", metric, "none", "pixels", tuple(kinds))


class Toy(Encoder):
    """The vectors of one method, its weights being the seed's."""

    def __init__(self, weights, of):
        super().__init__(weights)
        self.spec = of
        self.encoded = 0  # images, in all
        shape = SIDE * SIDE * 3, weights.dimension
        self._matrix = np.random.default_rng(weights.sha256.encode()[0]).normal(size=shape)

    def _encode(self, images):
        self.encoded += len(images)
        small = [cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images]
        return ((np.stack(small).reshape(len(images), -1) / 255 - 0.5) @ self._matrix).astype(
            np.float32
        )


class Reader(Toy):
    """Reads words as well: a word stands where an image filled with its length does."""

    vocabulary = ("boot", "red")

    def unknown_words(self, text):
        return [word for word in text.split() if word not in self.vocabulary]

    def understands(self, text):
        return any(word in self.vocabulary for word in text.split())

    def encode_text(self, texts):
        return self.encode([np.full((SIDE, SIDE, 3), len(text), np.uint8) for text in texts])


class Comparer(Toy):
    """Compares the short list pixel by pixel."""

    def describe(self, image):
        return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)

    def verify(self, query, item):
        return float((query == item).mean())


SPECS = {
    # name: its class and its spec
    "toy": (Toy, spec("toy")),
    "toy-far": (Toy, spec("toy-far", metric="euclidean", weights=["embedded"])),
    "toy-hub": (Toy, spec("toy-hub", weights=["hub"], source="hub")),
    "toy-long": (Toy, spec("toy-long", dimension=150)),  # long enough to be projected
    "toy-reader": (Reader, spec("toy-reader")),
    "toy-comparer": (Comparer, spec("toy-comparer")),
}
ENCODERS = dict.fromkeys(SPECS, "Toy")


def module(name):
    """What `lookalike.encoders.<name>` would hold."""
    kind, of = SPECS[name]
    made = type(
        kind.__name__, (kind,), {"spec": of, "__init__": partialmethod(kind.__init__, of=of)}
    )
    return SimpleNamespace(Toy=made)
