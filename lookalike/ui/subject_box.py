"""The photo on the page with the subject's box on it, and back: from the dragged box to pixels.

The page shows photos at SHOWN_SIDE, small ones enlarged, so that a box can be dragged on a picture
of 28 pixels, and since the editor mis-scales photos that are larger than itself.
"""

from pathlib import Path
from typing import Any

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.photos import Box, Photo
from lookalike.search.query import View
from lookalike.ui.markup import CRISP_SIDE

SHOWN_SIDE = 560  # pixels of the longer side
SIDES = ("xmin", "ymin", "xmax", "ymax")
COLOUR = (214, 78, 34)


def picture(view: View) -> bytes:
    """The photo at a handy size, encoded; pixels that can be told apart stay as they are."""
    resized = _resized(view.photo)
    return photos.to_png(resized) if max(view.size) <= CRISP_SIDE else photos.to_jpeg(resized)


def shown(view: View, box: Box, file: Path) -> dict[str, Any]:
    """The editor's value: the file of `picture`, and the box on it."""
    scale = scale_of(view)
    frame = {name: round(side * scale) for name, side in zip(SIDES, box, strict=True)}
    return {
        "image": str(file),
        "boxes": [{**frame, "label": "", "color": COLOUR}],
    }


def scale_of(view: View) -> float:
    """Shown pixels per pixel of the photo as it came."""
    return _scale(max(view.size))


def _scale(longer: int) -> float:
    return SHOWN_SIDE / longer if longer >= SHOWN_SIDE else float(max(1, SHOWN_SIDE // longer))


def dragged(value: object, view: View) -> tuple[float, ...] | None:
    """The box that came from the editor, in the photo's pixels; None when there is none.

    Raises:
        PhotoError: what came is not a box.
    """
    boxes = value.get("boxes") if isinstance(value, dict) else None
    if not boxes:
        return None
    try:
        # The editor tells sides in its own, scaled pixels.
        scale = float(boxes[0].get("scaleFactor") or 1) * scale_of(view)
        return tuple(float(boxes[0][name]) / scale for name in SIDES)
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise PhotoError("The box needs four numbers.", "Drag it again.") from error


def same(one: tuple[float, ...], other: tuple[float, ...], view: View) -> bool:
    """Whether two boxes differ by no more than rounding on the page does."""
    most = 2 / scale_of(view)
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def _resized(photo: Photo) -> Photo:
    scale = _scale(max(photo.shape[:2]))
    if scale <= 1:
        return photos.shrink(photo, SHOWN_SIDE)
    return photo.repeat(int(scale), axis=0).repeat(int(scale), axis=1)
