"""ORB: how its bits are compared. What it shares with SIFT is in test_local.py."""

from functools import partial

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders.local import match
from lookalike.encoders.orb import ORB, SPEC, Extraction, local_features
from lookalike.errors import WeightsError
from lookalike.galleries.sources import fashion_mnist
from lookalike.settings import REPOSITORY
from lookalike.training.codebooks import orb as training
from tests.encoders.scenes import textured

SHIPPED = REPOSITORY / "models" / SPEC.weights[0].location


@pytest.fixture(scope="module")
def orb():
    return ORB()


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.4, [0]),  # only the clear one: 0 against 8 bits
        (0.7, [0, 1]),  # 4 against 6 bits
        (1.0, [0, 1, 2]),  # off: even two that are equally near
    ],
)
def test_binary_descriptors_are_compared_by_the_bits_that_differ(ratio, expected):
    def packed(*bits):
        return np.packbits(np.isin(np.arange(256), bits)).tolist()

    item = np.array([packed(*range(8)), packed()], np.uint8)
    query = np.array(
        [
            packed(*range(8)),  # 0 and 8 bits away
            packed(0, 1, 2, 3, 4, 100),  # 4 and 6
            packed(0, 1, 2, 3),  # 4 and 4
        ],
        np.uint8,
    )
    matched, partner = match(query, item, ratio)
    assert matched.tolist() == expected
    assert partner.tolist() == [0] * len(expected)


def test_features_are_the_bits_with_length_one():
    found = local_features(textured(), Extraction())
    assert found.points.dtype == found.descriptors.dtype == np.float32
    assert found.descriptors.shape == (len(found), 256)
    np.testing.assert_array_equal(np.abs(found.descriptors), 1 / 16)
    grid = (Extraction.side // Extraction.grid_step) ** 2 * len(Extraction.grid_levels)
    assert grid < len(found) <= grid + Extraction.key_points + 8


def test_another_extraction_needs_another_codebook():
    with pytest.raises(WeightsError, match="train orb"):
        ORB(extraction=Extraction(side=64))


def test_training_is_repeatable_never_sees_what_is_held_out_and_its_weights_load(
    home, tmp_path, monkeypatch
):
    seen = []

    def shards(data, name):
        for position in range(20):
            yield f"{name}/{position}", partial(load, position)

    def load(position):
        seen.append(position)
        return textured(position)

    def held_out(name):
        return int(name.split("/")[1]) >= 6

    monkeypatch.setattr(training, "shards", shards)
    monkeypatch.setattr(training, "held_out", held_out)
    greys = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)
    monkeypatch.setattr(fashion_mnist, "read", lambda split: (greys, np.zeros(40, np.int64)))
    place = home / "models" / SPEC.weights[0].location
    recipe = training.Recipe(rounds=2)
    training.train(place, recipe=recipe, limit=4)
    training.train(tmp_path / "again", recipe=recipe, limit=4)
    assert ORB().weights.sha256 == cards.read(tmp_path / "again")["sha256"]
    assert cards.read(place)["images"] == 12
    assert len(seen) == 16 and set(seen) <= set(range(6))
    assert ORB().weights.sha256 != cards.read(SHIPPED)["sha256"]
