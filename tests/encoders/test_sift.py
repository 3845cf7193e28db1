"""SIFT: what its vector sums up, and what counts as a match."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders.local import Descriptors, Verification, match
from lookalike.encoders.sift import SIFT, SPEC, Extraction, local_features
from lookalike.encoders.vlad import Codebook
from lookalike.errors import WeightsError
from lookalike.galleries import fashion_mnist
from lookalike.settings import REPOSITORY, settings
from lookalike.training import sift as training

SHIPPED = REPOSITORY / "models" / SPEC.weights[0].location


@pytest.fixture(scope="module")
def sift():
    return SIFT()


def textured(seed=0, side=240):
    """A photo of its own: discs and bars of many sizes and colours on a grey ground."""
    chance = np.random.default_rng(seed)
    image = np.full((side, side, 3), 128, np.uint8)
    for _ in range(60):
        x, y = chance.integers(20, side - 20, 2).tolist()
        size = int(chance.integers(4, 24))
        colour = chance.integers(0, 256, 3).tolist()
        if chance.random() < 0.5:
            cv2.circle(image, (x, y), size, colour, -1)
        else:
            cv2.rectangle(image, (x, y), (x + size, y + size // 2), colour, -1)
    return image


def moved(image, angle, scale):
    """The photo turned (degrees) and scaled about its middle, on the same grey ground."""
    side = len(image)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), angle, scale)
    return cv2.warpAffine(image, matrix, (side, side), borderValue=(128, 128, 128))


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (60, 60, 3), np.uint8)


def points(*places):
    return np.array(places, np.float32).reshape(-1, 2)


def one_hot(*positions):
    """Descriptors that are either the same or clearly different."""
    return np.eye(128, dtype=np.float32)[list(positions)]


BLANK = [
    np.zeros((28, 28, 3), np.uint8),  # black
    np.full((300, 200, 3), 255, np.uint8),  # white
    np.full((1, 1, 3), 90, np.uint8),  # one pixel
]


@pytest.mark.parametrize("image", BLANK)
def test_a_blank_image_has_an_answer_of_its_own(sift, image):
    vector = sift.encode([image])[0]
    np.testing.assert_allclose(vector, len(vector) ** -0.5, rtol=1e-5)
    blank, photo = sift.describe(image), sift.describe(textured())
    assert len(blank) == 0
    assert sift.verify(blank, blank) == sift.verify(blank, photo) == sift.verify(photo, blank) == 0


@pytest.mark.parametrize(
    "image",
    [
        np.tile(np.arange(5000, dtype=np.uint8)[None, :, None], (1, 1, 3)),  # one row
        np.tile(np.arange(5000, dtype=np.uint8)[:, None, None], (1, 1, 3)),  # one column
        noise(0),
        np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3)),  # a smooth slope
        np.kron(np.indices((8, 8)).sum(0) % 2 * 255, np.ones((30, 30)))[..., None]  # a chessboard
        .repeat(3, axis=2)
        .astype(np.uint8),
    ],
)
def test_odd_images_have_a_vector_and_match_within_bounds(sift, image):
    vector = sift.encode([image])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    found, photo = sift.describe(image), sift.describe(textured())
    for query, item in ((found, found), (found, photo), (photo, found)):
        assert 0 <= sift.verify(query, item) <= 1


@pytest.mark.parametrize(
    ("image", "least"),
    [
        (textured(), 0.95),  # the photo itself
        (moved(textured(), 0, 0.7), 0.3),  # farther away
        (moved(textured(), 30, 1.0), 0.3),  # turned
        (moved(textured(), 160, 0.8), 0.3),  # nearly upside down, and farther away
        (cv2.resize(textured(), (120, 120), interpolation=cv2.INTER_AREA), 0.5),  # a thumbnail
        (cv2.convertScaleAbs(textured(), alpha=0.6, beta=20), 0.7),  # darker and flatter
        (textured()[20:220, 30:230], 0.3),  # cropped
    ],
)
def test_the_same_scene_is_verified(sift, image, least):
    assert sift.verify(sift.describe(textured()), sift.describe(image)) >= least


@pytest.mark.parametrize("other", [textured(1), textured(2), textured(3), noise(0), noise(1)])
def test_another_scene_is_not_verified(sift, other):
    assert sift.verify(sift.describe(textured()), sift.describe(other)) < 0.1


def test_a_small_plain_picture_is_compared_by_the_grid(sift):
    image = np.zeros((28, 28, 3), np.uint8)
    image[4:24, 10:18] = 200
    alone = SIFT(verification=Verification(fewest_key_points=0))
    assert len(alone.describe(image)) < Verification.fewest_key_points
    assert len(sift.describe(image)) > len(alone.describe(image))
    assert len(sift.describe(textured())) == len(alone.describe(textured()))


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


def test_two_encoders_agree(sift):
    images = [textured(), noise(0)]
    other = SIFT()
    np.testing.assert_array_equal(sift.encode(images), other.encode(images))
    first, second = (encoder.describe(images[0]) for encoder in (sift, other))
    np.testing.assert_array_equal(first.points, second.points)
    item = sift.describe(moved(images[0], 20, 0.9))
    assert len({sift.verify(first, item) for _ in range(5)} | {other.verify(second, item)}) == 1


def test_threads_get_what_one_caller_gets(sift):
    images = [textured(seed) for seed in range(4)] * 2

    def work(image):
        found = sift.describe(image)
        return sift.encode([image])[0].tobytes(), sift.verify(found, sift.describe(images[0]))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, images)) == [work(image) for image in images]


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


def test_the_card_is_true():
    card = cards.verify(SHIPPED)
    book = Codebook.load(SHIPPED / card["file"])
    recipe = json.loads(json.dumps(asdict(training.Recipe())))
    assert card["settings"] == recipe
    assert card["parameters"] == sum(a.size for a in (book.mean, book.components, book.centres))
    assert book.centres.shape == (recipe["centres"], recipe["components"] + 2)
    assert len(card["training_curve"]) == recipe["rounds"]
    assert card["training_curve"] == sorted(card["training_curve"], reverse=True)


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
