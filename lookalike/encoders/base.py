"""What an encoder is: RGB images in, one vector each out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from lookalike.distance import Metric, normalise
from lookalike.errors import LookalikeError
from lookalike.photos import Photo
from lookalike.progress import Progress


@dataclass(frozen=True)
class WeightsSpec:
    """Which trained parameters an encoder runs with."""

    name: str  # "embedded", "hub", or such as "dinov2"; "adapted" for what the user trained
    source: Literal["embedded", "package", "hub", "adapted", "none"]  # "none": nothing is trained
    location: str  # folder under models/, package name, or hub repository; "" for "none"
    dimension: int  # length of the vector
    input_size: int  # side of the square that the encoder sees, pixels
    licence: str
    trained_on: str
    revision: str = ""  # hub commit, or package version
    sha256: str = ""  # of the weights file; embedded ones carry it in card.json, "none" is ""


@dataclass(frozen=True)
class EncoderSpec:
    """What a method is, whichever weights it runs with."""

    name: str  # on the command line and in file names
    title: str  # on the page
    family: str
    metric: Metric
    paper: str  # citation and address
    summary: str  # one line: what it looks at
    weights: tuple[WeightsSpec, ...]  # the first is the default


class Encoder(ABC):
    """Turns images into vectors. Thread-safe after construction.

    A subclass sets `spec` and implements `_encode`. What else an encoder may offer is said by
    the protocols below: TextEncoder (CLIP), Reconstructor (autoencoder), Reranker (SIFT).
    """

    spec: EncoderSpec

    def __init__(self, weights: WeightsSpec) -> None:
        self.weights = weights

    @abstractmethod
    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        """n RGB images of any size, (h, w, 3) uint8, to (n, d) float32."""

    def encode(
        self, images: Sequence[Photo], batch_size: int = 32, progress: Progress | None = None
    ) -> np.ndarray:
        """Encode images.

        Args:
            images: n RGB images of any size, (h, w, 3) uint8.
            batch_size: how many go through the model at once.
            progress: called after each batch with the number done and n.

        Returns:
            (n, d) float32, finite; L2-normalised when the metric is cosine.

        Raises:
            ValueError: an image is not (h, w, 3) uint8.
        """
        for image in images:
            if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
                raise ValueError(
                    f"images must have shape (h, w, 3) and dtype uint8, "
                    f"but got shape {image.shape} and dtype {image.dtype}"
                )
        vectors = np.empty((len(images), self.weights.dimension), np.float32)
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            vectors[start : start + len(batch)] = self._checked(self._encode(batch), len(batch))
            if progress:
                progress(start + len(batch), len(images))
        return vectors

    def _checked(self, vectors: np.ndarray, count: int) -> np.ndarray:
        expected = (count, self.weights.dimension)
        if vectors.shape != expected:
            raise ValueError(f"vectors must have shape {expected}, but got {vectors.shape}")
        if not np.isfinite(vectors).all():
            raise LookalikeError(
                f"{self.spec.title} gave a vector that is not a number.",
                "Check its weights with `python -m lookalike index verify`.",
            )
        return normalise(vectors) if self.spec.metric == "cosine" else vectors.astype(np.float32)


@runtime_checkable
class TextEncoder(Protocol):
    """An encoder that places words in the space of its images."""

    vocabulary: Sequence[str]  # words that it knows, in lower case; there may be many

    def encode_text(self, texts: Sequence[str]) -> np.ndarray:
        """n texts to (n, d) float32, L2-normalised."""

    def unknown_words(self, text: str) -> list[str]:
        """The words of a text that it has never met, in their order, each once."""

    def understands(self, text: str) -> bool:
        """Whether it has met any word of a text that says something."""


@runtime_checkable
class Reconstructor(Protocol):
    """An encoder that can show what its vector still holds of an image."""

    def reconstruct(self, images: Sequence[Photo]) -> list[Photo]:
        """n RGB images of any size to n RGB images of the model's size, uint8."""


@runtime_checkable
class Reranker(Protocol):
    """An encoder that can compare two images more closely than by their vectors."""

    def describe(self, image: Photo) -> Any:
        """What `verify` needs of an image; may be kept and used again."""

    def verify(self, query: Any, item: Any) -> float:
        """The share of the query that is found again in the item, in [0, 1]."""
