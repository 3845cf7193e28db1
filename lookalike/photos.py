"""Bytes or a path in, an upright RGB photo out, or a clear refusal.

A photo is a NumPy array of shape (height, width, 3), uint8, RGB, upright. A box is
(x1, y1, x2, y2) in the photo's pixels, x2 and y2 exclusive.
"""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from lookalike.errors import PhotoError
from lookalike.settings import settings

Photo: TypeAlias = np.ndarray
Box: TypeAlias = tuple[int, int, int, int]

BACKGROUND = (255, 255, 255)  # what shows through transparent pixels

# Pillow opens many more, some by running other programs (EPS) or by rarely used code.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "PPM")

TURNS = {  # EXIF orientation (TIFF 6.0, tag 274) to what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
    if not data:
        raise PhotoError("The photo file is empty.", "Choose a JPEG, PNG or WebP photo.")
    if len(data) > settings().max_photo_bytes:
        raise PhotoError(
            f"The photo file is larger than {settings().max_photo_mb:g} MiB.",
            "Choose a smaller one.",
        )
    try:
        with warnings.catch_warnings():
            # What Pillow warns about is mended here, or refused with a sentence of its own.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check_size(image)
            image.load()
            return _to_rgb(_upright(image))
    except PhotoError:
        raise
    except UnidentifiedImageError as error:
        raise PhotoError(
            "The file is not an image that can be read.", "Choose a JPEG, PNG or WebP photo."
        ) from error
    except Image.DecompressionBombError as error:  # Pillow's own limit, met before ours
        raise _too_large() from error
    except Exception as error:  # a decoder that is fed hostile bytes may raise anything
        raise PhotoError(
            "The photo is damaged or cut short.", "Export it again, or choose another one."
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(settings().max_photo_bytes + 1)  # one more tells that it is too large
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise PhotoError(
            f"The photo {str(path)!r} cannot be read.", "Check that the file is there and readable."
        ) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > settings().max_photo_mp * 1e6:
        raise _too_large()


def _too_large() -> PhotoError:
    return PhotoError(
        f"The photo has more than {settings().max_photo_mp:g} megapixels.", "Scale it down first."
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # the EXIF block is damaged, which takes nothing from the picture
        turn = None
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Photo:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _scale_grey(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        canvas = Image.new("RGBA", image.size, (*BACKGROUND, 255))
        image = Image.alpha_composite(canvas, image)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _scale_grey(image: Image.Image) -> Photo:
    """Deep greys to 8 bits: 16-bit files by their full range, others by what they hold.

    Those hold 0 to 1, to 255, to 65535 or to their own largest value; below is black, and so is
    what is no number.
    """
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    tops = [65535.0] if image.mode.startswith("I;16") else [255.0, 65535.0]
    if image.mode == "F":
        tops.insert(0, 1.0)
    largest = float(values.max())
    top = next((top for top in tops if largest <= top), largest)
    grey = np.rint(np.clip(values, 0, top) * (255.0 / top)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def check_box(box: Sequence[float], size: tuple[int, int]) -> Box:
    """Clamp a box to a photo.

    Args:
        box: x1, y1, x2, y2.
        size: width and height of the photo, pixels.

    Raises:
        PhotoError: the box does not have four finite numbers, or nothing of it lies on the photo.
    """
    width, height = size
    try:
        x1, y1, x2, y2 = (round(float(value)) for value in box)
    except (TypeError, ValueError, OverflowError) as error:
        raise PhotoError(
            "The box needs four numbers.", "Give it as x1,y1,x2,y2 in pixels."
        ) from error
    x1, x2 = (min(max(x, 0), width) for x in (x1, x2))
    y1, y2 = (min(max(y, 0), height) for y in (y1, y2))
    if x2 <= x1 or y2 <= y1:
        raise PhotoError(
            f"The box {','.join(f'{float(value):g}' for value in box)} holds nothing of the photo, "
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
    canvas = np.empty((side, side, 3), np.uint8)
    canvas[:] = border_colour(fitted)
    top, left = (side - fitted.shape[0]) // 2, (side - fitted.shape[1]) // 2
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return canvas


def border_colour(photo: Photo) -> np.ndarray:
    """The median of the pixels along the four edges, (3,) uint8."""
    border = np.concatenate([photo[0], photo[-1], photo[:, 0], photo[:, -1]])
    return np.median(border, axis=0).astype(np.uint8)


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


def to_webp(photo: Photo, quality: int) -> bytes:
    """Encode as WebP, with loss."""
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, format="WEBP", quality=quality, method=6)
    return buffer.getvalue()
