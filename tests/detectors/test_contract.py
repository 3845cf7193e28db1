"""Every detector whose weights are here: what it proposes, on whatever photo."""

import numpy as np
import pytest

from lookalike.detectors import registry
from lookalike.settings import REPOSITORY, settings

HERE = [
    (name, weights)
    for name, (_, known) in registry.DETECTORS.items()
    for weights in known
    if weights != "hub"
]
PHOTOS = {
    "a pixel": np.full((1, 1, 3), 200, np.uint8),
    "a line": np.full((1, 5000, 3), 90, np.uint8),
    "a column": np.full((5000, 1, 3), 90, np.uint8),
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "noise": np.random.default_rng(0).integers(0, 256, (333, 217, 3), np.uint8),
    "a panorama": np.random.default_rng(1).integers(0, 256, (60, 900, 3), np.uint8),
}


@pytest.fixture(scope="module", params=HERE, ids=["@".join(one) for one in HERE])
def detector(request):
    settings.cache_clear()
    return registry.load(*request.param)


@pytest.mark.parametrize("photo", PHOTOS.values(), ids=PHOTOS)
def test_proposals_lie_on_the_photo_and_the_whole_photo_comes_last(detector, photo):
    before = photo.copy()
    *found, whole = detector.propose(photo)
    height, width = photo.shape[:2]
    assert (whole.box, whole.score, whole.name) == ((0, 0, width, height), 0.0, None)
    assert whole.source == "whole photo"
    assert len(found) <= 5
    for one in found:
        x1, y1, x2, y2 = one.box
        assert all(type(value) is int for value in one.box)
        assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
        assert type(one.score) is float and 0 <= one.score <= 1
        assert one.name is None or one.name.strip()
        assert "@" in one.source
    order = [detector.rank(one, photo) for one in found]
    assert order == sorted(order, reverse=True)
    assert np.array_equal(photo, before)


def test_the_same_photo_gets_the_same_proposals(detector):
    assert detector.propose(PHOTOS["noise"]) == detector.propose(PHOTOS["noise"].copy())


def test_a_view_of_another_array_is_a_photo_too(detector):
    mirrored = PHOTOS["noise"][:, ::-1]
    assert detector.propose(mirrored) == detector.propose(np.ascontiguousarray(mirrored))


def test_weights_are_found_where_the_card_says():
    assert {path.parent.name for path in (REPOSITORY / "models/yolo").glob("*/card.json")} == {
        "coco",
        "subject",
    }
