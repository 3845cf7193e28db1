"""The two baselines that nothing trained: the perceptual hash and raw pixels."""

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image

from lookalike import photos
from lookalike.encoders.hash import SIDE, Hash
from lookalike.encoders.pixels import Pixels


def scene(seed, height=150, width=200):
    """A photo of its own: soft patches of light, colour by colour."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def inside(image, share):
    """The photo with this share of its height and width cut off, evenly from all sides."""
    top, left = (round(length * share / 2) for length in image.shape[:2])
    return image[top : len(image) - top, left : image.shape[1] - left]


def bits(image):
    return imagehash.phash(Image.fromarray(image), SIDE)


COPIES = [
    lambda image: image,
    lambda image: image[::2, ::2],  # half the size
    lambda image: cv2.resize(image, None, fx=2.5, fy=2.5),  # larger
    lambda image: photos.load(photos.to_jpeg(image, 20)),
    lambda image: inside(image, 0.05),
    lambda image: cv2.convertScaleAbs(image, alpha=0.5),  # darker
    lambda image: cv2.convertScaleAbs(image, alpha=0.7, beta=60),  # flatter
    lambda image: cv2.GaussianBlur(image, (0, 0), 2),
    lambda image: cv2.cvtColor(
        cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB
    ),  # without colour
]


@pytest.mark.parametrize("change", COPIES)
def test_the_hash_finds_copies_at_rank_one(change):
    scenes = [scene(seed) for seed in range(30)]
    gallery = Hash().encode(scenes)
    asked = Hash().encode([change(image) for image in scenes])
    similarity = asked @ gallery.T
    own = similarity.diagonal().copy()
    np.fill_diagonal(similarity, -1)
    assert (own > similarity.max(axis=1)).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (scene(0), scene(0)),  # a copy: 0
        (scene(0), inside(scene(0), 0.1)),
        (scene(0), scene(1)),
        (scene(0), 255 - scene(0)),  # the negative: nearly all
        (scene(0), np.zeros((28, 28, 3), np.uint8)),  # blank
        (np.full((1, 1, 3), 90, np.uint8), scene(2, 4, 900)),  # one pixel, and a strip
    ],
)
def test_the_hash_distance_is_the_librarys_hamming_distance(first, second):
    vectors = Hash().encode([first, second])
    hamming = (1 - float(vectors[0] @ vectors[1])) / 2 * SIDE**2
    assert hamming == pytest.approx(bits(first) - bits(second), abs=1e-3)


def test_the_hash_does_not_see_a_turn():
    """What it misses, as the methods' page says: a mirrored copy is as far as another picture."""
    first, mirrored = Hash().encode([scene(0), scene(0)[:, ::-1]])
    assert first @ mirrored < 0.5


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (scene(0, 32, 32), scene(0, 32, 32)),  # the size that it looks at: as it is
        (np.repeat(np.repeat(scene(0, 32, 32), 3, 0), 3, 1), scene(0, 32, 32)),  # means of 3 x 3
        (scene(0)[:100, :100], cv2.resize(scene(0)[:100, :100], (32, 32), interpolation=3)),
        (np.full((1, 1, 3), 90, np.uint8), np.full((32, 32, 3), 90)),  # one pixel
        (np.full((28, 28, 3), 7, np.uint8), np.full((32, 32, 3), 7)),  # flat, and scaled up
        (np.full((2, 900, 3), 50, np.uint8), np.full((32, 32, 3), 50)),  # padded by its border
    ],
)
def test_pixels_are_the_scaled_photo(image, expected):
    flat = expected.reshape(-1).astype(np.float64)
    vector = Pixels().encode([image])[0]
    np.testing.assert_allclose(vector, flat / np.linalg.norm(flat), atol=1e-6)


def test_pixels_tell_colours_apart_and_not_brightness():
    red = np.full((40, 40, 3), (200, 20, 20), np.uint8)
    vectors = Pixels().encode([red, red // 2, red[..., ::-1]])
    assert vectors[0] @ vectors[1] > 0.99 > 0.5 > vectors[0] @ vectors[2]


def test_black_has_a_place_of_its_own():
    black = Pixels().encode([np.zeros((28, 28, 3), np.uint8)])[0]
    np.testing.assert_allclose(black, len(black) ** -0.5, rtol=1e-5)
