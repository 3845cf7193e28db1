"""Photos: what is refused and how, and what the pixels of odd files come to."""

import io

import cv2
import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.settings import settings
from tests.pictures import encoded, png

RAMP = np.arange(0, 240, 10, np.uint8).reshape(4, 6)  # no two pixels alike
COLOURS = np.dstack([RAMP, RAMP[::-1], RAMP[:, ::-1]])


def rgb(grey):
    """A grey array, (h, w), as the photo that it should come to."""
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)


def smooth(mode="RGB"):
    """A picture that lossy formats keep within a few grey levels."""
    y, x = np.mgrid[0:64, 0:96]
    return Image.fromarray(np.dstack([2 * y, 2 * x, y + x]).astype(np.uint8)).convert(mode)


def flipped(data, position):
    """`data` with every bit of one byte turned over."""
    changed = bytearray(data)
    changed[position] ^= 0xFF
    return bytes(changed)


def half(data):
    return data[: len(data) // 2]


JPEG = encoded(smooth(), "JPEG")
NOT_AN_IMAGE, DAMAGED, LARGE = "not an image", "damaged or cut short", "more than 40 megapixels"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "file is empty"),
        (b"My holidays\n", NOT_AN_IMAGE),  # text that is named .jpg
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NOT_AN_IMAGE),
        (b"\x00" * 1000, NOT_AN_IMAGE),
        (encoded(COLOURS, "EPS"), NOT_AN_IMAGE),  # Pillow would run Ghostscript on it
        (encoded(COLOURS, "ICO"), NOT_AN_IMAGE),  # a format that is not let in
        (JPEG[:20], NOT_AN_IMAGE),  # cut short before its size
        (half(JPEG), DAMAGED),
        (half(encoded(smooth(), "PNG")), DAMAGED),
        (half(encoded(smooth(), "WEBP", lossless=True)), DAMAGED),
        (half(encoded(smooth(), "GIF")), DAMAGED),
        (half(encoded(smooth(), "BMP")), DAMAGED),
        (half(encoded(smooth(), "TIFF")), DAMAGED),
        (flipped(encoded(smooth(), "PNG"), 80), DAMAGED),  # one byte of the packed pixels
        (png(10_000, 10_000), LARGE),  # 100 megapixels in 100 bytes
        (png(20_000, 20_000), LARGE),  # beyond Pillow's own limit too
        (png(2**31 - 1, 2**31 - 1), LARGE),
        (JPEG.replace(b"\x00\x40\x00\x60\x03", b"\xff\xff\xff\xff\x03"), LARGE),  # 65535 x 65535
        (png(0, 30), NOT_AN_IMAGE),  # no pixels
        (b"GIF89a" + b"\x00" * 7 + b";", NOT_AN_IMAGE),  # no frame
    ],
)
def test_a_file_that_is_no_photo_is_refused_with_a_sentence_and_a_hint(data, message):
    with pytest.raises(PhotoError, match=message) as caught:
        photos.load(data)
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")


@pytest.mark.parametrize("side", [10_000, 20_000])  # Pillow warns about one, refuses the other
def test_a_bomb_is_refused_before_it_is_decoded_and_without_a_warning(side, monkeypatch, recwarn):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("was decoded"))
    with pytest.raises(PhotoError, match=LARGE):
        photos.load(png(side, side))
    assert not recwarn.list


def test_a_large_file_is_refused_from_bytes_and_from_a_path(tmp_path, fresh_settings):
    fresh_settings(MAX_PHOTO_MB=0.0005)
    path = tmp_path / "photo.jpg"
    path.write_bytes(JPEG)
    for source in (JPEG, path):
        with pytest.raises(PhotoError, match=r"larger than 0\.0005 MiB"):
            photos.load(source)


@pytest.mark.parametrize(
    "name",
    [
        "missing.jpg",
        ".",  # the folder itself
        "a\0b.jpg",  # no file system takes it
        "x" * 5000,  # nor this
    ],
)
def test_a_path_that_cannot_be_read_is_refused(name, tmp_path):
    with pytest.raises(PhotoError, match="cannot be read"):
        photos.load(tmp_path / name)


def test_a_path_gives_what_its_bytes_give(tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(JPEG)
    for source in (path, str(path)):
        assert np.array_equal(photos.load(source), photos.load(JPEG))


def with_palette():
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8), mode="P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200])
    return image


def floats(*values):
    return Image.fromarray(np.array([values], np.float32))


def sixteen(*values):
    return Image.fromarray(np.array([values], np.uint16))


def pages(*greys):
    """Pictures of one grey each: the first, and the rest as what `append_images` takes."""
    first, *rest = (Image.new("L", (4, 3), grey) for grey in greys)
    return first, {"save_all": True, "append_images": rest}


def several(format, *greys):
    first, options = pages(*greys)
    return encoded(first, format, **options)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(COLOURS), COLOURS),
        (encoded(COLOURS, "BMP"), COLOURS),
        (encoded(COLOURS, "PPM"), COLOURS),
        (encoded(COLOURS, "WEBP", lossless=True), COLOURS),
        (encoded(COLOURS[:1, :1]), COLOURS[:1, :1]),  # 1 x 1
        (encoded(np.tile(RAMP[:1], (1, 1000))[:, :5000]), rgb(np.tile(RAMP[:1], 1000)[:, :5000])),
        (encoded(np.tile(RAMP[:, :1], (1250, 1))), rgb(np.tile(RAMP[:, :1], (1250, 1)))),
        (encoded(RAMP), rgb(RAMP)),  # greys
        (encoded(RAMP > 100), rgb((RAMP > 100) * 255)),  # one bit
        # transparent, half and opaque black over white
        (encoded(np.uint8([[[0, 0], [0, 128], [0, 255]]])), rgb([[255, 127, 0]])),
        (encoded(np.uint8([[[0, 0, 0, 0], [0, 0, 0, 128]]])), rgb([[255, 127]])),
        # a palette with one transparent entry, with a transparency each, with none
        (
            encoded(with_palette(), transparency=1),
            np.uint8([[[200, 0, 0], [255, 255, 255], [0, 0, 200]]]),
        ),
        (
            encoded(with_palette(), transparency=b"\x00\xff\x80"),
            np.uint8([[[255, 255, 255], [0, 200, 0], [127, 127, 227]]]),
        ),
        (encoded(with_palette()), np.uint8([[[200, 0, 0], [0, 200, 0], [0, 0, 200]]])),
        # of three rows two are missing
        (png(2, 3, data=b"\x00\xff\xff"), rgb([[255, 255], [0, 0], [0, 0]])),
        # 16 bits: by their full range, so a dark file stays dark
        (encoded(sixteen(0, 257, 32768, 65535)), rgb([[0, 1, 128, 255]])),
        (encoded(sixteen(0, 255)), rgb([[0, 1]])),
        (encoded(sixteen(0, 257, 65535), "TIFF"), rgb([[0, 1, 255]])),
        (encoded(sixteen(0, 257, 65535), "PPM"), rgb([[0, 1, 255]])),
        (cv2.imencode(".png", COLOURS[..., ::-1].astype(np.uint16) * 257)[1].tobytes(), COLOURS),
        # 32-bit integers and floats: by what they hold
        (encoded(Image.fromarray(np.int32([[-5, 0, 255]])), "TIFF"), rgb([[0, 0, 255]])),
        (encoded(Image.fromarray(np.int32([[0, 10**6]])), "TIFF"), rgb([[0, 255]])),
        (encoded(floats(0, 0.5, 1, -1), "TIFF"), rgb([[0, 128, 255, 0]])),
        (encoded(floats(0, 51, 255), "TIFF"), rgb([[0, 51, 255]])),
        (encoded(floats(1e30, 4e29, 0), "TIFF"), rgb([[255, 102, 0]])),
        (encoded(floats(np.nan, np.inf, -np.inf, 1), "TIFF"), rgb([[0, 0, 0, 255]])),
        (encoded(floats(np.nan, -3e38), "TIFF"), rgb([[0, 0]])),
        # the first of several frames or pages
        (several("GIF", 10, 200, 90), rgb(np.full((3, 4), 10))),
        (several("TIFF", 10, 200, 90), rgb(np.full((3, 4), 10))),
        (several("PNG", 10, 200, 90), rgb(np.full((3, 4), 10))),  # APNG
    ],
)
def test_the_pixels_of_odd_files(data, expected):
    photo = photos.load(data)
    assert photo.dtype == np.uint8
    assert np.array_equal(photo, expected)


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (JPEG, 6),
        (encoded(smooth("CMYK"), "JPEG"), 8),
        (encoded(smooth("CMYK"), "TIFF"), 2),
        (encoded(smooth("LAB"), "TIFF"), 30),  # 8 bits are few for it
        (encoded(smooth(), "JPEG", progressive=True), 6),
        (encoded(smooth(), "WEBP"), 12),
        (encoded(smooth(), "AVIF"), 12),
        (encoded(smooth(), "MPO", save_all=True, append_images=[smooth("L")]), 6),  # stereo cameras
        (encoded(smooth(), "GIF"), 30),  # 256 colours
    ],
)
def test_lossy_formats_keep_the_picture(data, tolerance):
    difference = photos.load(data).astype(int) - np.asarray(smooth())
    assert np.abs(difference).max() <= tolerance


@pytest.mark.parametrize("orientation", range(10))  # 1 to 8 mean something
@pytest.mark.parametrize(
    ("format", "picture"),
    [
        ("PNG", Image.fromarray(COLOURS)),
        ("PNG", Image.fromarray(RAMP.astype(np.uint16) * 257)),
        ("WEBP", Image.fromarray(COLOURS)),
        ("JPEG", smooth()),
        ("TIFF", Image.fromarray(COLOURS)),  # Pillow turns it while it reads
    ],
)
def test_the_exif_orientation_is_applied_as_pillow_does(format, picture, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(picture, format, exif=exif, **options)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if expected.mode == "I;16":
        expected = Image.fromarray((np.asarray(expected) // 257).astype(np.uint8))
    assert np.array_equal(photos.load(data), np.asarray(expected.convert("RGB")))


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"garbage" * 9,
        b"Exif\0\0II*\0\xff\xff\xff\xff",  # its directory lies outside the file
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0ups\0",  # an orientation of text
    ],
)
def test_a_damaged_exif_block_takes_nothing_from_the_picture(exif):
    data = encoded(smooth(), "JPEG", exif=exif)
    assert np.array_equal(photos.load(data), photos.load(JPEG))


SEEDS = [
    encoded(COLOURS),
    encoded(with_palette(), transparency=1),
    encoded(sixteen(1, 2, 3)),
    encoded(COLOURS, "JPEG", exif=Image.Exif().tobytes()),
    encoded(COLOURS, "WEBP"),
    encoded(COLOURS, "BMP"),
    encoded(COLOURS, "TIFF", compression="tiff_lzw"),
    encoded(floats(0, 1, 2), "TIFF"),
    encoded(COLOURS, "PPM"),
    several("GIF", 10, 200),
]


def check_loads_or_refuses(data):
    try:
        photo = photos.load(data)
    except PhotoError as error:
        assert error.message and error.hint
    else:
        assert photo.ndim == 3 and photo.shape[2] == 3 and photo.size and photo.dtype == np.uint8


@hypothesis.settings(max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_photo_or_a_refusal(data):
    check_loads_or_refuses(data)


@st.composite
def mutated(draw):
    """A valid file, cut short or with a few bytes changed."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        position = draw(st.integers(0, len(data) - 1))
        data[position] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@hypothesis.settings(max_examples=300)
@given(mutated())
def test_any_damage_gives_a_photo_or_a_refusal(data):
    check_loads_or_refuses(data)


PHOTO = np.zeros((40, 60, 3), np.uint8)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 60, 40), (0, 0, 60, 40)),
        ((5, 6, 7, 8), (5, 6, 7, 8)),
        ((-10, -10, 999, 999), (0, 0, 60, 40)),  # clamped
        ((-1e300, -1e300, 1e300, 1e300), (0, 0, 60, 40)),
        ((1.4, 1.6, 9.4, 9.6), (1, 2, 9, 10)),  # rounded
        ([1, 2, 3, 4], (1, 2, 3, 4)),
        (np.float32([1, 2, 3, 4]), (1, 2, 3, 4)),
        (("1", "2", "3", "4"), (1, 2, 3, 4)),  # numbers, if as text
    ],
)
def test_a_box_is_clamped_to_the_photo(box, expected):
    assert photos.check_box(box, PHOTO.shape[1::-1]) == expected


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (
            (60, 0, 90, 40),
            r"60,0,90,40 holds nothing of the photo, which is 60 x 40",
        ),  # right of it
        ((0, -9, 60, 0), "holds nothing"),  # above it
        ((30, 10, 20, 20), "holds nothing"),  # corners swapped
        ((5, 5, 5, 5), "holds nothing"),
        ((5.1, 5.1, 5.4, 5.4), "holds nothing"),  # less than a pixel
        ((), "needs four numbers"),
        ((1, 2, 3), "needs four numbers"),
        ((1, 2, 3, 4, 5), "needs four numbers"),
        ((1, 2, 3, float("nan")), "needs four numbers"),
        ((1, 2, 3, float("inf")), "needs four numbers"),
        ((1, 2, 3, None), "needs four numbers"),
        (("a", "b", "c", "d"), "needs four numbers"),
        (((1, 2), (3, 4), (5, 6), (7, 8)), "needs four numbers"),
        (None, "needs four numbers"),
        (7, "needs four numbers"),
    ],
)
def test_a_box_without_a_part_of_the_photo_is_refused(box, message):
    with pytest.raises(PhotoError, match=message):
        photos.check_box(box, PHOTO.shape[1::-1])


SIDES = st.integers(1, 300)


@st.composite
def any_photo(draw):
    height, width = draw(SIDES), draw(SIDES)
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    return generator.integers(0, 256, (height, width, 3), np.uint8)


def usable(photo):
    return photo.dtype == np.uint8 and photo.ndim == 3 and photo.flags.c_contiguous


@given(any_photo(), st.integers(1, 200))
def test_shrink_keeps_the_aspect_and_never_enlarges(photo, side):
    height, width = photo.shape[:2]
    small = photos.shrink(photo, side)
    assert usable(small)
    if max(height, width) <= side:
        assert np.array_equal(small, photo)
        return
    assert max(small.shape[:2]) == side
    scale = side / max(height, width)
    for before, after in zip((height, width), small.shape[:2], strict=True):
        assert abs(after - max(1, before * scale)) <= 0.5


@given(any_photo(), st.integers(1, 200))
def test_square_is_square_and_holds_the_whole_photo_in_the_middle(photo, side):
    # A photo of one colour that is framed in it: what is padded and what is not look alike.
    plain = np.full_like(photo, photo[0, 0])
    assert np.array_equal(photos.square(plain, side), np.broadcast_to(photo[0, 0], (side, side, 3)))
    fitted = photos.square(photo, side)
    assert usable(fitted) and fitted.shape == (side, side, 3)


def test_square_does_not_distort():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, :20] = 250  # bright on the left; the border's median is dark or bright
    fitted = photos.square(wide, 80)
    assert fitted.shape == (80, 80, 3)
    assert (fitted[30:50, :38] == 250).all() and (fitted[30:50, 42:] == 0).all()
    assert (fitted[:30] == fitted[0, 0]).all() and (fitted[50:] == fitted[0, 0]).all()


@given(any_photo(), st.data())
def test_a_crop_is_what_the_box_holds(photo, data):
    height, width = photo.shape[:2]
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x2, y2 = data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height))
    part = photos.crop(photo, (x1, y1, x2, y2))
    assert usable(part)
    assert np.array_equal(part, photo[y1:y2, x1:x2])


def test_a_crop_is_at_most_as_long_as_the_setting():
    long = np.zeros((1, 5000, 3), np.uint8)
    assert photos.crop(long, (0, 0, 5000, 1)).shape == (1, settings().subject_side, 3)


@pytest.mark.parametrize(
    ("photo", "mode"),
    [(COLOURS, "RGB"), (rgb(RAMP), "L")],  # greys take one channel
)
def test_png_keeps_every_pixel(photo, mode):
    data = photos.to_png(photo)
    assert Image.open(io.BytesIO(data)).mode == mode
    assert np.array_equal(photos.load(data), photo)


def test_jpeg_keeps_the_picture():
    photo = np.asarray(smooth())
    assert np.abs(photos.load(photos.to_jpeg(photo)).astype(int) - photo).max() <= 6
