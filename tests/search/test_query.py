"""The one way to a query, whoever asks: boxes, crops and hashes on photos of every size."""

from typing import ClassVar

import numpy as np
import pytest

from lookalike import photos
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.errors import LookalikeError, PhotoError
from lookalike.search.content import MOST_WORDS
from lookalike.search.query import PHOTO_SIDE, Query, View

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
        ("x" * 1_000_000, "longer than 200 characters"),
        ("\0\x1b\ud83d", "There are no words"),  # nothing of this can be shown
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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a\0red\x1b[31m shoe", "a red [31m shoe"),  # no terminal obeys it
        ("a \ud83d shoe", "a shoe"),  # half a surrogate pair, which no file holds
        ("cafe\u0301", "caf\u00e9"),  # the same letters, typed otherwise
        ("حذاء أحمر", "حذاء أحمر"),
        ("🚗👩\u200d🚀", "🚗👩\u200d🚀"),  # a joiner makes one picture of two
        ("x" * MOST_WORDS, "x" * MOST_WORDS),
    ],
)
def test_odd_words_are_words(words, said):
    assert Query.of_words(words).words == said
    assert len(Query.of_words(words).sha256) == 64


RED = {"photo": LARGE[:30, :40], "words": "red", "subject": "whole"}


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"words": " red "}, True),
        ({"weight": 0.501}, True),  # shares are in hundredths
        ({"words": "blue"}, False),
        ({"weight": 0.6}, False),
        ({"photo": LARGE[1:31, :40]}, False),
        ({"words": None}, False),
        ({"photo": None, "subject": "auto"}, False),
    ],
)
def test_a_photo_with_words_is_known_by_both_and_their_shares(change, same):
    first, second = Query.of(**RED), Query.of(**{**RED, **change})
    assert (first.sha256 == second.sha256) == same


def test_words_stay_with_the_photo_until_they_are_taken_away():
    alone = Query.of(LARGE, subject=(0, 0, 400, 300))
    mixed = alone.with_words("red", 0.3)
    assert (mixed.words, mixed.weight, mixed.view) == ("red", 0.3, alone.view)
    assert np.array_equal(mixed.photo, alone.photo)
    moved = mixed.with_box((0, 0, 40, 30))
    assert (moved.words, moved.weight, moved.exclude) == ("red", 0.3, None)
    assert np.array_equal(moved.photo, alone.with_box((0, 0, 40, 30)).photo)
    assert moved.with_words(None).sha256 == alone.with_box((0, 0, 40, 30)).sha256
    assert alone.with_words(None) is alone


@pytest.mark.parametrize(
    ("method", "mixed", "words"),
    [
        ("clip", "both", "words"),
        ("resnet", "photo", None),  # the photo alone, or nothing
    ],
)
def test_a_method_hears_what_it_can_of_a_query(method, mixed, words):
    photo = Query.of(LARGE[:30, :40], subject="whole")
    both = photo.with_words("red")
    known = {photo.sha256: "photo", both.sha256: "both"}
    assert known[both.heard_by(method).sha256] == mixed
    assert known[photo.heard_by(method).sha256] == "photo"
    heard = Query.of_words("red").heard_by(method)
    assert (heard and heard.words) == (words and "red")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"photo": None, "words": None}, "nothing to search with"),
        ({"photo": None, "subject": "1,2,3,4"}, "Words have no subject"),
        ({"words": "  "}, "There are no words"),
        *(
            ({"weight": weight}, "not a share of the words")
            for weight in (-0.01, 1.01, float("nan"), float("inf"), 10**400, "0.5", None, True)
        ),
    ],
)
def test_a_mixture_that_cannot_be_is_refused(change, message):
    with pytest.raises(LookalikeError, match=message):
        Query.of(**{**RED, **change})
