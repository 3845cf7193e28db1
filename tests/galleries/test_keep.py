"""What a gallery keeps of an image file."""

import io

import numpy as np
import pytest
from PIL import Image

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.galleries.keep import keep
from tests.galleries.layouts import jpeg
from tests.pictures import encoded


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def turned():
    exif = Image.Exif()
    exif[274] = 6  # a quarter turn
    return exif


def animated(format):
    """Two pictures, one after the other."""
    first, *others = (Image.fromarray(noise(80, 70) // n) for n in (1, 2))
    return encoded(first, format, save_all=True, append_images=others)


@pytest.mark.parametrize(
    ("data", "stays"),
    [
        (jpeg(1), True),
        (jpeg(1, progressive=True), True),
        (encoded(noise(80, 70)), True),  # PNG
        (encoded(noise(80, 70), "JPEG", mode="L"), True),
        (jpeg(1, exif=turned()), False),
        (jpeg(1, comment=b"my holidays"), False),
        (jpeg(1, xmp=b"<x:xmpmeta/>"), False),
        (jpeg(1, icc_profile=b"a profile"), False),
        (encoded(noise(80, 70), "PNG", mode="P"), False),  # a palette
        (encoded(noise(80, 70), "PNG", mode="RGBA"), False),
        (encoded(noise(80, 70), "JPEG", mode="CMYK"), False),
        (encoded(noise(80, 70), "WEBP"), True),
        (encoded(noise(80, 70), "WEBP", exif=turned()), False),
        (encoded(noise(80, 70), "WEBP", xmp=b"<x:xmpmeta/>"), False),
        (encoded(noise(80, 70), "WEBP", icc_profile=b"a profile"), False),
        (encoded(noise(80, 70), "WEBP", mode="RGBA"), True),  # without a clear pixel: RGB
        (animated("WEBP"), False),
        (jpeg(1, size=(513, 20)), False),  # too long
        (encoded(noise(64, 60)), False),  # so small that it is coded anew
    ],
)
def test_a_plain_image_that_is_short_enough_stays_as_it_is(tmp_path, data, stays):
    path = tmp_path / "image"
    path.write_bytes(data)
    kept = keep(data)
    assert (kept == data) == stays
    assert keep(path) == kept
    assert not {"exif", "comment", "xmp", "icc_profile"} & set(Image.open(io.BytesIO(kept)).info)
    before, after = photos.load(data).shape[:2], photos.load(kept).shape[:2]
    assert after == (before if max(before) <= 512 else (20, 512))  # upright


def test_small_images_of_the_same_pixels_are_the_same_bytes():
    pixels = noise(28, 28)
    files = [encoded(pixels), encoded(pixels, compress_level=0), encoded(pixels, "BMP")]
    assert len({keep(file) for file in files}) == 1
    assert np.array_equal(photos.load(keep(files[0])), pixels)


@pytest.mark.parametrize("data", [b"", b"not an image", jpeg(1)[:400]])
def test_what_cannot_be_read_is_refused(data):
    with pytest.raises(PhotoError):
        keep(data)
    with pytest.raises(PhotoError, match="no image"):
        keep(PhotoError("There is no image.", "Give one."))
