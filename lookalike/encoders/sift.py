"""SIFT: local gradient patterns, gathered into one vector, and matched point by point."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from lookalike.encoders.base import EncoderSpec, WeightsSpec
from lookalike.encoders.local import Descriptors, LocalFeatures, Verification, fit, join
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


class SIFT(LocalFeatures):
    """VLAD of RootSIFT descriptors; `describe` and `verify` take a second look at a short list.

    RootSIFT: Arandjelović and Zisserman, "Three things everyone should know to improve object
    retrieval", CVPR 2012. A detector finds little on flat or small pictures, so a dense grid is
    described as well (Bosch, Zisserman and Muñoz, "Image classification using random forests and
    ferns", ICCV 2007), with the image's own up as its direction. What has no gradient at all gives
    no descriptor; an image without any gives the zero vector, which `base.normalise` defines.
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
        return _describe_grid(grey, self.extraction.grid_step, (max(self.extraction.grid_sizes),))


def local_features(image: Photo, extraction: Extraction) -> Descriptors:
    """All descriptors that go into the vector: the detector's key points and the dense grid.

    Args:
        image: (h, w, 3) uint8 RGB, of any size.

    Returns:
        n key points; none for an image without a gradient.
    """
    grey = fit(image, extraction.side)
    grid = _describe_grid(grey, extraction.grid_step, extraction.grid_sizes)
    return join(_detect(grey, extraction), grid)


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
