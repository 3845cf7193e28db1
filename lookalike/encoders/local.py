"""What encoders of local features share: described points, gathered into one vector, and matched.

A method detects and describes the points of an image; the rest is here.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from lookalike import cards, photos
from lookalike.encoders.base import Encoder, WeightsSpec
from lookalike.encoders.vlad import Codebook
from lookalike.errors import WeightsError
from lookalike.photos import Photo


class Extraction(Protocol):
    """Which points are described; each method adds settings of its own, as a frozen dataclass."""

    @property
    def side(self) -> int:
        """Pixels of the square that a photo is fitted into."""

    @property
    def place(self) -> float:
        """Weight of a point's place beside its descriptor of length 1; 0: ignored."""


@dataclass(frozen=True)
class Verification:
    """When two images' key points count as matched."""

    ratio: float = 0.8  # best over second-best distance; Lowe 2004; 1.0 turns the test off
    tolerance: float = 4.0  # pixels of the fixed square between a point and where it should be
    least_points: int = 4  # fewer agree by chance; two points already fix a similarity
    most_scale: float = 4.0  # larger (or smaller than 1 / this) is a collapse, not a view
    fewest_key_points: int = 32  # below, the dense grid's larger points are added; 0: never


@dataclass(frozen=True)
class Descriptors:
    """Described points of an image; `LocalFeatures.verify` compares two of them."""

    points: np.ndarray  # (n, 2) float32, x and y in the fixed square's pixels
    descriptors: np.ndarray  # (n, d), float32 rows of length 1, or uint8 rows of packed bits

    def __len__(self) -> int:
        return len(self.points)


class LocalFeatures(Encoder):
    """VLAD of an image's descriptors; `describe` and `verify` take a second look at a short list.

    Thread-safe: OpenCV does not promise that for one detector, so each call makes its own, which
    takes a microsecond.
    """

    def __init__(
        self, weights: WeightsSpec, extraction: Extraction, verification: Verification
    ) -> None:
        """Load the codebook.

        Raises:
            WeightsError: it is missing, damaged, or belongs to another extraction.
        """
        self.extraction = extraction
        self.verification = verification
        self._codebook, sha256 = load_codebook(weights, extraction)
        super().__init__(dataclasses.replace(weights, sha256=sha256))

    @abstractmethod
    def _detect(self, grey: np.ndarray) -> Descriptors:
        """The detector's key points of a (side, side) uint8 square, as `verify` compares them."""

    @abstractmethod
    def _large_grid(self, grey: np.ndarray) -> Descriptors:
        """The larger points of the dense grid, of the same kind."""

    def describe(self, image: Photo) -> Descriptors:
        """The key points that `verify` compares.

        They are the detector's, so they turn and scale with the image. An image with few of them
        adds the larger points of the dense grid, in full or not at all.

        Args:
            image: (h, w, 3) uint8 RGB, of any size.

        Returns:
            n points and their descriptors, float32 or packed bits; none for a blank image.
        """
        grey = fit(image, self.extraction.side)
        found = self._detect(grey)
        if len(found) < self.verification.fewest_key_points:
            found = join(found, self._large_grid(grey))
        return found

    @abstractmethod
    def _local_features(self, image: Photo) -> Descriptors:
        """All descriptors that go into the vector, float32 rows of length 1."""

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return np.stack([self._vlad(image) for image in images])

    def _vlad(self, image: Photo) -> np.ndarray:
        found = self._local_features(image)
        places = weighted_places(found, self.extraction)
        return self._codebook.aggregate(self._codebook.features(found.descriptors, places))

    def verify(self, query: Descriptors, item: Descriptors) -> float:
        """The share of the query's key points that are found again in the item, consistently.

        Lowe 2004, section 7: brute-force nearest descriptor, ratio test, then the largest set of
        matches that one rotation, scale and shift explains (RANSAC). Not symmetric.

        Returns:
            In [0, 1]; 0 when fewer than `least_points` agree. The same for the same input.
        """
        limits = self.verification
        matched, partner = match(query.descriptors, item.descriptors, limits.ratio)
        if len(matched) < limits.least_points:
            return 0.0
        model, inliers = cv2.estimateAffinePartial2D(
            query.points[matched],
            item.points[partner],
            method=cv2.RANSAC,  # OpenCV seeds it anew in each call
            ransacReprojThreshold=limits.tolerance,
            maxIters=200,
            refineIters=0,  # only the count of inliers is used
        )
        if model is None or not _plausible(model, limits.most_scale):
            return 0.0
        # Many points of the query on one point of the item agree with anything.
        agreed = len(np.unique(partner[inliers.ravel() > 0]))
        return agreed / len(query) if agreed >= limits.least_points else 0.0


def weighted_places(found: Descriptors, extraction: Extraction) -> np.ndarray:
    """Where the key points are, (n, 2) float32, from -place / 2 to place / 2, 0 in the middle."""
    return (found.points / extraction.side - 0.5) * np.float32(extraction.place)


def match(query: np.ndarray, item: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Nearest descriptors that are clearly nearer than the second-nearest (Lowe 2004, 7.1).

    Args:
        query: (n, d) float32, compared by L2; or uint8, packed bits that differ are counted.
        item: (m, d) of the same kind.
        ratio: best over second-best distance, at most; 1.0 accepts all.

    Returns:
        (k,) positions in query, ascending, and (k,) positions in item. Nothing when m < 2: there
        is no second-nearest.
    """
    if len(query) == 0 or len(item) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    binary = query.dtype == np.uint8
    kind, norm = (cv2.CV_32S, cv2.NORM_HAMMING) if binary else (cv2.CV_32F, cv2.NORM_L2)
    distances, nearest = cv2.batchDistance(query, item, kind, normType=norm, K=2)
    matched = np.flatnonzero(distances[:, 0] <= ratio * distances[:, 1])
    return matched, nearest[matched, 0]


def fit(image: Photo, side: int) -> np.ndarray:
    """The photo in a square of greys, (side, side) uint8."""
    return cv2.cvtColor(photos.square(image, side), cv2.COLOR_RGB2GRAY)


def join(first: Descriptors, second: Descriptors) -> Descriptors:
    """The points of both."""
    return Descriptors(
        np.concatenate([first.points, second.points]),
        np.concatenate([first.descriptors, second.descriptors]),
    )


def load_codebook(weights: WeightsSpec, extraction: Extraction) -> tuple[Codebook, str]:
    """The codebook and the sha256 of its file; the user's own before the shipped one.

    Raises:
        WeightsError: it is missing, damaged, or belongs to another extraction.
    """
    folder = cards.find(weights.location)
    card = cards.verify(folder)
    try:
        codebook = Codebook.load(folder / card["file"])
    except (ValueError, OSError) as error:
        raise _unfit(folder, "are not a codebook") from error
    if codebook.centres.size != weights.dimension or not _belongs(card, extraction):
        raise _unfit(folder, "belong to other settings")
    return codebook, card["sha256"]


def _belongs(card: dict[str, Any], extraction: Extraction) -> bool:
    """Whether the card repeats these settings; JSON knows lists only."""
    values = dataclasses.asdict(extraction)  # type: ignore[call-overload]  # a dataclass, as said
    listed = {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}
    settings = card.get("settings")
    return isinstance(settings, dict) and settings.get("extraction") == listed


def _unfit(folder: Path, what: str) -> WeightsError:
    return WeightsError(
        f"The weights in {str(folder)!r} {what}.",
        f"Make them again with `python -m lookalike train {folder.parent.name}`.",
    )


def _plausible(model: np.ndarray, most_scale: float) -> bool:
    scale = float(np.hypot(model[0, 0], model[1, 0]))
    return 1 / most_scale <= scale <= most_scale
