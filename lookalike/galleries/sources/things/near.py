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
    """The pairs of positions (i < j) whose thumbnails differ by less than `largest`.

    The difference is the root mean square of the pixels' differences, divided by how much ink the
    fainter picture has on its white: two pale pictures are not alike for being pale.
    """
    ink = 255 - np.asarray(thumbnails, np.float32).reshape(-1, 3 * GRID**2)
    strength = np.sqrt(np.mean(np.square(ink), axis=1)) + 1e-6
    found: list[tuple[int, int]] = []
    for position in range(len(ink) - 1):
        apart = np.sqrt(np.mean(np.square(ink[position + 1 :] - ink[position]), axis=1))
        fainter = np.minimum(strength[position + 1 :], strength[position])
        close = np.flatnonzero(apart < largest * fainter)
        found += [(position, position + 1 + int(other)) for other in close]
    return found
