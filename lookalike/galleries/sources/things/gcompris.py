"""GCompris' pictures: files in Qt resources, and paintings that are cut into puzzles.

A name is a path in the resources below src/activities: "erase/resource/bee.webp" is in erase.rcc.
"""

import io
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.errors import PhotoError
from lookalike.galleries.sources.things.rcc import resources
from lookalike.photos import Photo

ACTIVITIES = "gcompris/src/activities/"
# What a board says of its size, and of each piece: its file, and where its middle goes.
SIZE = re.compile(r'"width"\s*:\s*(\d+),\s*"height"\s*:\s*(\d+)')
PIECE = re.compile(
    r'"pixmapfile"\s*:\s*"([^"]+\.webp)",\s*"x"\s*:\s*"([\d.]+)",\s*"y"\s*:\s*"([\d.]+)"'
)


def resource(folder: Path, name: str) -> bytes:
    """A file of an activity's resources.

    Raises:
        PhotoError: it is not there.
        GalleryError: the resources cannot be read.
    """
    try:
        return _activity(folder / f"{name.partition('/')[0]}.rcc")[ACTIVITIES + name]
    except (OSError, KeyError) as error:
        raise PhotoError("The package lacks it.", "Install another version of it.") from error


@lru_cache(maxsize=2)  # pictures are read activity by activity
def _activity(path: Path) -> dict[str, bytes]:
    return dict(resources(path.read_bytes()))


def assemble(folder: Path, name: str) -> Photo:
    """A painting from the pieces of its puzzle, (h, w, 3) uint8 RGB on white.

    Args:
        name: of the board, which says where each piece goes.

    Raises:
        PhotoError: the board or a piece is not there, or the board has none.
    """
    board = resource(folder, name).decode("utf-8", "replace")
    size, pieces = SIZE.search(board), PIECE.findall(board)
    if not size or not pieces:
        raise PhotoError("The puzzle has no pieces.", "Install another version of the package.")
    width, height = int(size[1]), int(size[2])
    canvas = np.full((height, width, 3), 255, np.uint8)
    above = name.split("/board/")[0]
    for file, x, y in pieces:
        piece = _rgba(resource(folder, f"{above}/{file}"))
        _paste(canvas, piece, float(x) * width, float(y) * height)
    return canvas


def _rgba(data: bytes) -> np.ndarray:
    """A piece with its alpha, (h, w, 4) uint8."""
    try:
        return np.asarray(Image.open(io.BytesIO(data), formats=["WEBP"]).convert("RGBA"))
    except OSError as error:
        raise PhotoError(
            "A piece of the puzzle is damaged.", "Install the package again."
        ) from error


def _paste(canvas: Photo, piece: np.ndarray, x: float, y: float) -> None:
    """Lay an RGBA piece onto the canvas with its middle at (x, y); what sticks out is lost."""
    height, width = piece.shape[:2]
    left, top = round(x - width / 2), round(y - height / 2)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
    seen = piece[y1 - top : y2 - top, x1 - left : x2 - left].astype(np.float32)
    alpha = seen[..., 3:] / 255
    under = canvas[y1:y2, x1:x2]
    under[:] = np.rint(seen[..., :3] * alpha + under * (1 - alpha)).astype(np.uint8)
