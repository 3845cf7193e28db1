"""The one way to a query, whoever asks: boxes, crops and hashes on photos of every size."""

from typing import ClassVar

import numpy as np
import pytest

from lookalike import photos
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.errors import LookalikeError, PhotoError
from lookalike.search.query import MOST_WORDS, PHOTO_SIDE, Query, View

# Twelve megapixels, and every pixel of them differs from its neighbours.
ROW, COLUMN = np.arange(4000), np.arange(3000)[:, None]
LARGE = np.stack([ROW + COLUMN, ROW * 3 - COLUMN, ROW ^ COLUMN], axis=2).astype(np.uint8)
FILE = photos.to_png(LARGE)


class Half(Detector):
    """Finds the left half of whatever it looks at, and remembers at what size that was."""

    name = "half"
    sizes: ClassVar[list[tuple[int, int]]] = []

    def _detect(self, photo):
        height, width = photo.shape[:2]
        self.sizes.append((width, height))
        return [Proposal((0, 0, width // 2, height), 0.9, "half")]


@pytest.fixture
def detector(monkeypatch):
    monkeypatch.setitem(detectors.DETECTORS, "yolo", (lambda weights: Half(), ("embedded",)))
    monkeypatch.setattr(detectors, "_loaded", {})
    monkeypatch.setattr(Half, "sizes", [])


def test_boxes_are_in_the_pixels_of_the_photo_as_it_came(detector):
    query = Query.of_photo(LARGE)
    assert Half.sizes == [(PHOTO_SIDE, 1200)]  # what is looked at is smaller
    assert query.subject.box == (0, 0, 2000, 3000)
    assert [found.box for found in query.subject.proposals] == [
        (0, 0, 2000, 3000),
        (0, 0, 4000, 3000),
    ]
    assert max(query.view.photo.shape) == PHOTO_SIDE and query.view.size == (4000, 3000)


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 2000, 3000),
        (1234, 567, 3210, 2345),
        (3999, 2999, 4000, 3000),  # one pixel, which is less than one of those looked at
        (0, 0, 4000, 3000),
    ],
)
def test_a_box_means_the_same_pixels_however_it_is_given(detector, box):
    asked = Query.of_photo(LARGE)
    ways = [
        Query.of_photo(LARGE, box),
        Query.of_photo(LARGE, ",".join(map(str, box))),
        asked.with_box(box),
        asked.with_proposal(Proposal(box, 0.5, "half")),
        Query.of_photo(photos.load(FILE), box),
    ]
    assert {query.subject.box for query in ways} == {box}
    assert len({query.sha256 for query in ways}) == 1
    assert all(query.content.size for query in ways)


def test_a_small_photo_is_looked_at_as_it_is():
    photo = LARGE[:30, :40]
    query = Query.of_photo(photo, (3, 4, 20, 25))
    assert np.array_equal(query.view.photo, photo)
    assert np.array_equal(query.content, photo[4:25, 3:20])


@pytest.mark.parametrize("size", [(1, 9000), (9000, 1), (1601, 3)])
def test_a_panorama_keeps_a_pixel_in_every_crop(size):
    width, height = size
    view = View.of(np.zeros((height, width, 3), np.uint8))
    for box in [(0, 0, 1, 1), (width - 1, height - 1, width, height), (0, 0, width, height)]:
        assert view.crop(box).size
    assert view.full_size((0, 0, *view.photo.shape[1::-1])) == (0, 0, width, height)


def test_the_item_that_the_photo_is_stays_left_out_with_another_subject(detector):
    query = Query.of_photo(LARGE, exclude=7)
    assert query.with_box((0, 0, 9, 9)).exclude == 7
    assert query.excluding(None).exclude is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "There are no words"),
        (" \n ", "There are no words"),
        (None, "There are no words"),
        (7, "There are no words"),
        ("x" * (MOST_WORDS + 1), "longer than 200 characters"),
    ],
)
def test_what_are_no_words_is_refused(words, message):
    with pytest.raises(LookalikeError, match=message):
        Query.of_words(words)


def test_words_are_the_same_however_they_are_spaced_and_have_no_subject():
    query = Query.of_words("  a red\n shoe ")
    assert (query.content, query.view, query.subject) == ("a red shoe", None, None)
    assert query.sha256 == Query.of_words("a red shoe").sha256
    with pytest.raises(PhotoError, match="Words have no subject"):
        query.with_box((0, 0, 1, 1))
