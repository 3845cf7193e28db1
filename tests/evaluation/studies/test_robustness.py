"""Changed queries: each change does what it says, and the loss is that of the same queries."""

import sys

import cv2
import numpy as np
import pytest

from lookalike.encoders import registry
from lookalike.errors import LookalikeError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.run import run
from lookalike.evaluation.studies import robustness
from lookalike.evaluation.studies.robustness import CHANGES
from tests import toys
from tests.evaluation.test_evaluate import LINE, press_ctrl_c

SIZES = [(1, 1), (1, 9), (7, 1), (28, 28), (300, 500)]  # height, width


def noise_of(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def apply(name, photo):
    return CHANGES[name][1](photo)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_change_gives_a_photo_and_leaves_the_given_one(name, size):
    photo = noise_of(*size)
    before = photo.copy()
    found = apply(name, photo)
    assert found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3 and found.size
    assert found.flags.c_contiguous
    assert (photo == before).all()
    if name != "crop":
        assert found.shape == photo.shape


@pytest.mark.parametrize("size", SIZES)
def test_to_flip_twice_changes_nothing(size):
    photo = noise_of(*size)
    assert (apply("flip", apply("flip", photo)) == photo).all()
    assert (apply("flip", photo)[:, 0] == photo[:, -1]).all()


@pytest.mark.parametrize("side", [60, 400])
def test_a_line_is_turned_by_15_degrees_and_the_corners_take_the_borders_colour(side):
    photo = np.full((side, side, 3), (200, 40, 90), np.uint8)
    middle = slice(side // 2 - side // 20, side // 2 + side // 20)
    photo[middle, side // 5 : -side // 5] = 255
    turned = apply("rotate", photo)
    rows, columns = np.nonzero(turned[..., 1] > 150)
    slope, _ = np.polyfit(columns, rows, 1)
    # rows count downwards, and a least-squares fit of a bar is a little flatter than the bar
    assert np.degrees(np.arctan(slope)) == pytest.approx(-15, abs=1.5)
    for corner in (turned[0, 0], turned[0, -1], turned[-1, 0], turned[-1, -1]):
        assert corner.tolist() == [200, 40, 90]


def width_of_edge(side):
    """The share of a picture's side over which a blurred edge rises from a tenth to nine."""
    edge = np.zeros((side, side, 3), np.uint8)
    edge[:, side // 2 :] = 255
    row = apply("blur", edge)[side // 2, :, 0].astype(float)
    ends = np.interp([25.5, 229.5], row, np.arange(side))
    return float(np.ptp(ends)) / side


def test_small_and_large_pictures_are_blurred_alike():
    # an error function rises so within 2.563 standard deviations
    assert width_of_edge(1000) == pytest.approx(2.563 * robustness.BLUR, rel=0.03)
    assert width_of_edge(100) == pytest.approx(width_of_edge(1000), rel=0.1)


def test_darkening_halves_every_value():
    photo = noise_of(40, 30)
    assert abs(apply("darken", photo).astype(float) - photo / 2).max() <= 0.5


def test_jpeg_is_as_coarse_as_that_quality_is():
    photo = cv2.resize(noise_of(8, 8), (120, 90))
    _, file = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 20])
    other = cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1].astype(float)
    found = apply("jpeg", photo).astype(float)
    assert abs(found - other).mean() < 1 < abs(found - photo).mean()


def test_half_of_the_area_is_left_and_it_is_the_middle():
    photo = noise_of(300, 500)
    found = apply("crop", photo)
    assert found.shape[0] * found.shape[1] == pytest.approx(300 * 500 / 2, rel=0.01)
    assert found.shape[1] / found.shape[0] == pytest.approx(500 / 300, rel=0.01)
    top, left = (300 - found.shape[0]) // 2, (500 - found.shape[1]) // 2
    assert (found == photo[top : top + found.shape[0], left : left + found.shape[1]]).all()


class Mean(toys.Toy):
    """Sees the mean colour only, so that a picture and its mirror image are one to it."""

    def _encode(self, images):
        self.encoded += len(images)
        return np.stack([image.reshape(-1, 3).mean(axis=0) for image in images]).astype(np.float32)


@pytest.fixture
def blind(toy, monkeypatch):
    """The method "toy-mean" is registered; its encoder."""
    spec = toys.spec("toy-mean", metric="euclidean", dimension=3, weights=["embedded"])
    monkeypatch.setitem(toys.SPECS, "toy-mean", (Mean, spec))
    monkeypatch.setitem(registry.ENCODERS, "toy-mean", "Toy")
    monkeypatch.setitem(sys.modules, "lookalike.encoders.toy-mean", toys.module("toy-mean"))
    return toy("toy-mean")


METHODS = ["toy", "toy-mean", "toy-comparer"]


@pytest.mark.parametrize("wanted", ["6", "all"])
def test_unchanged_is_the_ordinary_precision_and_losses_are_paired(noise, evaluated, blind, wanted):
    report = evaluated(
        noise(methods=METHODS), wanted, methods=METHODS, robustness=True
    ).report.as_dict()
    part = report["robustness"]
    assert [change["name"] for change in part["changes"]] == list(CHANGES)
    assert part["queries"] == (6 if wanted == "6" else 40)
    for row, entry in zip(part["rows"], report["methods"], strict=True):
        assert (row["name"], row["title"]) == (entry["name"], entry["title"])
        assert row["unchanged"] == entry["metrics"]["precision@10"]
        for found in row["changes"].values():
            loss = found["loss"]
            assert loss["mean"] == pytest.approx(row["unchanged"]["mean"] - found["mean"])
            assert loss["low"] <= loss["mean"] <= loss["high"]
    flipped = {row["name"]: row["changes"]["flip"]["loss"] for row in part["rows"]}
    assert flipped["toy-mean"] == {"mean": 0, "low": 0, "high": 0}
    assert flipped["toy"] != flipped["toy-mean"]


def test_queries_that_nothing_answers_are_not_changed(greys, evaluated):
    """A flipped grey picture is the same one, so that whatever is lost was judged as another."""
    asked = {"q0": ("ant", 70), "q1": ("cat", 12), "q2": ("dog", 62)}
    report = evaluated(greys(LINE, asked), "3", k=3, robustness=True).report.as_dict()
    assert report["robustness"]["queries"] == 2
    (row,) = report["robustness"]["rows"]
    assert row["unchanged"] == report["methods"][0]["metrics"]["precision@3"]
    assert row["changes"]["flip"]["mean"] == row["unchanged"]["mean"] > 0
    assert row["changes"]["flip"]["loss"] == {"mean": 0, "low": 0, "high": 0}


def test_a_changed_query_does_not_find_itself(noise, evaluated, blind):
    """Leave-one-out: the flipped item has the very mean of the item, which would come first."""
    outcome = evaluated(noise(methods=["toy-mean"]), "all", k=1, robustness=True)
    names, excluded = outcome.gallery.names, outcome.judgements.excluded
    asked = robustness.changed(outcome.measured[0].rankings.asked, "flip", np.array([3, 5]))
    assert [query.name for query in asked.queries.each] == [
        f"flip:{outcome.queries.each[number].name}" for number in (3, 5)
    ]
    for out, number in zip(asked.excluded, (3, 5), strict=True):
        assert outcome.queries.each[number].name in [names[item] for item in out]
        assert out is excluded[number]


def test_a_sample_is_drawn_by_name_and_stays_in_order():
    names = [f"{number}.png" for number in range(30)]
    places = robustness.chosen(names, 10)
    assert len(places) == 10 and places.tolist() == sorted(places.tolist())
    shifted = robustness.chosen(["new.png", *names], 31)
    assert shifted.tolist() == list(range(31))
    drawn = {names[place] for place in places}
    again = {names[::-1][place] for place in robustness.chosen(names[::-1], 10)}
    assert drawn == again and drawn != set(names[:10])


def test_only_the_sample_is_changed(noise, evaluated, toy, monkeypatch):
    monkeypatch.setattr(robustness, "QUERIES", 4)
    answerer = noise(methods=["toy"])
    before = toy("toy").encoded
    report = evaluated(answerer, "all", robustness=True).report.as_dict()
    assert report["robustness"]["queries"] == 4
    timed = report["queries"]["timed"] + 1  # and the one that warms up
    assert toy("toy").encoded - before == timed + 4 * len(CHANGES)


@pytest.mark.parametrize("steps", [1, 3])
def test_what_was_finished_is_not_done_again(noise, evaluated, toy, tmp_path, steps):
    answerer = noise(methods=["toy"])
    whole = evaluated(answerer, "6", tmp_path / "whole", robustness=True)
    seen = []

    def show(name):
        return Stop(name, seen, steps)

    before = toy("toy").encoded
    with pytest.raises(KeyboardInterrupt):
        evaluated(answerer, "6", tmp_path / "work", show, robustness=True)
    resumed = evaluated(answerer, "6", tmp_path / "work", robustness=True)
    assert toy("toy").encoded - before == 6 + (6 + 1) + 6 * len(CHANGES)  # asked, timed, changed
    assert resumed.report.as_dict()["robustness"] == whole.report.as_dict()["robustness"]


class Stop:
    """A progress bar that is interrupted after some steps of the changes."""

    def __init__(self, name, seen, steps):
        self.name, self.seen, self.steps = name, seen, steps

    def __enter__(self):
        return self.update

    def __exit__(self, *error):
        return False

    def update(self, done, total):
        if self.name.startswith("change"):
            self.seen.append(done)
            if len(self.seen) == self.steps:
                press_ctrl_c()


def test_votes_cannot_be_changed():
    with pytest.raises(LookalikeError, match="Votes keep no photo"):
        run("fashion-mnist", "votes", Comparison(robustness=True))
