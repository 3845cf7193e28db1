"""SIFT: local gradient patterns, gathered into one vector, and matched point by point."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from lookalike import cards, photos
from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.encoders.vlad import Codebook
from lookalike.errors import WeightsError
from lookalike.photos import Photo


@dataclass(frozen=True)
class Extraction:
    """Which key points are described. The codebook belongs to these values: its card repeats them.

    Chosen on a validation share of Fashion-MNIST's training split, unless another origin is given.
    """

    side: int = 96  # pixels of the square that a photo is fitted into
    key_points: int = 64  # strongest ones that are kept; on ties a few more
    contrast: float = 0.01  # least |DoG| at a key point, values in [0, 1]; Lowe 2004: 0.03
    grid_step: int = 12  # pixels between the points of the dense grid
    grid_sizes: tuple[float, ...] = (4.0, 8.0)  # pixels; a patch is 6 times as wide
    place: float = 3.0  # weight of a point's place beside its descriptor of length 1; 0: ignored


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
    """What `SIFT.verify` compares: an image's key points."""

    points: np.ndarray  # (n, 2) float32, x and y in the fixed square's pixels
    descriptors: np.ndarray  # (n, 128) float32 RootSIFT, rows of length 1

    def __len__(self) -> int:
        return len(self.points)


SPEC = EncoderSpec(
    name="sift",
    title="SIFT",
    family="local features",
    metric="cosine",
    paper="Lowe 2004, Distinctive Image Features from Scale-Invariant Keypoints, "
    "https://doi.org/10.1023/B:VISI.0000029664.99615.94",
    summary="Local gradient patterns and where they are; the best 50 are matched point by point.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="sift/embedded",
            dimension=32 * (64 + 2),  # centres times shortened descriptor and place
            input_size=Extraction.side,
            licence="AGPL-3.0-or-later",
            trained_on="Fashion-MNIST, without labels",
        ),
    ),
)


class SIFT(Encoder):
    """VLAD of RootSIFT descriptors; `describe` and `verify` take a second look at a short list.

    RootSIFT: Arandjelović and Zisserman, "Three things everyone should know to improve object
    retrieval", CVPR 2012. A detector finds little on flat or small pictures, so a dense grid is
    described as well (Bosch, Zisserman and Muñoz, "Image classification using random forests and
    ferns", ICCV 2007), with the image's own up as its direction. What has no gradient at all gives
    no descriptor; an image without any gives the zero vector, which `base.normalise` defines.

    Thread-safe: OpenCV does not promise that for one cv2.SIFT, so each call makes its own, which
    takes a microsecond.
    """

    spec = SPEC

    def __init__(
        self,
        weights: WeightsSpec = SPEC.weights[0],
        extraction: Extraction | None = None,
        verification: Verification | None = None,
    ) -> None:
        """Load the codebook.

        Raises:
            WeightsError: it is missing, damaged, or belongs to another extraction.
        """
        self.extraction = extraction or Extraction()
        self.verification = verification or Verification()
        self._codebook, sha256 = _load(weights, self.extraction)
        super().__init__(dataclasses.replace(weights, sha256=sha256))

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return np.stack([self._vlad(image) for image in images])

    def _vlad(self, image: Photo) -> np.ndarray:
        found = local_features(image, self.extraction)
        places = weighted_places(found, self.extraction)
        return self._codebook.aggregate(self._codebook.features(found.descriptors, places))

    def describe(self, image: Photo) -> Descriptors:
        """The key points that `verify` compares.

        They are the detector's, so they turn and scale with the image. An image with few of them
        adds the larger points of the dense grid, in full or not at all.

        Args:
            image: (h, w, 3) uint8 RGB, of any size.

        Returns:
            n points: at most `key_points` (on ties a few more), or fewer than `fewest_key_points`
            and the grid's 64; none for a blank image.
        """
        grey = _fit(image, self.extraction.side)
        found = _detect(grey, self.extraction)
        if len(found) < self.verification.fewest_key_points:
            size = max(self.extraction.grid_sizes)
            found = _join(found, _describe_grid(grey, self.extraction.grid_step, (size,)))
        return found

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


def local_features(image: Photo, extraction: Extraction) -> Descriptors:
    """All descriptors that go into the vector: the detector's key points and the dense grid.

    Args:
        image: (h, w, 3) uint8 RGB, of any size.

    Returns:
        n key points; none for an image without a gradient.
    """
    grey = _fit(image, extraction.side)
    grid = _describe_grid(grey, extraction.grid_step, extraction.grid_sizes)
    return _join(_detect(grey, extraction), grid)


def weighted_places(found: Descriptors, extraction: Extraction) -> np.ndarray:
    """Where the key points are, (n, 2) float32, from -place / 2 to place / 2, 0 in the middle."""
    return (found.points / extraction.side - 0.5) * np.float32(extraction.place)


def match(query: np.ndarray, item: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Nearest descriptors that are clearly nearer than the second-nearest (Lowe 2004, 7.1).

    Args:
        query: (n, d) float32.
        item: (m, d) float32.
        ratio: best over second-best distance, at most; 1.0 accepts all.

    Returns:
        (k,) positions in query, ascending, and (k,) positions in item. Nothing when m < 2: there
        is no second-nearest.
    """
    if len(query) == 0 or len(item) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    distances, nearest = cv2.batchDistance(query, item, cv2.CV_32F, normType=cv2.NORM_L2, K=2)
    matched = np.flatnonzero(distances[:, 0] <= ratio * distances[:, 1])
    return matched, nearest[matched, 0]


def _plausible(model: np.ndarray, most_scale: float) -> bool:
    scale = float(np.hypot(model[0, 0], model[1, 0]))
    return 1 / most_scale <= scale <= most_scale


def _fit(image: Photo, side: int) -> np.ndarray:
    return cv2.cvtColor(photos.square(image, side), cv2.COLOR_RGB2GRAY)


def _detect(grey: np.ndarray, extraction: Extraction) -> Descriptors:
    sift = cv2.SIFT.create(
        nfeatures=extraction.key_points,
        # OpenCV divides by the layers of an octave, 3, before it compares.
        contrastThreshold=extraction.contrast,
    )
    return _root(*sift.detectAndCompute(grey, None))


def _describe_grid(grey: np.ndarray, step: int, sizes: tuple[float, ...]) -> Descriptors:
    return _root(*cv2.SIFT.create().compute(grey, _grid(grey.shape[0], step, sizes)))


@lru_cache
def _grid(side: int, step: int, sizes: tuple[float, ...]) -> tuple[cv2.KeyPoint, ...]:
    """Upright key points, `step` pixels apart, the same margin on all edges."""
    centres = np.arange(side % step / 2 + step / 2, side, step).tolist()
    return tuple(cv2.KeyPoint(x, y, size, 0) for size in sizes for y in centres for x in centres)


def _root(found: Sequence[cv2.KeyPoint], descriptors: np.ndarray | None) -> Descriptors:
    """RootSIFT, without the points on flat ground, whose descriptors are zeros."""
    if descriptors is None:
        return Descriptors(np.empty((0, 2), np.float32), np.empty((0, 128), np.float32))
    points = np.array([point.pt for point in found], np.float32)
    sums = descriptors.sum(axis=1)
    kept = sums > 0
    return Descriptors(points[kept], np.sqrt(descriptors[kept] / sums[kept, None]))


def _join(first: Descriptors, second: Descriptors) -> Descriptors:
    return Descriptors(
        np.concatenate([first.points, second.points]),
        np.concatenate([first.descriptors, second.descriptors]),
    )


def _load(weights: WeightsSpec, extraction: Extraction) -> tuple[Codebook, str]:
    """The codebook and the sha256 of its file; the user's own before the shipped one."""
    folder = cards.find(weights.location)
    card = cards.verify(folder)
    try:
        codebook = Codebook.load(folder / card["file"])
    except (ValueError, OSError) as error:
        raise _unfit(folder, "are not a codebook") from error
    if codebook.centres.size != weights.dimension or _extraction_of(card) != extraction:
        raise _unfit(folder, "belong to other settings")
    return codebook, card["sha256"]


def _extraction_of(card: dict) -> Extraction | None:
    try:
        values = card["settings"]["extraction"]
        return Extraction(**{**values, "grid_sizes": tuple(values["grid_sizes"])})
    except (KeyError, TypeError):
        return None


def _unfit(folder: Path, what: str) -> WeightsError:
    return WeightsError(
        f"The weights in {str(folder)!r} {what}.",
        "Make them again with `python -m lookalike train sift`.",
    )
