"""How much boxes overlap, against the plain sum."""

import numpy as np
import pytest

from lookalike.detectors.overlaps import areas, overlaps, suppress
from lookalike.training.subject.judging import iou


@pytest.fixture
def boxes():
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 50, (30, 2))
    return np.hstack([corners, corners + rng.integers(1, 40, (30, 2))])


def test_overlaps_are_intersection_over_union(boxes):
    expected = [[iou(tuple(a), tuple(b)) for b in boxes] for a in boxes]
    np.testing.assert_allclose(overlaps(boxes, boxes), expected)


def test_an_empty_box_overlaps_nothing():
    empty, other = np.array([[5, 5, 5, 9]]), np.array([[0, 0, 9, 9]])
    assert overlaps(empty, other).tolist() == [[0.0]]
    assert overlaps(empty, empty).tolist() == [[0.0]]
    assert areas(np.array([[9, 9, 0, 0]])).tolist() == [0.0]


def test_suppression_keeps_the_best_of_those_that_overlap(boxes):
    scores = np.random.default_rng(1).random(len(boxes))
    kept = suppress(boxes, scores, 0.3)
    assert (np.diff(scores[kept]) <= 0).all()
    shared = overlaps(boxes[kept], boxes[kept])
    assert (shared[~np.eye(len(kept), dtype=bool)] <= 0.3).all()
    for gone in set(range(len(boxes))) - set(kept.tolist()):
        better = kept[scores[kept] > scores[gone]]
        assert overlaps(boxes[[gone]], boxes[better]).max() > 0.3


def test_suppression_of_nothing():
    assert suppress(np.zeros((0, 4)), np.zeros(0), 0.5).tolist() == []
