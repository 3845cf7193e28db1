"""SIFT: its descriptors, its codebook, and which matches count. The rest is in test_local.py."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders.local import Descriptors, Verification, match
from lookalike.encoders.sift import SIFT, SPEC, Extraction, local_features
from lookalike.encoders.vlad import Codebook
from lookalike.errors import WeightsError
from lookalike.galleries.sources import fashion_mnist
from lookalike.settings import REPOSITORY, settings
from lookalike.training.codebooks import sift as training
from tests.encoders.scenes import textured

SHIPPED = REPOSITORY / "models" / SPEC.weights[0].location


@pytest.fixture(scope="module")
def sift():
    return SIFT()


def points(*places):
    return np.array(places, np.float32).reshape(-1, 2)


def one_hot(*positions):
    """Descriptors that are either the same or clearly different."""
    return np.eye(128, dtype=np.float32)[list(positions)]


def test_points_that_agree_by_less_than_the_least_count_for_nothing(sift):
    places = points((10, 10), (50, 12), (20, 70), (80, 90))
    for count, expected in ((4, 1.0), (3, 0.0)):
        found = Descriptors(places[:count], one_hot(*range(count)))
        item = Descriptors(places, one_hot(0, 1, 2, 3))
        assert sift.verify(found, item) == expected


def test_only_points_that_move_together_count(sift):
    places = points((10, 10), (50, 12), (20, 70), (80, 90), (40, 40))
    astray = places + points((5, 5))
    astray[4] = 90, 5  # its descriptor matches, its place does not
    assert sift.verify(
        Descriptors(places, one_hot(0, 1, 2, 3, 4)), Descriptors(astray, one_hot(0, 1, 2, 3, 4))
    ) == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("query", "item"),
    [
        (  # all on one point: a shrinking to nothing explains that
            Descriptors(points((10, 10), (50, 12), (20, 70), (80, 90)), one_hot(0, 0, 0, 0)),
            Descriptors(points((40, 40), (10, 80)), one_hot(0, 7)),
        ),
        (  # a hundredth of the size: no photo shows so little of it
            Descriptors(points((10, 10), (50, 12), (20, 70), (80, 90)), one_hot(0, 1, 2, 3)),
            Descriptors(
                points((10, 10), (10.4, 10), (10, 10.7), (10.8, 10.9)), one_hot(0, 1, 2, 3)
            ),
        ),
        (  # four matches in place, but two of them are neighbours on one point: three agree
            Descriptors(points((10, 10), (11, 10), (50, 12), (20, 70)), one_hot(0, 0, 1, 2)),
            Descriptors(points((10, 10), (50, 12), (20, 70)), one_hot(0, 1, 2)),
        ),
    ],
)
def test_a_collapse_is_no_match(sift, query, item):
    assert sift.verify(query, item) == 0


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.5, [0]),  # only the clear one: 0 against sqrt(2)
        (0.95, [0, 1]),  # 0.9 of the second-nearest's distance passes too
        (1.0, [0, 1, 2]),  # off: even two that are equally near
    ],
)
def test_the_ratio_test_keeps_what_is_clearly_nearest(ratio, expected):
    item = np.array([[0, 0], [10, 0], [10, 19]], np.float32)
    query = np.array([[0, 0], [10, 9], [5, 0]], np.float32)  # ratios 0, 0.9 and 1
    matched, partner = match(query, item, ratio)
    assert matched.tolist() == expected
    assert partner.tolist() == [0, 1, 0][: len(expected)]


@pytest.mark.parametrize("counts", [(0, 5), (5, 0), (5, 1), (0, 0)])
def test_nothing_matches_without_a_second_nearest(counts):
    query, item = (one_hot(*range(count)) for count in counts)
    matched, partner = match(query, item, 1.0)
    assert len(matched) == len(partner) == 0


def test_descriptors_are_root_sift(sift):
    found = sift.describe(textured())
    assert found.points.dtype == found.descriptors.dtype == np.float32
    assert found.points.shape == (len(found), 2)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    assert Verification.fewest_key_points <= len(found) <= Extraction.key_points + 8
    assert found.points.min() >= 0 and found.points.max() <= Extraction.side


def test_vlad_is_what_a_plain_loop_gives():
    chance = np.random.default_rng(0)
    book = Codebook(
        mean=chance.random(128, np.float32),
        components=chance.random((5, 128), np.float32),
        centres=chance.random((4, 7), np.float32) * 20,
    )
    descriptors = chance.random((30, 128), np.float32)
    places = chance.random((30, 2), np.float32)
    expected = np.zeros((4, 7))
    for descriptor, place in zip(descriptors, places, strict=True):
        short = [sum((descriptor - book.mean) * row) for row in book.components]
        feature = np.array([*short, *place])
        nearest = min(range(4), key=lambda c: np.linalg.norm(feature - book.centres[c]))
        expected[nearest] += feature - book.centres[nearest]
    for row in expected:
        row[:] = [np.sign(value) * abs(value) ** 0.5 for value in row]
        row /= np.linalg.norm(row) or 1
    features = book.features(descriptors, places)
    np.testing.assert_allclose(book.aggregate(features), expected.ravel(), atol=1e-4)


def test_vlad_of_nothing_is_zero():
    book = Codebook(np.zeros(128, np.float32), np.eye(3, 128, dtype=np.float32), np.ones((4, 5)))
    nothing = book.features(np.empty((0, 128), np.float32), np.empty((0, 2), np.float32))
    np.testing.assert_array_equal(book.aggregate(nothing), np.zeros(20))


def copy_of(folder: Path, root: Path) -> Path:
    """The shipped weights' files under another models folder."""
    place = root / "models" / SPEC.weights[0].location
    place.mkdir(parents=True)
    for file in folder.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return place


def rewrite(place, weights=None, **changes):
    """Other weights, with a card whose sha256 fits them; `changes` go into the extraction."""
    card = json.loads((place / cards.CARD).read_text())
    card["settings"]["extraction"] |= changes
    if weights is not None:
        (place / card["file"]).write_bytes(weights)
    cards.write(place, card, card["file"])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda place: (place / "model.safetensors").unlink(), "cannot be read"),
        (lambda place: (place / "model.safetensors").write_bytes(b"cut"), "sha256"),
        (lambda place: rewrite(place, b"no safetensors"), "not a codebook"),
        (lambda place: rewrite(place, side=64), "other settings"),
        (lambda place: rewrite(place, unknown=1), "other settings"),
    ],
)
def test_weights_that_do_not_fit_are_refused(home, damage, message):
    damage(copy_of(SHIPPED, home))
    with pytest.raises(WeightsError, match=message):
        SIFT()


def test_missing_weights_are_refused():
    with pytest.raises(WeightsError, match="train sift"):
        SIFT(replace(SPEC.weights[0], location="sift/no-such"))


def test_another_extraction_needs_another_codebook():
    with pytest.raises(WeightsError, match="other settings"):
        SIFT(extraction=Extraction(side=64))


@pytest.mark.parametrize(
    "arrays",
    [
        {"centres": np.ones((4, 5), np.float32)},  # two are missing
        {  # places are missing in the centres
            "mean": np.zeros(128, np.float32),
            "components": np.zeros((3, 128), np.float32),
            "centres": np.ones((4, 3), np.float32),
        },
    ],
)
def test_arrays_that_do_not_fit_one_another_are_refused(tmp_path, arrays):
    from safetensors.numpy import save_file

    save_file(arrays, tmp_path / "book")
    with pytest.raises(ValueError, match="must"):
        Codebook.load(tmp_path / "book")


def test_training_is_repeatable_and_its_weights_load(home, tmp_path, monkeypatch):
    chance = np.random.default_rng(0)
    greys = chance.integers(0, 256, (40, 28, 28), np.uint8)
    monkeypatch.setattr(fashion_mnist, "read", lambda split: (greys, np.zeros(40, np.int64)))
    place = home / "models" / SPEC.weights[0].location
    recipe = training.Recipe(rounds=2)
    training.train(place, recipe=recipe, limit=4)
    training.train(tmp_path / "again", recipe=recipe, limit=4)
    assert SIFT().weights.sha256 == cards.read(tmp_path / "again")["sha256"]
    assert cards.read(place)["images"] == 4
    assert settings().home == home  # the encoder above was the one just trained
    assert SIFT().weights.sha256 != cards.read(SHIPPED)["sha256"]


def test_key_points_outside_the_item_do_not_reach_the_vector(sift):
    """Padding a photo to a square with its border's colour adds nothing to describe."""
    image = np.full((60, 30, 3), 200, np.uint8)
    image[20:40, 10:20] = 30
    found = local_features(image, Extraction())
    left, right = found.points[:, 0].min(), found.points[:, 0].max()
    assert left > 4 and right < Extraction.side - 4


def test_the_spec_is_read_without_torch():
    code = "import sys, lookalike.encoders.sift; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0
