"""What becomes of a picture: its margins, its size, and whether it is there already."""

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.galleries.keep import keep
from lookalike.galleries.sources.things.near import near_pairs, thumbnail
from lookalike.galleries.sources.things.picture import SIDE, digest, made, trimmed
from lookalike.galleries.sources.things.pictures import Pictures
from lookalike.galleries.sources.things.table import LEFT_HALF
from tests.galleries.sources.things.layouts import (
    EMOJI,
    OPENCLIPART,
    PACKAGES,
    STAMPS,
    cut_out,
    noise,
    thing,
    webp,
    write,
)
from tests.pictures import encoded


def page(photo, height=400, width=300):
    """A picture somewhere on a white page."""
    canvas = np.full((height, width, 3), 255, np.uint8)
    canvas[200 : 200 + photo.shape[0], 100 : 100 + photo.shape[1]] = photo
    return canvas


def test_wide_margins_are_cut_off_and_a_narrow_one_stays():
    cut = trimmed(page(noise(1)))
    assert cut.shape == (106, 86, 3)  # 3 % of the longer side, 100 pixels
    assert np.array_equal(cut[3:-3, 3:-3], noise(1)) and (cut[:3] == 255).all()


@pytest.mark.parametrize("photo", [np.full((9, 8, 3), 255, np.uint8), noise(2)])
def test_what_is_all_white_or_has_no_margin_stays(photo):
    assert np.array_equal(trimmed(photo), photo)


@pytest.mark.parametrize("size", [(500, 300), (192, 192), (40, 20)])
def test_pictures_are_scaled_down_never_up(size):
    photo = np.zeros((*size, 3), np.uint8)
    assert max(made(photo).shape) == min(max(size), SIDE)


def test_equal_pixels_have_one_digest_and_other_shapes_another():
    photo = noise(1)
    assert digest(photo) == digest(photo.copy()) != digest(noise(2))
    assert digest(photo) != digest(photo.reshape(80, 100, 3))


def apart(one, other):
    """The difference that near_pairs means, in plain Python."""
    squares = [(float(a) - float(b)) ** 2 for a, b in zip(one, other, strict=True)]
    inks = [sum((255 - float(a)) ** 2 for a in each) / len(one) for each in (one, other)]
    return (sum(squares) / len(one)) ** 0.5 / (min(inks) ** 0.5 + 1e-6)


def test_near_pairs_are_those_of_a_plain_loop():
    base = [noise(number) for number in range(6)]
    shaded = [np.clip(photo.astype(int) + 6, 0, 255).astype(np.uint8) for photo in base[:3]]
    pale = [np.full((50, 50, 3), level, np.uint8) for level in (250, 253)]
    found = [thumbnail(photo) for photo in [*base, *shaded, *pale]]
    for largest in (0.05, 0.12, 0.5):
        expected = [
            (i, j)
            for i in range(len(found))
            for j in range(i + 1, len(found))
            if apart(found[i], found[j]) < largest
        ]
        assert near_pairs(found, largest) == expected
    assert near_pairs(found) == [(0, 6), (1, 7), (2, 8)]  # the pale ones are not alike


@pytest.fixture
def pictures(tmp_path):
    """pictures(thing, …): the rows of some things, whose packages are below tmp_path."""
    for package in PACKAGES:
        package.find(tmp_path).mkdir(parents=True)

    def make(*things):
        return Pictures(things, tmp_path)

    return make


def test_a_copy_is_found_by_its_pixels_whatever_its_file(pictures, tmp_path):
    write(tmp_path, STAMPS, "dog.png", cut_out(1))
    write(tmp_path, OPENCLIPART, "dog.png", encoded(page(noise(1))))  # on a page, another file
    write(tmp_path, OPENCLIPART, "cat.png", cut_out(2))
    rows = pictures(
        thing(STAMPS, "dog.png", "dog"),
        thing(OPENCLIPART, "cat.png", "cat"),
        thing(OPENCLIPART, "dog.png", "dog"),
    )
    assert rows.copies == {2} and rows.near == []


def test_near_copies_are_pairs_of_what_is_no_copy(pictures, tmp_path):
    shaded = np.clip(noise(1).astype(int) + 6, 0, 255).astype(np.uint8)
    for name, photo in {"a.png": noise(1), "b.png": shaded, "c.png": noise(1)}.items():
        write(tmp_path, STAMPS, name, encoded(photo))
    rows = pictures(*(thing(STAMPS, name, "dog") for name in ("a.png", "b.png", "c.png")))
    assert rows.copies == {2} and rows.near == [(0, 1)]


def test_images_are_webp_that_the_gallery_keeps_as_it_is(pictures, tmp_path):
    write(tmp_path, EMOJI, "1f415.webp", webp(1, height=400, width=300))
    (image,) = pictures(thing(EMOJI, "1f415.webp", "dog")).images([0])
    assert image[8:12] == b"WEBP" and keep(image) == image
    assert photos.load(image).shape == (192, 144, 3)


def test_of_a_picture_that_shows_its_thing_twice_one_half_is_taken(pictures, tmp_path):
    write(tmp_path, STAMPS, "fish.png", encoded(np.hstack([noise(1), noise(2)])))
    write(tmp_path, STAMPS, "half.png", encoded(noise(1)))
    twice = thing(STAMPS, "fish.png", "fish", part=LEFT_HALF)
    assert pictures(thing(STAMPS, "half.png", "fish"), twice).copies == {1}


def test_what_cannot_be_read_is_no_copy_of_anything_and_says_why(pictures):
    rows = pictures(thing(STAMPS, "a.png", "dog"), thing(STAMPS, "b.png", "dog"))
    assert rows.copies == set() and rows.near == []
    assert all(isinstance(image, PhotoError) for image in rows.images([0, 1]))


def test_the_stamp_changes_with_the_pixels(pictures, tmp_path):
    row = thing(STAMPS, "dog.png", "dog")
    write(tmp_path, STAMPS, "dog.png", cut_out(1))
    first, again = pictures(row).stamp, pictures(row).stamp
    write(tmp_path, STAMPS, "dog.png", cut_out(2))
    assert first == again != pictures(row).stamp
