"""The bytes that a gallery keeps of an image."""

import io
from pathlib import Path

from PIL import Image

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.galleries.folder import SIDE, SMALL
from lookalike.galleries.sources.rows import Picture

# What a file may say beside its pixels and stay as it is. EXIF, XMP, comments and colour profiles
# are not among it: they can tell where and when a photo was taken.
HARMLESS = {
    "jfif",
    "jfif_version",
    "jfif_unit",
    "jfif_density",
    "dpi",
    "progressive",
    "progression",
    "loop",  # these two Pillow says of every WebP
    "background",
}
PLAIN = {("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "L"), ("WEBP", "RGB")}


def keep(picture: Picture) -> bytes:
    """The image as a gallery stores it: upright, at most SIDE pixels long, nothing but pixels.

    A JPEG, PNG or WebP that is so already stays as it is; coding it again would only lose. Up to
    SMALL pixels every image is coded anew, as PNG, so that the same pixels are the same bytes.

    Raises:
        PhotoError: it cannot be read.
    """
    if isinstance(picture, PhotoError):
        raise picture
    photo = photos.load(picture)
    data = picture.read_bytes() if isinstance(picture, Path) else picture
    longest = max(photo.shape[:2])
    if longest <= SMALL:
        return photos.to_png(photo)
    if longest <= SIDE and _only_pixels(data):
        return data
    return photos.to_jpeg(photos.shrink(photo, SIDE))


def _only_pixels(data: bytes) -> bool:
    image = Image.open(io.BytesIO(data))
    still = getattr(image, "n_frames", 1) == 1
    return still and (image.format, image.mode) in PLAIN and set(image.info) <= HARMLESS
