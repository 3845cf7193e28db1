"""Judging a detector on composites."""

import numpy as np
import pytest

from lookalike.detectors.base import Detector, Proposal
from lookalike.training.subject import judging, sources
from lookalike.training.subject.hard import HARD


def slab():
    """A red slab with alpha."""
    cut = np.zeros((40, 60, 4), np.uint8)
    cut[5:35, 5:55] = (250, 0, 0, 255)
    return cut


@pytest.fixture
def found(monkeypatch):
    scenery = np.random.default_rng(0).integers(0, 256, (420, 500, 3)).astype(np.uint8)
    made = sources.Sources([slab], [lambda: scenery])
    asked = []
    monkeypatch.setattr(sources, "find", lambda data, split: asked.append(split) or made)
    monkeypatch.setattr(judging, "SIDES", (90, 120))
    yield made
    assert set(asked) <= {"held-out"}  # never what was trained on


class Told(Detector):
    """Proposes, photo after photo, the boxes that it was told."""

    name = "told"

    def __init__(self, boxes):
        self.boxes = iter(boxes)

    def _detect(self, photo):
        return [Proposal(box, score, "told") for box, score in next(self.boxes)]


def truths(found, count):
    return [made.main() for made in judging.pictures(found, count, 1, HARD)]


@pytest.mark.parametrize(
    ("answer", "first", "ever"),
    [
        (lambda box: [(box, 0.9)], 1.0, 1.0),  # the truth
        (lambda box: [(box, 0.01), ((0, 0, 3, 3), 0.9)], None, 1.0),  # at a later rank
        (lambda box: [((0, 0, 2, 2), 0.9)], 0.0, None),  # a corner
    ],
)
def test_shares_of_what_a_detector_proposes(found, answer, first, ever):
    boxes = [answer(box) for box in truths(found, 12)]
    whole, *kinds = judging.measure(12, 1, Told(boxes), kinds=HARD)
    assert whole["kind"] == "all"
    assert whole["pictures"] == 12 == sum(row["pictures"] for row in kinds)
    assert {row["kind"] for row in kinds} <= set(HARD) - {"bystanders"}
    if first is not None:
        assert whole["iou_50"] == whole["iou_75"] == first
    if ever is not None:
        assert whole["any_iou_75"] == ever
    for name in ("iou_50", "iou_75", "any_iou_75"):
        mean = sum(row[name] * row["pictures"] for row in kinds) / 12
        assert mean == pytest.approx(whole[name])


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),  # the same
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),  # half of each
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),  # side by side
        ((0, 0, 10, 10), (0, 0, 5, 5), 0.25),  # inside
    ],
)
def test_iou(first, second, value):
    assert judging.iou(first, second) == pytest.approx(value)
    assert judging.iou(second, first) == pytest.approx(value)
