"""Probability by distance: monotone, defined for whatever comes in, and never too sure."""

import numpy as np
import pytest
from hypothesis import given, strategies
from sklearn.isotonic import IsotonicRegression

from lookalike.calibration import curves
from lookalike.calibration.curves import Curve, fit, fit_curves
from lookalike.calibration.pairs import Pairs


def pairs_of(distances, right, media=None):
    """Pairs of lists of rows."""
    distances = np.array(distances, float)
    given_media = np.full(distances.shape, "", object) if media is None else media
    return Pairs(distances, np.array(right, bool), given_media)


def drawn(queries=300, k=10, seed=0, chance=lambda distance: 1 - distance):
    """Pairs whose true probability by distance is known."""
    draw = np.random.default_rng(seed)
    distances = np.sort(draw.uniform(0.05, 1, (queries, k)), axis=1)
    return pairs_of(distances, draw.uniform(size=distances.shape) < chance(distances))


@pytest.mark.parametrize(
    "chance",
    [
        lambda distance: 1 - distance,
        lambda distance: np.where(distance < 0.4, 0.9, 0.1),  # a step
        lambda distance: 0 * distance + 0.3,  # distance says nothing
    ],
)
def test_a_curve_finds_the_probability_that_was_drawn_from(chance):
    found = fit_curves(drawn(3000, chance=chance)).overall
    for distance in (0.1, 0.3, 0.5, 0.7, 0.95):
        assert found(np.array([distance]))[0] == pytest.approx(chance(distance), abs=0.06)


def test_a_curve_is_the_isotonic_regression_but_for_its_softening():
    pairs = drawn()
    x, y = pairs.distances.ravel(), pairs.right.ravel()
    plain = IsotonicRegression(increasing=False).fit(x, y)
    asked = np.linspace(0.1, 0.95, 200)
    assert np.abs(fit(x, y)(asked) - plain.predict(asked)).mean() < 0.03


@given(strategies.integers(0, 10_000), strategies.integers(1, 200), strategies.integers(1, 6))
def test_farther_is_never_more_probable_whatever_the_pairs(seed, count, values):
    draw = np.random.default_rng(seed)
    distances = draw.integers(0, values, count) / values if seed % 2 else draw.uniform(size=count)
    found = fit(distances, draw.uniform(size=count) < draw.uniform())
    steps = found(np.linspace(-1, 3, 400))
    assert (np.diff(steps) <= 0).all() and steps.min() >= 0 and steps.max() <= 1


@pytest.mark.parametrize(
    ("distances", "right", "at", "probability"),
    [
        ([[0.2] * 10], [[True] * 10], 0.2, 11 / 12),  # all right: likely, not certain
        ([[0.2] * 10], [[False] * 10], 0.2, 1 / 12),  # all wrong
        ([[0.2]], [[True]], 0.2, 2 / 3),  # one pair of one query
        ([[0.2] * 10], [[True] * 5 + [False] * 5], 0.2, 0.5),  # identical distances, one value
        ([[0.2] * 10], [[True] * 5 + [False] * 5], 9.0, 0.5),  # beyond the last one
        ([[0.0] * 10], [[False] * 10], 0.0, 1 / 12),  # known to be wrong even at no distance
        (
            [[0.2, np.nan, np.inf]],
            [[True, False, False]],
            0.2,
            2 / 3,
        ),  # what is no number is left out
        ([[0.2] * 10], [[True] * 10], np.nan, 0.0),  # asked about what is no number
        ([[0.2] * 10], [[False] * 10], np.inf, 1 / 12),
    ],
)
def test_degenerate_pairs_have_a_defined_curve(distances, right, at, probability):
    found = fit_curves(pairs_of(distances, right)).overall
    assert found(np.array([at]))[0] == pytest.approx(probability, abs=1e-5)


@pytest.mark.parametrize("distances", [[[np.nan, np.nan]], np.empty((0, 10)), np.empty((3, 0))])
def test_no_pair_is_no_curve(distances):
    assert fit_curves(pairs_of(distances, np.zeros(np.shape(distances)))) is None


def test_no_distance_is_certain_and_nothing_else_is():
    pairs = drawn(chance=lambda distance: 0 * distance + 1)
    found = fit_curves(pairs).overall
    assert found(np.array([0.0]))[0] == 1
    nearest = pairs.distances.min()
    assert found(np.array([nearest]))[0] < 1
    between = found(np.linspace(0, nearest, 50))
    assert (np.diff(between) < 0).all()


def test_equal_distances_are_not_torn_apart():
    distances = np.repeat([0.1, 0.2, 0.3], 35)  # no multiple of a bin
    counts, x, hits = curves._binned(distances, np.arange(105) % 2 == 0)
    assert counts.tolist() == [35, 35, 35] and np.allclose(x, [0.1, 0.2, 0.3])
    assert hits.sum() == 53


def test_the_last_bin_is_no_smaller_than_the_others():
    counts, _, _ = curves._binned(np.arange(119.0), np.zeros(119))
    assert counts.tolist() == [20, 20, 20, 20, 39]


def test_a_medium_with_enough_pairs_has_its_own_curve():
    distances = drawn(200).distances
    media = np.full(distances.shape, "drawing", object)
    media[:, 5:] = "photograph"
    media[:19, 4] = "painting"  # too few
    right = media != "drawing"  # all photographs and paintings
    found = fit_curves(pairs_of(distances, right, media))
    assert set(found.by_medium) == {"photograph"}  # no drawing is right: the curve over all serves
    asked = np.array(["photograph", "drawing", "painting", ""], object)
    likely = found(np.full(4, 0.5), asked)
    assert likely[0] > 0.99
    assert likely[1] == likely[2] == likely[3] == found.overall(np.array([0.5]))[0]


@pytest.mark.parametrize(
    ("distances", "probabilities"),
    [
        ([0.0, 1.0], [0.2, 0.9]),  # rises
        ([1.0, 0.0], [0.9, 0.2]),  # distances fall
        ([0.0], [1.2]),
        ([0.0], [float("nan")]),
        ([float("inf")], [0.5]),
        ([], []),
        ([0.0, 1.0], [0.5]),
    ],
)
def test_what_is_no_curve_is_refused(distances, probabilities):
    with pytest.raises(ValueError, match="curve"):
        Curve(distances, probabilities)
