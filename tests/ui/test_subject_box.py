"""From the photo to the page and back."""

from pathlib import Path

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.search.query import View
from lookalike.ui.subject_box import SIDES, dragged, picture, same, shown

FILE = Path("photo.jpg")


def _photo(width: int, height: int) -> View:
    return View.of(np.zeros((height, width, 3), np.uint8))


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((28, 28), (3, 4, 20, 25)),  # enlarged by a whole number
        ((560, 300), (10, 20, 500, 290)),  # as it is
        ((1600, 1200), (100, 210, 1500, 1100)),  # scaled down
        ((4000, 3000), (400, 500, 3500, 2900)),  # looked at in a smaller size
        ((1, 900), (0, 100, 1, 800)),  # a line
    ],
)
@pytest.mark.parametrize("factor", [1, 0.6035])  # the editor's own scale
def test_a_box_comes_back_as_it_went(size, box, factor):
    photo = _photo(*size)
    value = shown(photo, box, FILE)
    sent = {name: value["boxes"][0][name] * factor for name in SIDES}
    back = dragged({"boxes": [{**sent, "scaleFactor": factor}]}, photo)
    assert same(back, box, photo)


def test_the_shown_photo_holds_the_shown_box():
    photo = _photo(28, 20)
    value = shown(photo, (0, 0, 28, 20), FILE)
    height, width = photos.load(picture(photo)).shape[:2]
    assert (value["boxes"][0]["xmax"], value["boxes"][0]["ymax"]) == (width, height)


@pytest.mark.parametrize("value", [None, {}, {"boxes": []}, {"boxes": None}, "box"])
def test_no_box_is_no_box(value):
    assert dragged(value, _photo(9, 9)) is None


@pytest.mark.parametrize(
    "box", ["1,2,3,4", {}, {"xmin": "a", "ymin": 0, "xmax": 1, "ymax": 1}, {"scaleFactor": []}]
)
def test_what_is_no_box_is_refused(box):
    with pytest.raises(PhotoError):
        dragged({"boxes": [box]}, _photo(9, 9))


@pytest.mark.parametrize(("side", "kind"), [(28, b"\x89PNG"), (900, b"\xff\xd8\xff")])
def test_pixels_that_can_be_told_apart_stay_as_they_are(side, kind):
    assert picture(_photo(side, side)).startswith(kind)
