"""Boxes of photographs that nobody marked."""

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.detectors.base import Detector, Proposal
from lookalike.galleries.splits import place
from lookalike.training.subject import photographs
from lookalike.training.subject.drawing import tight_box
from lookalike.training.subject.judging import iou

BOX = (50, 30, 120, 90)


class Says(Detector):
    """Proposes what it was told."""

    name = "says"

    def __init__(self, box, score=0.8):
        self.found = [Proposal(box, score, "says")] if box else []

    def _detect(self, photo):
        return self.found


def photo(box=BOX):
    """A red slab before green noise."""
    made = np.random.default_rng(0).integers(60, 110, (120, 160, 3)).astype(np.uint8)
    made[..., 1] += 100
    made[box[1] : box[3], box[0] : box[2]] = (220, 30, 30)
    return made


def test_grabcut_finds_what_differs_from_the_border():
    found = photographs.foreground_box(photo())
    assert iou(found, BOX) > 0.85
    assert found == photographs.foreground_box(photo())  # seeded


@pytest.mark.parametrize(
    ("box", "score", "agreed"),
    [
        (BOX, 0.8, True),  # both see the same
        (BOX, 0.1, False),  # the detector is not sure
        ((0, 0, 60, 60), 0.8, False),  # they differ
        (None, 0, False),  # it proposes the whole photo only
    ],
)
def test_two_must_agree(box, score, agreed):
    found = photographs.agreed(photo(), Says(box, score))
    assert (found is not None) == agreed
    if found:
        assert iou(found, BOX) > 0.85


@pytest.mark.parametrize("value", [0, 255])
def test_a_blank_photo_has_no_box(value):
    blank = np.full((60, 80, 3), value, np.uint8)
    assert photographs.agreed(blank, Says((0, 0, 80, 60))) is None


def test_a_photo_is_looked_at_once_and_opaque_in_its_box(monkeypatch, tmp_path):
    asked = []

    class Counting(Says):
        def _detect(self, photo):
            asked.append(1)
            return self.found

    catalogue = np.full((60, 80, 3), 255, np.uint8)
    catalogue[20:40, 20:50] = 90
    shards = [("a", photo), ("b", lambda: catalogue)]
    monkeypatch.setattr(photographs, "shards", lambda data, name: iter(shards))
    monkeypatch.setattr(photographs, "held_out", lambda name: False)
    slab, white = photographs.find(tmp_path, Counting(BOX))
    for _ in range(2):
        assert iou(photographs.tight_box(slab()[..., 3] > 0), BOX) > 0.85
        assert not white()[..., 3].any()
    assert len(asked) == 1


def test_held_out_photos_are_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(photographs, "shards", lambda data, name: iter([("a", photo)]))
    monkeypatch.setattr(photographs, "held_out", lambda name: True)
    assert photographs.find(tmp_path, Says(BOX)) == []


def test_photographs_with_objects_are_opaque_in_the_main_one(tmp_path):
    data = cv2.imencode(".png", np.zeros((60, 100, 3), np.uint8))[1].tobytes()
    small, large = [10.0, 10.0, 40.0, 40.0], [20.0, 5.0, 90.0, 55.0]
    names = [name for name in map(str, range(99)) if place(name) >= 0.5][:3]
    held = next(name for name in map(str, range(99)) if place(name) < 0.2)
    objects = [
        [{"score": 0.9, "box": small}, {"score": 0.6, "box": large}],
        [{"score": 0.3, "box": small}],  # not sure: the salient part is taken
        [],  # nobody knows
        [{"score": 0.9, "box": small}],  # kept for measuring
    ]
    rows = [
        {"name": name, "image": {"bytes": data, "path": ""}, "objects": some}
        for name, some in zip([*names, held], objects, strict=True)
    ]
    (tmp_path / "photos").mkdir()
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "photos" / "0.parquet")
    part = {"box": [0.0, 0.0, 50.0, 30.0], "area": 0.25}
    label = {"set": "photos", "name": names[1], "parts": [part]}
    pq.write_table(pa.Table.from_pylist([label]), tmp_path / "labels.parquet")
    found = [load()[..., 3] for load in photographs.with_objects(tmp_path)]
    assert [tight_box(alpha > 0) for alpha in found] == [(20, 5, 90, 55), (0, 0, 50, 30)]
    assert all(alpha.max() == 255 for alpha in found)
