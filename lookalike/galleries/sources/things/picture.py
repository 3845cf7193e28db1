"""A picture as the gallery keeps it: on white, without wide margins, small."""

import hashlib

import numpy as np

from lookalike import photos
from lookalike.photos import Photo

SIDE = 192  # pixels of the longer side
QUALITY = 85  # of WebP
WHITE = 250  # from here on a pixel counts as margin
MARGIN = 0.03  # of the longer side, that is left around what is cut free


def made(photo: Photo) -> Photo:
    """Cut off white margins and scale down, (h, w, 3) uint8; never up."""
    return photos.shrink(trimmed(photo), SIDE)


def trimmed(photo: Photo) -> Photo:
    """Without its white margins, but for MARGIN; a picture that is all white stays."""
    shown = photo.min(axis=2) < WHITE
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(rows):
        return photo
    margin = round(MARGIN * max(rows[-1] - rows[0], columns[-1] - columns[0]))
    top, bottom = max(rows[0] - margin, 0), rows[-1] + margin + 1
    start, end = max(columns[0] - margin, 0), columns[-1] + margin + 1
    return np.ascontiguousarray(photo[top:bottom, start:end])


def digest(photo: Photo) -> bytes:
    """The same for two pictures of the same pixels, 32 bytes."""
    return hashlib.sha256(repr(photo.shape).encode() + photo.tobytes()).digest()
