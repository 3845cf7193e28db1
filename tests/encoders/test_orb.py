"""ORB: what its vector sums up, and what counts as a match. What it shares is in test_sift.py."""

import json
from dataclasses import asdict
from functools import partial

import cv2
import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders.local import Verification, match
from lookalike.encoders.orb import ORB, SPEC, Extraction, local_features
from lookalike.encoders.vlad import Codebook
from lookalike.errors import WeightsError
from lookalike.galleries import fashion_mnist
from lookalike.settings import REPOSITORY
from lookalike.training import orb as training
from tests.encoders.test_sift import moved, noise, textured

SHIPPED = REPOSITORY / "models" / SPEC.weights[0].location


@pytest.fixture(scope="module")
def orb():
    return ORB()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((28, 28, 3), np.uint8),  # black
        np.full((300, 200, 3), 255, np.uint8),  # white
        np.full((1, 1, 3), 90, np.uint8),  # one pixel
    ],
)
def test_a_blank_image_has_an_answer_of_its_own(orb, image):
    vector = orb.encode([image])[0]
    np.testing.assert_allclose(vector, len(vector) ** -0.5, rtol=1e-5)
    blank, photo = orb.describe(image), orb.describe(textured())
    assert len(blank) == 0
    assert orb.verify(blank, blank) == orb.verify(blank, photo) == orb.verify(photo, blank) == 0


@pytest.mark.parametrize(
    "image",
    [
        cv2.resize(textured(), (28, 28), interpolation=cv2.INTER_AREA),  # as Fashion-MNIST's
        np.tile(np.arange(5000, dtype=np.uint8)[None, :, None], (1, 1, 3)),  # one row
        np.tile(np.arange(5000, dtype=np.uint8)[:, None, None], (1, 1, 3)),  # one column
        noise(0),
        np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3)),  # a smooth slope
    ],
)
def test_odd_images_have_a_vector_and_match_within_bounds(orb, image):
    assert np.linalg.norm(orb.encode([image])[0]) == pytest.approx(1, abs=1e-5)
    found, photo = orb.describe(image), orb.describe(textured())
    for query, item in ((found, found), (found, photo), (photo, found)):
        assert 0 <= orb.verify(query, item) <= 1


@pytest.mark.parametrize(
    ("image", "least"),
    [
        (textured(), 0.95),  # the photo itself
        (moved(textured(), 0, 0.7), 0.25),  # farther away
        (moved(textured(), 30, 1.0), 0.25),  # turned
        (moved(textured(), 160, 0.8), 0.25),  # nearly upside down, and farther away
        (cv2.resize(textured(), (120, 120), interpolation=cv2.INTER_AREA), 0.5),  # a thumbnail
        (cv2.convertScaleAbs(textured(), alpha=0.6, beta=20), 0.6),  # darker and flatter
        (textured()[20:220, 30:230], 0.25),  # cropped
    ],
)
def test_the_same_scene_is_verified(orb, image, least):
    assert orb.verify(orb.describe(textured()), orb.describe(image)) >= least


@pytest.mark.parametrize("other", [textured(1), textured(2), textured(3), noise(0), noise(1)])
def test_another_scene_is_not_verified(orb, other):
    assert orb.verify(orb.describe(textured()), orb.describe(other)) < 0.1


def test_a_small_plain_picture_is_compared_by_the_grid(orb):
    image = np.zeros((28, 28, 3), np.uint8)
    image[4:24, 10:18] = 200
    alone = ORB(verification=Verification(fewest_key_points=0))
    assert len(alone.describe(image)) < Verification.fewest_key_points
    assert len(orb.describe(image)) > len(alone.describe(image))
    assert len(orb.describe(textured())) == len(alone.describe(textured()))


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


def test_two_encoders_agree(orb):
    images = [textured(), noise(0)]
    other = ORB()
    np.testing.assert_array_equal(orb.encode(images), other.encode(images))
    first, second = (encoder.describe(images[0]) for encoder in (orb, other))
    item = orb.describe(moved(images[0], 20, 0.9))
    assert len({orb.verify(first, item) for _ in range(5)} | {other.verify(second, item)}) == 1


def test_another_extraction_needs_another_codebook():
    with pytest.raises(WeightsError, match="train orb"):
        ORB(extraction=Extraction(side=64))


def test_the_card_is_true():
    card = cards.verify(SHIPPED)
    book = Codebook.load(SHIPPED / card["file"])
    recipe = json.loads(json.dumps(asdict(training.Recipe())))
    assert card["settings"] == recipe
    assert card["parameters"] == sum(a.size for a in (book.mean, book.components, book.centres))
    assert card["images"] == 3 * recipe["images"]
    assert book.centres.shape == (recipe["centres"], recipe["components"] + 2)
    assert len(card["training_curve"]) == recipe["rounds"]
    assert card["training_curve"] == sorted(card["training_curve"], reverse=True)


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
