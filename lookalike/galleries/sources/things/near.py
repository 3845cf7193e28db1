"""Pictures that look all but the same: one at another size, or recoloured a little."""

from collections.abc import Sequence

import cv2
import numpy as np

from lookalike import photos
from lookalike.photos import Photo

GRID = 16  # pixels of the side at which pictures are compared
NEAR = 0.12  # difference below which two are near; that of unlike pictures is about 1


def thumbnail(photo: Photo) -> np.ndarray:
    """A picture as GRID x GRID RGB pixels on white, (3 * GRID**2,) float32."""
    height, width = photo.shape[:2]
    side = max(height, width)
    canvas = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    canvas[top : top + height, left : left + width] = photo
    small = cv2.resize(photos.shrink(canvas, 4 * GRID), (GRID, GRID), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32).ravel()


def near_pairs(thumbnails: Sequence[np.ndarray], largest: float = NEAR) -> list[tuple[int, int]]:
    """The pairs of positions (i < j) whose thumbnails are `near`."""
    stacked = np.asarray(thumbnails, np.float32)
    return [
        (position, position + 1 + int(other))
        for position in range(len(stacked) - 1)
        for other in np.flatnonzero(near(stacked[position], stacked[position + 1 :], largest))
    ]


def near(thumbnail: np.ndarray, others: np.ndarray, largest: float = NEAR) -> np.ndarray:
    """Which of n thumbnails differ from one by less than `largest`, (n,) bool.

    The difference is the root mean square of the pixels' differences, divided by how much ink the
    fainter picture has on its white: two pale pictures are not alike for being pale.

    Args:
        thumbnail: (d,) float32.
        others: (n, d) float32.
    """
    fainter = np.minimum(_ink(others), _ink(thumbnail[None]))
    return np.sqrt(np.mean(np.square(others - thumbnail), axis=1)) < largest * fainter


def _ink(thumbnails: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(np.square(255 - thumbnails), axis=1)) + 1e-6
