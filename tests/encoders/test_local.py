"""What SIFT and ORB share: which scenes they find again, and what they say of odd pictures."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import cv2
import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders import orb, sift
from lookalike.encoders.local import Verification
from lookalike.encoders.vlad import Codebook
from lookalike.settings import REPOSITORY
from lookalike.training.codebooks import orb as orb_training
from lookalike.training.codebooks import sift as sift_training
from tests.encoders.scenes import moved, noise, textured


@pytest.fixture(scope="module", params=[sift.SIFT, orb.ORB])
def local(request):
    return request.param()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((28, 28, 3), np.uint8),  # black
        np.full((300, 200, 3), 255, np.uint8),  # white
        np.full((1, 1, 3), 90, np.uint8),  # one pixel
    ],
)
def test_a_blank_image_has_an_answer_of_its_own(local, image):
    vector = local.encode([image])[0]
    np.testing.assert_allclose(vector, len(vector) ** -0.5, rtol=1e-5)
    blank, photo = local.describe(image), local.describe(textured())
    assert len(blank) == 0
    for query, item in ((blank, blank), (blank, photo), (photo, blank)):
        assert local.verify(query, item) == 0


@pytest.mark.parametrize(
    "image",
    [
        cv2.resize(textured(), (28, 28), interpolation=cv2.INTER_AREA),  # as Fashion-MNIST's
        np.tile(np.arange(5000, dtype=np.uint8)[None, :, None], (1, 1, 3)),  # one row
        np.tile(np.arange(5000, dtype=np.uint8)[:, None, None], (1, 1, 3)),  # one column
        noise(0),
        np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3)),  # a smooth slope
        np.kron(np.indices((8, 8)).sum(0) % 2 * 255, np.ones((30, 30)))[..., None]  # a chessboard
        .repeat(3, axis=2)
        .astype(np.uint8),
    ],
)
def test_odd_images_have_a_vector_and_match_within_bounds(local, image):
    vector = local.encode([image])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    found, photo = local.describe(image), local.describe(textured())
    for query, item in ((found, found), (found, photo), (photo, found)):
        assert 0 <= local.verify(query, item) <= 1


SEEN_AGAIN = [  # the scene as it is seen again, and what SIFT and ORB must verify of it at least
    (textured(), 0.95, 0.95),  # the photo itself
    (moved(textured(), 0, 0.7), 0.3, 0.25),  # farther away
    (moved(textured(), 30, 1.0), 0.3, 0.25),  # turned
    (moved(textured(), 160, 0.8), 0.3, 0.25),  # nearly upside down, and farther away
    (cv2.resize(textured(), (120, 120), interpolation=cv2.INTER_AREA), 0.5, 0.5),  # a thumbnail
    (cv2.convertScaleAbs(textured(), alpha=0.6, beta=20), 0.7, 0.6),  # darker and flatter
    (textured()[20:220, 30:230], 0.3, 0.25),  # cropped
]


@pytest.mark.parametrize(("image", "by_sift", "by_orb"), SEEN_AGAIN)
def test_the_same_scene_is_verified(local, image, by_sift, by_orb):
    least = by_sift if isinstance(local, sift.SIFT) else by_orb
    assert local.verify(local.describe(textured()), local.describe(image)) >= least


@pytest.mark.parametrize("other", [textured(1), textured(2), textured(3), noise(0), noise(1)])
def test_another_scene_is_not_verified(local, other):
    assert local.verify(local.describe(textured()), local.describe(other)) < 0.1


def test_a_small_plain_picture_is_compared_by_the_grid(local):
    image = np.zeros((28, 28, 3), np.uint8)
    image[4:24, 10:18] = 200
    alone = type(local)(verification=Verification(fewest_key_points=0))
    assert len(alone.describe(image)) < Verification.fewest_key_points
    assert len(local.describe(image)) > len(alone.describe(image))
    assert len(local.describe(textured())) == len(alone.describe(textured()))


def test_two_encoders_agree(local):
    images = [textured(), noise(0)]
    other = type(local)()
    np.testing.assert_array_equal(local.encode(images), other.encode(images))
    first, second = (encoder.describe(images[0]) for encoder in (local, other))
    np.testing.assert_array_equal(first.points, second.points)
    item = local.describe(moved(images[0], 20, 0.9))
    assert len({local.verify(first, item) for _ in range(5)} | {other.verify(second, item)}) == 1


def test_threads_get_what_one_caller_gets(local):
    images = [textured(seed) for seed in range(4)] * 2

    def work(image):
        found = local.describe(image)
        return local.encode([image])[0].tobytes(), local.verify(found, local.describe(images[0]))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, images)) == [work(image) for image in images]


@pytest.mark.parametrize(
    ("spec", "training", "sets"), [(sift.SPEC, sift_training, 1), (orb.SPEC, orb_training, 3)]
)
def test_the_card_is_true(spec, training, sets):
    folder = REPOSITORY / "models" / spec.weights[0].location
    card = cards.verify(folder)
    book = Codebook.load(folder / card["file"])
    recipe = json.loads(json.dumps(asdict(training.Recipe())))
    assert card["settings"] == recipe
    assert card["parameters"] == sum(a.size for a in (book.mean, book.components, book.centres))
    assert card["images"] == sets * recipe["images"]
    assert book.centres.shape == (recipe["centres"], recipe["components"] + 2)
    assert len(card["training_curve"]) == recipe["rounds"]
    assert card["training_curve"] == sorted(card["training_curve"], reverse=True)
