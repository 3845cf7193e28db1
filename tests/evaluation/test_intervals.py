"""Bootstrap intervals: against scipy's own, by simulation, and where nothing can be drawn."""

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from lookalike.evaluation import intervals
from lookalike.evaluation.intervals import Interval, of_mean, of_means


def _skewed(random, shape):
    """Values in [0, 1] that pile up at 1, as average precisions do; their mean is 2 / 2.2."""
    return random.beta(2, 0.2, shape)


SKEWED_MEAN = 2 / 2.2


def _by_scipy(values, method="BCa", level=0.95, seed=0):
    found = bootstrap(
        (values,),
        np.mean,
        method=method,
        confidence_level=level,
        rng=np.random.default_rng(seed),
    )
    return list(found.confidence_interval)


@pytest.mark.parametrize(("count", "level", "seed"), [(2, 0.95, 0), (30, 0.9, 1), (200, 0.99, 7)])
def test_it_is_scipys_interval(count, level, seed):
    random = np.random.default_rng(seed)
    table = {
        "skewed": _skewed(random, count),
        "milliseconds": random.lognormal(4, 1, count),  # far above 1
        "difference": random.normal(0, 1e-3, count),  # of either sign
    }
    for name, found in of_means(table, level, seed).items():
        assert [found.low, found.high] == pytest.approx(
            _by_scipy(table[name], level=level, seed=seed), rel=1e-9
        ), name
        assert found.mean == pytest.approx(table[name].mean(), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_equal_means_count_as_equal_however_they_were_added(seed):
    """Tenths don't add up exactly, whole numbers do; BCa counts the means below the sample's."""
    hits = np.random.default_rng(seed).integers(0, 11, 12)
    found = of_mean(hits / 10)
    assert [found.low, found.high] == pytest.approx(np.divide(_by_scipy(hits), 10), abs=1e-9)


def test_each_column_has_the_interval_that_it_has_alone():
    random = np.random.default_rng(0)
    table = {name: _skewed(random, 50) for name in "abc"} | {"constant": np.full(50, 0.3)}
    for name, found in of_means(table).items():
        assert astuple(found) == pytest.approx(astuple(of_mean(table[name])), abs=1e-12), name
    assert of_means({}) == {}


def test_a_seed_gives_the_same_interval_again_and_another_one_another():
    values = _skewed(np.random.default_rng(0), 50)
    assert of_mean(values) == of_mean(values.copy())
    assert of_mean(values, seed=1) != of_mean(values)
    assert of_mean(values, seed=1).low == pytest.approx(of_mean(values).low, abs=0.005)


def test_the_memory_that_is_granted_does_not_change_the_interval(monkeypatch):
    table = {"a": _skewed(np.random.default_rng(0), 50)}
    before = of_means(table)
    monkeypatch.setattr(intervals, "CELLS", 999)  # 19 of the drawn samples at a time
    assert of_means(table) == before


def test_many_queries_have_percentile_bounds_much_like_bca(monkeypatch):
    values = _skewed(np.random.default_rng(0), 1000)
    bca = of_mean(values)
    monkeypatch.setattr(intervals, "BCA_QUERIES", 999)
    percentile = of_mean(values)
    assert [percentile.low, percentile.high] == pytest.approx(_by_scipy(values, "percentile"))
    assert [percentile.low, percentile.high] == pytest.approx([bca.low, bca.high], abs=1e-3)


def test_19_of_20_intervals_hold_the_true_mean():
    """And they miss on both sides alike, where percentiles would miss on one (5 times as often)."""
    samples = _skewed(np.random.default_rng(3), (100, 600))  # 600 times 100 queries
    found = of_means({str(number): values for number, values in enumerate(samples.T)})
    above = np.mean([interval.low > SKEWED_MEAN for interval in found.values()])
    below = np.mean([interval.high < SKEWED_MEAN for interval in found.values()])
    assert 0.92 <= 1 - above - below <= 0.97
    assert abs(above - below) < 0.025


def test_19_of_20_differences_hold_the_true_difference():
    random = np.random.default_rng(4)
    queries = _skewed(random, (100, 400)) * 0.8  # how hard each query is for both methods
    first = queries + 0.2 * random.random((100, 400))
    second = queries + 0.2 * random.random((100, 400)) ** 2  # mean 1 / 3 instead of 1 / 2
    table = dict(enumerate((first - second).T))
    truth = 0.2 * (1 / 2 - 1 / 3)
    held = [found.low <= truth <= found.high for found in of_means(table).values()]
    assert 0.92 <= np.mean(held) <= 0.98


def test_a_paired_difference_is_narrower_than_two_apart():
    random = np.random.default_rng(0)
    hardness = random.random(100)
    first, second = hardness + 0.02, hardness + random.normal(0, 0.02, 100)
    paired = of_mean(first - second)
    apart = bootstrap(
        (first, second), lambda a, b, axis: a.mean(axis) - b.mean(axis), rng=0
    ).confidence_interval
    assert paired.high - paired.low < 0.2 * (apart.high - apart.low)
    assert paired.low > 0 > apart.low  # only the pairs show which is better
    assert paired.mean == pytest.approx((first - second).mean())


def test_a_difference_turned_round_changes_its_sign():
    random = np.random.default_rng(0)
    first, second = _skewed(random, 60), _skewed(random, 60)
    there, back = of_mean(first - second), of_mean(second - first)
    assert back.mean == pytest.approx(-there.mean)
    assert [-back.high, -back.low] == pytest.approx([there.low, there.high], abs=1e-3)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.3], 0.3),  # one query
        ([1.0] * 5, 1.0),  # every query succeeds
        ([0.1] * 7, 0.1),  # a value that sums of it only come near
        ([0] * 3, 0.0),  # whole numbers
        ([True] * 3, 1.0),
    ],
)
def test_equal_values_have_no_width(values, expected):
    found = of_mean(np.array(values))
    assert found == Interval(pytest.approx(expected), found.mean, found.mean)
    assert [type(bound) for bound in (found.mean, found.low, found.high)] == [float] * 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-10, 10, width=16) | st.sampled_from([0.0, 0.1, 1.0]), max_size=25))
def test_bounds_are_ordered_and_within_the_values(values):
    if not values:
        return
    found = of_mean(np.array(values))
    slack = 1e-9
    assert min(values) - slack <= found.low <= found.mean + slack
    assert found.mean - slack <= found.high <= max(values) + slack


def test_a_wider_level_gives_a_wider_interval():
    values = _skewed(np.random.default_rng(0), 50)
    narrow, wide = of_mean(values, 0.5), of_mean(values, 0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: of_mean(np.array([])), "m >= 1"),  # no query
        (lambda: of_mean(np.ones((2, 2))), "m >= 1"),
        (lambda: of_mean(np.array([0.5, np.nan])), "finite"),
        (lambda: of_mean(np.array([0.5, np.inf])), "finite"),
        (lambda: of_means({"a": np.ones(2), "b": np.ones(3)}), "one shape"),
    ],
)
def test_what_has_no_interval_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_callers_values_are_left_alone():
    values = np.array([0.0, 0.5, 1.0])
    values.flags.writeable = False
    of_mean(values)
    assert values.tolist() == [0.0, 0.5, 1.0]
