"""ORB: binary patterns around corners, gathered into one vector, and matched point by point."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from lookalike.encoders.base import EncoderSpec, WeightsSpec
from lookalike.encoders.local import Descriptors, LocalFeatures, Verification, fit, join
from lookalike.photos import Photo

BITS = 256  # of a descriptor
PATCH = 31  # pixels; the descriptor's pattern was learned for this width
STEP = 1.2  # between two levels of the pyramid; OpenCV's default


@dataclass(frozen=True)
class Extraction:
    """Which key points are described. The codebook belongs to these values: its card repeats them.

    Chosen on a validation share of the training data, unless another origin is given.
    """

    side: int = 128  # pixels of the square that a photo is fitted into
    key_points: int = 64  # strongest ones that are kept
    edge: int = 8  # pixels at the border without key points; Rublee 2011: the patch's half
    contrast: int = 7  # least difference of a corner to its circle, greys; OpenCV's default: 20
    grid_step: int = 16  # pixels between the points of the dense grid
    grid_levels: tuple[int, ...] = (0, 4)  # of the pyramid; each is 1.2 times coarser
    place: float = 3.0  # weight of a point's place beside its descriptor of length 1; 0: ignored


SPEC = EncoderSpec(
    name="orb",
    title="ORB",
    family="local features",
    metric="cosine",
    paper="Rublee, Rabaud, Konolige and Bradski 2011, ORB: An Efficient Alternative to SIFT or "
    "SURF, https://doi.org/10.1109/ICCV.2011.6126544",
    summary="Which of two points is darker, 256 times around a corner; the best 50 are matched.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="orb/embedded",
            dimension=32 * (64 + 2),  # centres times shortened descriptor and place
            input_size=Extraction.side,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Fashion Product Images and Fashion-MNIST, without labels",
        ),
    ),
)


class ORB(LocalFeatures):
    """VLAD of the bits as numbers; `describe` and `verify` compare the bits themselves.

    Amato, Falchi and Vadicamo, "Aggregating binary local descriptors for image retrieval",
    Multimedia Tools and Applications 2018: centres of real numbers serve binary descriptors well.
    As with SIFT, a dense grid is described too, because a detector finds little on flat or small
    pictures, with the image's own up as its direction. What lies on flat ground gives no
    descriptor; an image without any gives the zero vector, which `base.normalise` defines.
    """

    spec = SPEC
    extraction: Extraction

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
        super().__init__(weights, extraction or Extraction(), verification or Verification())

    def _local_features(self, image: Photo) -> Descriptors:
        return local_features(image, self.extraction)

    def _detect(self, grey: np.ndarray) -> Descriptors:
        return _detect(grey, self.extraction)

    def _large_grid(self, grey: np.ndarray) -> Descriptors:
        return _describe_grid(grey, self.extraction.grid_step, (max(self.extraction.grid_levels),))


def local_features(image: Photo, extraction: Extraction) -> Descriptors:
    """All descriptors that go into the vector: the detector's key points and the dense grid.

    Args:
        image: (h, w, 3) uint8 RGB, of any size.

    Returns:
        n key points, their bits as (n, 256) float32 rows of length 1; none for a flat image.
    """
    grey = fit(image, extraction.side)
    grid = _describe_grid(grey, extraction.grid_step, extraction.grid_levels)
    found = join(_detect(grey, extraction), grid)
    return Descriptors(found.points, _numbers(found.descriptors))


def _numbers(packed: np.ndarray) -> np.ndarray:
    """(n, 32) uint8 to (n, 256) float32: a set bit is 1 / 16, another one -1 / 16."""
    return (np.unpackbits(packed, axis=1) * np.float32(2) - 1) * np.float32(BITS**-0.5)


def _detect(grey: np.ndarray, extraction: Extraction) -> Descriptors:
    orb = cv2.ORB.create(
        nfeatures=extraction.key_points,
        scaleFactor=STEP,
        edgeThreshold=extraction.edge,
        patchSize=PATCH,
        fastThreshold=extraction.contrast,
    )
    return _not_flat(*orb.detectAndCompute(grey, None))


def _describe_grid(grey: np.ndarray, step: int, levels: tuple[int, ...]) -> Descriptors:
    # OpenCV drops points that are nearer to the border than `edgeThreshold`, and 0 keeps them all.
    orb = cv2.ORB.create(scaleFactor=STEP, edgeThreshold=0, patchSize=PATCH)
    return _not_flat(*orb.compute(grey, _grid(grey.shape[0], step, levels)))


@lru_cache
def _grid(side: int, step: int, levels: tuple[int, ...]) -> tuple[cv2.KeyPoint, ...]:
    """Upright key points, `step` pixels apart, the same margin on all edges."""
    centres = np.arange(side % step / 2 + step / 2, side, step).tolist()
    return tuple(
        cv2.KeyPoint(x, y, PATCH * STEP**level, 0, 0, level)
        for level in levels
        for y in centres
        for x in centres
    )


def _not_flat(found: Sequence[cv2.KeyPoint], descriptors: np.ndarray | None) -> Descriptors:
    """Without the points on flat ground, where no point is darker than another: all bits are 0."""
    if descriptors is None or not len(found):
        return Descriptors(np.empty((0, 2), np.float32), np.empty((0, BITS // 8), np.uint8))
    points = np.array([point.pt for point in found], np.float32)
    kept = descriptors.any(axis=1)
    return Descriptors(points[kept], descriptors[kept])
