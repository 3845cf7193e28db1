"""How far probabilities are from what comes true, against other counts of the same."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from lookalike.calibration import reliability as reliability_module
from lookalike.calibration.curves import fit_curves
from lookalike.calibration.reliability import (
    Bin,
    cross_fitted,
    cross_fitted_error,
    expected_error,
    reliability,
)
from tests.calibration.test_curves import drawn, pairs_of


def plain_error(claimed, right, bins):
    """Expected calibration error, pair by pair."""
    ordered = sorted(zip(claimed.ravel().tolist(), right.ravel().tolist(), strict=True))
    size, gaps = len(ordered) // bins, 0.0
    for start in range(0, size * bins, size):
        part = ordered[start : start + size]
        mean = sum(probability for probability, _ in part) / size
        gaps += abs(mean - sum(came_true for _, came_true in part) / size)
    return gaps / bins


@pytest.mark.parametrize("bins", [10, 15])
def test_the_error_agrees_with_two_other_counts(bins):
    draw = np.random.default_rng(3)
    claimed = draw.uniform(size=(300, 10))
    right = draw.uniform(size=claimed.shape) < claimed**2
    found = reliability(claimed, right, bins)
    assert expected_error(found) == pytest.approx(plain_error(claimed, right, bins), abs=1e-12)
    theirs, ours = calibration_curve(
        right.ravel(), claimed.ravel(), n_bins=bins, strategy="quantile"
    )
    assert np.allclose([one.right for one in found], theirs, atol=0.005)
    assert np.allclose([one.claimed for one in found], ours, atol=0.005)


@pytest.mark.parametrize(
    ("claimed", "right", "error"),
    [
        ([[1.0, 1.0]], [[True, True]], 0.0),
        ([[1.0, 1.0]], [[False, False]], 1.0),  # as wrong as can be
        ([[0.5, 0.5]], [[True, False]], 0.5),  # two bins of one pair each
        ([[0.25, np.nan]], [[False, True]], 0.25),  # where there is no result
        ([[np.nan]], [[True]], None),
        (np.empty((0, 10)), np.empty((0, 10), bool), None),
    ],
)
def test_the_error_of_few_pairs(claimed, right, error):
    found = expected_error(reliability(np.array(claimed), np.array(right)))
    assert found == (None if error is None else pytest.approx(error))


def test_bins_hold_every_result_once_and_rise():
    pairs = drawn(31, 10)
    found = reliability(pairs.distances, pairs.right)
    assert sum(one.pairs for one in found) == 310
    assert {one.pairs for one in found} == {20, 21}
    claimed = [one.claimed for one in found]
    assert claimed == sorted(claimed)
    assert expected_error([Bin(3, 0.5, 0.5), Bin(1, 0.5, 0.9)]) == pytest.approx(0.1)


def test_what_is_calibrated_has_nearly_no_error_and_what_is_not_has():
    pairs = drawn(2000)
    assert expected_error(reliability(cross_fitted(pairs), pairs.right)) < 0.02
    assert expected_error(reliability(np.sqrt(1 - pairs.distances), pairs.right)) > 0.1


def test_no_query_judges_its_own_curve(monkeypatch):
    pairs, seen = drawn(23), []

    def watched(part):
        seen.append({tuple(row) for row in part.distances})
        return fit_curves(part)

    monkeypatch.setattr(reliability_module, "fit_curves", watched)
    found = cross_fitted(pairs)
    assert np.isfinite(found).all() and len(seen) == 5
    rows = [tuple(row) for row in pairs.distances]
    # Each query is left out of exactly one fit: that whose curve judges it.
    assert [sum(row not in part for part in seen) for row in rows] == [1] * 23


def test_a_query_whose_results_are_all_right_gains_nothing_by_it():
    """Each query has distances of its own, so that a curve that it shaped would give it away."""
    distances = np.arange(400.0).reshape(20, 20) + 1000
    right = np.zeros((20, 20), bool)
    right[0] = True
    pairs = pairs_of(distances, right)
    assert fit_curves(pairs)(distances, pairs.media)[0, 0] > 0.9
    assert cross_fitted(pairs)[0].max() < 0.2  # the others know of nothing right


@pytest.mark.parametrize(
    ("queries", "known"),
    [(0, 0), (1, 0), (2, 2), (3, 3)],  # one query has no other to be judged by
)
def test_few_queries_are_judged_as_far_as_there_are_others(queries, known):
    pairs = pairs_of(np.full((queries, 10), 0.5), np.ones((queries, 10)))
    assert np.isfinite(cross_fitted(pairs)).all(axis=1).sum() == known


def test_no_lucky_split_decides_the_error():
    pairs = drawn(40)
    single = [expected_error(reliability(cross_fitted(pairs, n), pairs.right)) for n in range(10)]
    assert max(single) > min(single)
    assert cross_fitted_error(pairs) == pytest.approx(sum(single) / 10)
    assert cross_fitted_error(pairs_of([[0.5]], [[True]])) is None


def test_where_there_is_no_result_there_is_no_probability():
    distances = np.full((40, 3), 0.5)
    distances[::2, 2] = np.nan
    found = cross_fitted(pairs_of(distances, np.ones((40, 3))))
    assert (np.isnan(found) == np.isnan(distances)).all()
