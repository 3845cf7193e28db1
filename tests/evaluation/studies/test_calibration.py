"""How far probabilities are from what comes true, by queries that shaped no curve."""

import numpy as np
import pytest

from lookalike.calibration.pairs import Pairs
from lookalike.calibration.reliability import cross_fitted, cross_fitted_error
from lookalike.index.labelled import labelled_pairs


def test_the_error_is_that_of_what_a_visitor_is_shown(evaluated, noise, fresh_settings):
    fresh_settings(ENGINE="exact")
    answerer = noise()
    (row,) = evaluated(answerer, "all", methods=["toy"]).report.methods
    found = row.calibration
    assert (found.same, found.queries, found.pairs) == ("label", 40, 400)
    labels, distances, right = answerer.gallery.labels, [], []
    for item in range(40):  # the same, one search after the other
        answer = answerer.answer(answerer.gallery[item].photo(), "toy", 10, exclude=item)
        distances.append([result.distance for result in answer.results])
        right.append([result.label == labels[item] for result in answer.results])
    right = np.array(right)
    order = sorted(range(40), key=lambda item: (labels[item], answerer.gallery.names[item]))
    pairs = Pairs(np.array(distances)[order], right[order], np.full((40, 10), "", object))
    claimed = cross_fitted(pairs).ravel()
    assert sum(one.pairs * one.claimed for one in found.bins) / 400 == pytest.approx(
        claimed.mean(), abs=1e-3
    )
    assert sum(one.pairs * one.right for one in found.bins) / 400 == pytest.approx(right.mean())
    # Equal probabilities may fall into other bins where distances differ in their last bit.
    assert found.expected_error == pytest.approx(cross_fitted_error(pairs), abs=0.01)


def test_a_second_look_changes_the_distances_that_are_judged(evaluated, noise):
    answerer = noise(methods=["toy-comparer"])
    outcome = evaluated(answerer, methods=["toy-comparer"])
    (measured,) = outcome.measured
    judged = measured.rankings.shown_distances(measured.shown)
    encoder, index = measured.system.method.encoder, measured.system.index
    shown = labelled_pairs(index, answerer.gallery, encoder).distances
    assert np.allclose(np.sort(judged.ravel()), np.sort(shown.ravel()), atol=1e-5)
    assert (np.diff(judged, axis=1) >= -1e-6).all()


LINE = {
    f"{label}{n}": (label, level + n)
    for label, level in (("cat", 50), ("dog", 150))
    for n in range(9)
}
ASKED = {f"q{n}": ("cat" if n % 2 else "dog", 40 + 9 * n) for n in range(12)}


def test_good_matches_are_those_that_the_setting_says(evaluated, greys, fresh_settings):
    answerer = greys(LINE, ASKED)
    shares = {}
    for limit in (0.0, 0.5, 1.0):
        fresh_settings(GOOD_MATCH_PROBABILITY=limit)
        good = (
            evaluated(answerer, methods=["toy-far"], k=5).report.methods[0].calibration.good_matches
        )
        shares[limit] = good.share
        assert (good.right is None) == (good.share == 0)
        assert (good.others_right is None) == (good.share == 1)
    assert shares[0.0] == 1 and shares[1.0] == 0


@pytest.mark.parametrize("held_out", [{"q": ("cat", 55)}, {"a": ("", 55), "b": ("cat", 60)}])
def test_one_query_says_nothing_of_the_curve_that_it_makes(evaluated, greys, held_out):
    (row,) = evaluated(greys(LINE, held_out), methods=["toy-far"], k=5).report.methods
    assert row.calibration is None and "calibration" not in row.model_dump(exclude_unset=True)


def test_where_the_nearest_are_left_out_nothing_is_calibrated(evaluated, greys):
    rows = {name: (*row, {"medium": row[0]}) for name, row in LINE.items()}
    rows["cat-too"] = ("cat", 90, {"medium": "dog"})
    asked = {f"q{n}": ("cat", 40 + n, {"medium": "cat"}) for n in range(4)}
    (row,) = evaluated(greys(rows, asked), methods=["toy-far"], k=5, other="medium").report.methods
    assert row.calibration is None
