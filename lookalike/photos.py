"""Bytes or a path in, an upright RGB photo out, or a clear refusal.

A photo is a NumPy array of shape (height, width, 3), uint8, RGB, upright. A box is
(x1, y1, x2, y2) in the photo's pixels, x2 and y2 exclusive.
"""

import io
import warnings
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from lookalike.errors import PhotoError
from lookalike.settings import settings

Photo: TypeAlias = np.ndarray
Box: TypeAlias = tuple[int, int, int, int]

BACKGROUND = (255, 255, 255)  # what shows through transparent pixels


def load(source: bytes | str | Path) -> Photo:
    """Decode an image file.

    The first frame of an animation counts, transparent pixels become white, 16-bit greys are
    scaled to 8 bits, CMYK and greys become RGB, and the EXIF orientation is applied.

    Args:
        source: the file's bytes, or its path.

    Returns:
        (height, width, 3) uint8, RGB, upright.

    Raises:
        PhotoError: the file is missing, empty, too large, not an image, or cut short.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    limits = settings()
    if not data:
        raise PhotoError("The photo file is empty.", "Choose a JPEG, PNG or WebP photo.")
    if len(data) > limits.max_photo_mb * 2**20:
        raise PhotoError(
            f"The photo file is larger than {limits.max_photo_mb:g} MiB.", "Choose a smaller one."
        )
    try:
        with warnings.catch_warnings():
            # Pillow's own bomb warning is replaced by the check below, which refuses.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
            width, height = image.size
            if width * height > limits.max_photo_mp * 1e6:
                raise PhotoError(
                    f"The photo has {width * height / 1e6:.0f} megapixels, more than "
                    f"{limits.max_photo_mp:g}.",
                    "Scale it down first.",
                )
            image.load()
            return _to_rgb(image)
    except UnidentifiedImageError as error:
        raise PhotoError(
            "The file is not an image that can be read.", "Choose a JPEG, PNG or WebP photo."
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise PhotoError(
            "The photo is damaged or cut short.", "Export it again, or choose another one."
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PhotoError(
            f"The photo {str(path)!r} cannot be read.", "Check that the file is there and readable."
        ) from error


def _to_rgb(image: Image.Image) -> Photo:
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _scale_grey(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        canvas = Image.new("RGBA", image.size, (*BACKGROUND, 255))
        image = Image.alpha_composite(canvas, image)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _scale_grey(values: np.ndarray) -> Photo:
    """Deep greys to 8 bits: 16-bit files by their full range, others by what they hold."""
    values = np.nan_to_num(values)
    top = 65535.0 if values.max(initial=0) > 255 else 255.0
    grey = np.clip(values * (255.0 / max(top, values.max(initial=0))), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def check_box(box: tuple[float, ...], photo: Photo) -> Box:
    """Clamp a box to the photo.

    Raises:
        PhotoError: the box does not have four finite numbers, or nothing of it lies on the photo.
    """
    height, width = photo.shape[:2]
    if len(box) != 4 or not np.isfinite(np.asarray(box, dtype=float)).all():
        raise PhotoError("The box needs four numbers.", "Give it as x1,y1,x2,y2 in pixels.")
    x1, x2 = (int(np.clip(round(x), 0, width)) for x in (box[0], box[2]))
    y1, y2 = (int(np.clip(round(y), 0, height)) for y in (box[1], box[3]))
    if x2 <= x1 or y2 <= y1:
        raise PhotoError(
            f"The box {','.join(f'{x:g}' for x in box)} holds nothing of the photo, "
            f"which is {width} x {height} pixels.",
            "Give it as x1,y1,x2,y2 with x1 < x2 and y1 < y2, inside the photo.",
        )
    return x1, y1, x2, y2


def crop(photo: Photo, box: Box) -> Photo:
    """The part of the photo inside the box, at most `subject_side` pixels long, contiguous."""
    x1, y1, x2, y2 = box
    return shrink(photo[y1:y2, x1:x2], settings().subject_side)


def shrink(photo: Photo, side: int) -> Photo:
    """Scale down so that the longer side is at most `side` pixels; never up. Contiguous."""
    height, width = photo.shape[:2]
    scale = side / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(photo)


def square(photo: Photo, side: int) -> Photo:
    """Fit into side x side pixels without distortion, padded with the border's median colour.

    The catalogue's pictures are square with the item in the middle; a stretched query would look
    like nothing in it.
    """
    height, width = photo.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted = cv2.resize(photo, size, interpolation=method)
    if fitted.shape[:2] == (side, side):
        return fitted
    border = np.concatenate([fitted[0], fitted[-1], fitted[:, 0], fitted[:, -1]])
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = np.median(border, axis=0).astype(np.uint8)
    top, left = (side - fitted.shape[0]) // 2, (side - fitted.shape[1]) // 2
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return canvas


def to_png(photo: Photo) -> bytes:
    """Encode as PNG; greys take one channel."""
    image = Image.fromarray(photo)
    if (photo == photo[..., :1]).all():
        image = image.convert("L")
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def to_jpeg(photo: Photo, quality: int = 90) -> bytes:
    """Encode as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, format="JPEG", quality=quality)
    return buffer.getvalue()
