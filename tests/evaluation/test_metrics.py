"""Metrics against tables worked out by hand, against trec_eval through ir_measures, and against
pytorch-metric-learning's AccuracyCalculator."""

from pathlib import Path

import ir_measures
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, Rprec, Success, nDCG
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import FaissKNN

from lookalike.evaluation import metrics

LOG3, LOG5 = np.log2(3), np.log2(5)

# ranks, how many are relevant in all, and then at k = 3:
# precision, recall, success, reciprocal rank, average precision, nDCG
BY_HAND = [
    ("100", 1, 1 / 3, 1, 1, 1, 1, 1),
    ("010", 1, 1 / 3, 1, 1, 1 / 2, 1 / 2, 1 / LOG3),
    ("001", 1, 1 / 3, 1, 1, 1 / 3, 1 / 3, 1 / 2),
    ("000", 1, 0, 0, 0, 0, 0, 0),
    ("000", 0, 0, 0, 0, 0, 0, 0),  # nothing to find
    ("101", 2, 2 / 3, 1, 1, 1, (1 + 2 / 3) / 2, (1 + 1 / 2) / (1 + 1 / LOG3)),
    ("011", 2, 2 / 3, 1, 1, 1 / 2, (1 / 2 + 2 / 3) / 2, (1 / LOG3 + 1 / 2) / (1 + 1 / LOG3)),
    ("111", 3, 1, 1, 1, 1, 1, 1),
    ("111", 6, 1, 1 / 2, 1, 1, 1 / 2, 1),  # three relevant items are beyond the list
    ("11", 3, 2 / 3, 2 / 3, 1, 1, 2 / 3, (1 + 1 / LOG3) / (1.5 + 1 / LOG3)),  # a short list
    ("0001", 1, 0, 0, 0, 0, 0, 0),  # a hit below the cut-off
    ("1001", 2, 1 / 3, 1 / 2, 1, 1, 1 / 2, 1 / (1 + 1 / LOG3)),
    ("", 2, 0, 0, 0, 0, 0, 0),  # an empty answer
]


def _matrix(text):
    return np.array([[rank == "1" for rank in text]], dtype=bool).reshape(1, len(text))


@pytest.mark.parametrize(
    ("ranks", "total", "precision", "recall", "success", "rr", "ap", "ndcg"), BY_HAND
)
def test_tables_worked_out_by_hand(ranks, total, precision, recall, success, rr, ap, ndcg):
    relevant, totals = _matrix(ranks), np.array([total])
    found = [
        metrics.precision_at_k(relevant, 3),
        metrics.recall_at_k(relevant, totals, 3),
        metrics.success_at_k(relevant, 3),
        metrics.reciprocal_rank(relevant, 3),
        metrics.average_precision(relevant, totals, 3),
        metrics.ndcg_at_k(relevant, totals, 3),
    ]
    assert [value.shape for value in found] == [(1,)] * 6
    assert [value.item() for value in found] == pytest.approx(
        [precision, recall, success, rr, ap, ndcg], abs=1e-12
    )


# ranks, how many are relevant in all (R), and then:
# R-precision, average precision at R, first hit
BY_HAND_AT_R = [
    ("100", 1, 1, 1, 1),
    ("010", 1, 0, 0, 2),  # found, but below rank R
    ("000", 1, 0, 0, 0),
    ("000", 0, 0, 0, 0),  # nothing to find
    ("101", 2, 1 / 2, 1 / 2, 1),  # the hit at rank 3 counts for average precision alone
    ("011", 2, 1 / 2, (1 / 2) / 2, 2),
    ("110", 2, 1, 1, 1),
    ("10101", 3, 2 / 3, (1 + 2 / 3) / 3, 1),
    ("01110", 3, 2 / 3, (1 / 2 + 2 / 3) / 3, 2),
    ("00111", 3, 1 / 3, (1 / 3) / 3, 3),
    ("11", 4, 2 / 4, 2 / 4, 1),  # a list shorter than R: it still divides by R
    ("", 2, 0, 0, 0),  # an empty answer
]


@pytest.mark.parametrize(("ranks", "total", "r_precision", "ap_at_r", "first"), BY_HAND_AT_R)
def test_tables_at_r_worked_out_by_hand(ranks, total, r_precision, ap_at_r, first):
    relevant, totals = _matrix(ranks), np.array([total])
    assert metrics.r_precision(relevant, totals).item() == pytest.approx(r_precision, abs=1e-12)
    found = metrics.average_precision_at_r(relevant, totals)
    assert found.item() == pytest.approx(ap_at_r, abs=1e-12)
    assert metrics.first_hit(relevant).tolist() == [first]


def test_three_rankings_by_hand_through_every_reported_metric():
    """Ranks 1 and 3 of two; rank 2 of one; none of four. k = 2."""
    relevant = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=bool)
    found = metrics.per_query(relevant, np.array([2, 1, 4]), 2)
    expected = {
        "precision@1": [1, 0, 0],
        "precision@2": [1 / 2, 1 / 2, 0],
        "recall@2": [1 / 2, 1, 0],
        "map": [5 / 6, 1 / 2, 0],
        "map@r": [1 / 2, 0, 0],
        "r_precision": [1 / 2, 0, 0],
        "ndcg@2": [1 / (1 + 1 / LOG3), 1 / LOG3, 0],
        "mrr": [1, 1 / 2, 0],
        "success@1": [1, 0, 0],
        "success@2": [1, 1, 0],
        "success@5": [1, 1, 0],
        "success@25": [1, 1, 0],
    }
    assert {name: values.tolist() for name, values in found.items()} == {
        name: pytest.approx(values, abs=1e-12) for name, values in expected.items()
    }


def test_without_a_depth_all_ranks_count():
    relevant, totals = _matrix("00000000000000000001"), np.array([2])
    assert metrics.average_precision(relevant, totals).item() == pytest.approx(1 / 20 / 2)
    assert metrics.reciprocal_rank(relevant).item() == pytest.approx(1 / 20)


def test_a_hit_at_rank_4_gains_by_its_logarithm():
    assert metrics.ndcg_at_k(_matrix("0001"), np.array([1]), 4).item() == pytest.approx(1 / LOG5)


@st.composite
def rankings(draw):
    """(m, r) relevance and totals: some relevant items were not retrieved, some rows are blank."""
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 6))
    ranks, share = draw(st.integers(1, 30)), draw(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
    random = np.random.default_rng(seed)
    relevant = random.random((count, ranks)) < share
    return relevant, relevant.sum(axis=1) + random.integers(0, 15, count)


def _by_trec_eval(relevant, totals, measures):
    """Each measure's values by query, for a run with our order and qrels with the same totals.

    trec_eval orders by score and breaks ties by document id, whatever the rank column says; so
    the scores fall strictly.
    """
    run, qrels = [], []
    for query, row in enumerate(relevant):
        names = [f"d{rank}" for rank in range(len(row))]
        run += [ir_measures.ScoredDoc(str(query), name, -float(i)) for i, name in enumerate(names)]
        missing = [f"x{i}" for i in range(totals[query] - row.sum())]
        judged = dict(zip(names, row.astype(int), strict=True)) | dict.fromkeys(missing, 1)
        qrels += [ir_measures.Qrel(str(query), name, int(v)) for name, v in judged.items()]
    values = {measure: np.zeros(len(relevant)) for measure in measures}
    for found in ir_measures.pytrec_eval.iter_calc(measures, qrels, run):
        values[found.measure][int(found.query_id)] = found.value
    return values


@settings(max_examples=60, deadline=None)
@given(rankings(), st.sampled_from([1, 5, 10, 20]))
def test_it_agrees_with_trec_eval(ranking, k):
    relevant, totals = ranking
    expected = {
        P @ k: metrics.precision_at_k(relevant, k),
        R @ k: metrics.recall_at_k(relevant, totals, k),
        Success @ k: metrics.success_at_k(relevant, k),
        RR: metrics.reciprocal_rank(relevant),
        AP: metrics.average_precision(relevant, totals),
        AP @ k: metrics.average_precision(relevant, totals, k),
        Rprec: metrics.r_precision(relevant, totals),
        nDCG @ k: metrics.ndcg_at_k(relevant, totals, k),
    }
    found = _by_trec_eval(relevant, totals, list(expected))
    for measure, ours in expected.items():
        np.testing.assert_allclose(ours, found[measure], rtol=0, atol=1e-9, err_msg=str(measure))


@settings(max_examples=30, deadline=None)
@given(rankings())
def test_map_at_r_is_trec_evals_average_precision_cut_at_r(ranking):
    relevant, totals = ranking
    cuts = {total: AP @ int(total) for total in totals if total}
    found = _by_trec_eval(relevant, totals, list(cuts.values()))
    expected = [found[cuts[total]][row] if total else 0 for row, total in enumerate(totals)]
    ours = metrics.average_precision_at_r(relevant, totals)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([1, 5, 10]))
def test_it_agrees_with_trec_eval_about_tied_scores(seed, levels, k):
    """Ranked as trec_eval ranks: by score, and among equal scores the last name first."""
    random = np.random.default_rng(seed)
    names = [f"d{number:02}" for number in range(30)]
    relevant, totals, run, qrels = np.zeros((5, 20), bool), np.zeros(5, int), [], []
    for query in range(5):
        judged = dict(zip(names, random.random(30) < 0.2, strict=True))
        retrieved = random.choice(names, 20, replace=False)
        scores = dict(zip(retrieved, random.integers(0, levels, 20), strict=True))
        ranked = sorted(scores, key=lambda name: (scores[name], name), reverse=True)
        relevant[query], totals[query] = [judged[name] for name in ranked], sum(judged.values())
        run += [ir_measures.ScoredDoc(str(query), n, float(s)) for n, s in scores.items()]
        qrels += [ir_measures.Qrel(str(query), n, int(v)) for n, v in judged.items()]
    names_of = {P @ k: f"precision@{k}", R @ k: f"recall@{k}", AP: "map", Rprec: "r_precision"}
    names_of |= {nDCG @ k: f"ndcg@{k}", RR: "mrr", Success @ 5: "success@5"}
    ours = metrics.per_query(relevant, totals, k)
    for found in ir_measures.pytrec_eval.iter_calc(list(names_of), qrels, run):
        value = ours[names_of[found.measure]][int(found.query_id)]
        assert value == pytest.approx(found.value, abs=1e-9), found.measure


# AccuracyCalculator's name: ours
CALCULATED = {
    "precision_at_1": "precision@1",
    "r_precision": "r_precision",
    "mean_average_precision": "map",
    "mean_average_precision_at_r": "map@r",
    "mean_reciprocal_rank": "mrr",
}


class RecordingKNN(FaissKNN):
    """The calculator's own neighbours, remembered: among ties its order is FAISS's."""

    def __call__(self, *args):
        distances, self.found = super().__call__(*args)
        return distances, self.found


@pytest.fixture
def float64():
    """The calculator's reciprocal ranks have torch's default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def _calculate(random, depth, leave_one_out):
    """The calculator's means and ours, over points on a coarse grid: many distances tie."""
    points, labels = random.integers(0, 3, (40, 2)), random.integers(0, 6, 40)
    queries = points if leave_one_out else random.integers(0, 3, (15, 2))
    wanted = labels if leave_one_out else random.integers(0, 8, 15)  # 6 and 7 are in no gallery
    knn = RecordingKNN()
    calculator = AccuracyCalculator(
        include=tuple(CALCULATED), k=depth, knn_func=knn, device=torch.device("cpu")
    )
    reference = {} if leave_one_out else {"reference": points, "reference_labels": labels}
    theirs = calculator.get_accuracy(queries, wanted, **reference)
    relevant = labels[knn.found.numpy()] == wanted[:, None]
    totals = (labels == wanted[:, None]).sum(axis=1) - leave_one_out
    answerable = totals > 0  # the calculator's means are over these, and so are the report's
    ours = metrics.per_query(relevant[answerable], totals[answerable])
    return theirs, {name: ours[of].mean() for name, of in CALCULATED.items()}


@pytest.mark.parametrize("leave_one_out", [False, True])
@pytest.mark.parametrize("depth", [None, "max_bin_count", 25])
@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_the_accuracy_calculator(float64, seed, depth, leave_one_out):
    theirs, ours = _calculate(np.random.default_rng(seed), depth, leave_one_out)
    assert 0 < ours["mean_average_precision_at_r"] < ours["mean_average_precision"] < 1
    assert ours == pytest.approx(theirs, rel=0, abs=1e-9)


def test_where_the_accuracy_calculator_differs(float64):
    # R-precision of lists shorter than R: it divides by the list's length, trec_eval and we by R.
    theirs, ours = _calculate(np.random.default_rng(0), 2, leave_one_out=False)
    assert theirs.pop("r_precision") > ours.pop("r_precision")
    assert ours == pytest.approx(theirs, rel=0, abs=1e-9)


def test_ties_keep_our_order():
    # With equal scores trec_eval would put d2 first, which is relevant; our order has it last.
    relevant, totals = _matrix("001"), np.array([1])
    assert _by_trec_eval(relevant, totals, [RR])[RR].item() == pytest.approx(1 / 3)
    qrels = [ir_measures.Qrel("0", "d2", 1)]
    tied = [ir_measures.ScoredDoc("0", f"d{rank}", 0.5) for rank in range(3)]
    assert ir_measures.pytrec_eval.calc_aggregate([RR], qrels, tied)[RR] == 1
    assert metrics.reciprocal_rank(relevant).item() == pytest.approx(1 / 3)


@settings(max_examples=60, deadline=None)
@given(rankings(), st.integers(1, 40))
def test_every_metric_lies_between_0_and_1(ranking, k):
    for name, values in metrics.per_query(*ranking, k).items():
        assert values.shape == ranking[1].shape, name
        assert ((values >= 0) & (values <= 1)).all(), name


@settings(max_examples=30, deadline=None)
@given(rankings(), st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_order_of_the_queries_does_not_matter(ranking, k, random):
    relevant, totals = ranking
    order = random.sample(range(len(totals)), len(totals))
    before = metrics.per_query(relevant, totals, k)
    after = metrics.per_query(relevant[order], totals[order], k)
    for name, values in before.items():
        np.testing.assert_array_equal(values[order], after[name], err_msg=name)


@given(st.integers(1, 30), st.integers(1, 30))
def test_a_perfect_ranking_scores_1(total, ranks):
    relevant, totals = (np.arange(ranks) < total)[None], np.array([total])
    assert metrics.ndcg_at_k(relevant, totals, ranks).item() == 1
    assert metrics.reciprocal_rank(relevant).item() == 1
    assert metrics.success_at_k(relevant, 1).item() == 1
    if ranks >= total:
        assert metrics.average_precision(relevant, totals).item() == 1
        assert metrics.recall_at_k(relevant, totals, total).item() == 1
        assert metrics.precision_at_k(relevant, total).item() == 1


@settings(max_examples=30, deadline=None)
@given(rankings())
def test_moving_a_hit_up_never_hurts(ranking):
    relevant, totals = ranking
    better = -np.sort(-relevant.astype(int), axis=1) == 1
    after = metrics.per_query(better, totals)
    for name, values in metrics.per_query(relevant, totals).items():
        assert (after[name] >= values - 1e-12).all(), name


def test_the_reported_names():
    assert list(metrics.per_query(_matrix("1"), np.array([1]))) == [
        "precision@1",
        "precision@10",
        "recall@10",
        "map",
        "map@r",
        "r_precision",
        "ndcg@10",
        "mrr",
        "success@1",
        "success@5",
        "success@10",
        "success@25",
    ]
    assert "success@7" in metrics.per_query(_matrix("1"), np.array([1]), 7)
    assert len(metrics.per_query(_matrix("1"), np.array([1]), 1)) == 10


def test_every_reported_metric_has_its_formula_in_the_document():
    document = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text("utf-8")
    rows = [line for line in document.splitlines() if line.startswith("| ")]
    for name in metrics.per_query(_matrix("1"), np.array([1])):
        assert sum(f"`{name}`" in row for row in rows) == 1, name


@pytest.mark.parametrize(
    ("first", "filled", "missed", "mean"),
    [
        ([1, 1, 2, 3, 5, 6, 0], {1: 2, 2: 1, 3: 2, 6: 1}, 1, 18 / 6),  # a miss has no rank
        ([10, 11, 25, 26, 50, 51, 100], {6: 1, 11: 2, 26: 2, 51: 2}, 0, 39),
        ([101, 1000], {101: 2}, 0, 550.5),
        ([1001, 10_000, 10_001], {1001: 2, 10_001: 1}, 0, 21_002 / 3),  # deeper than usual
        ([0, 0], {}, 2, None),
        ([], {}, 0, None),
    ],
)
def test_the_histogram_of_first_hits(first, filled, missed, mean):
    first = np.array(first, np.int64)
    *bins, last = metrics.rank_histogram(first)
    assert last == (0, 0, missed)
    assert {start: count for start, _, count in bins if count} == filled
    assert len(bins) == 8 or bins[-1][2], "a deeper bin is there only for what falls into it"
    assert [start for start, _, _ in bins[:8]] == [1, 2, 3, 6, 11, 26, 51, 101]
    assert all(end + 1 == bins[i + 1][0] for i, (_, end, _) in enumerate(bins[:-1]))
    assert metrics.mean_rank(first) == (None if mean is None else pytest.approx(mean))


@settings(max_examples=30, deadline=None)
@given(rankings())
def test_the_histogram_counts_every_query_once(ranking):
    relevant, totals = ranking
    first = metrics.first_hit(relevant)
    assert sum(count for _, _, count in metrics.rank_histogram(first)) == len(totals)
    np.testing.assert_array_equal(first > 0, relevant.any(axis=1))
    np.testing.assert_array_equal(metrics.reciprocal_rank(relevant) * first, first > 0)


def test_no_queries_give_no_values():
    relevant, totals = np.zeros((0, 5), bool), np.zeros(0, int)
    assert {values.shape for values in metrics.per_query(relevant, totals).values()} == {(0,)}
    assert metrics.first_hit(relevant).shape == (0,)


def test_the_callers_arrays_are_left_alone():
    relevant, totals = _matrix("0101"), np.array([3])
    relevant.flags.writeable = totals.flags.writeable = False
    metrics.per_query(relevant, totals)
    assert (relevant.tolist(), totals.tolist()) == ([[False, True, False, True]], [3])


@pytest.mark.parametrize(
    ("relevant", "totals", "k", "message"),
    [
        (np.ones(3, bool), np.array([3]), 1, "relevant must have shape"),
        (np.ones((1, 3)), np.array([3]), 1, "dtype bool"),  # graded relevance is something else
        (np.ones((1, 3), bool), np.array([3]), 0, "at least 1, but got 0"),
        (np.ones((1, 3), bool), np.array([3, 3]), 1, "totals must have shape"),
        (np.ones((1, 3), bool), np.array([3.0]), 1, "integer dtype"),
        (np.ones((2, 3), bool), np.array([3, 2]), 1, "query 1 has 3 relevant results but a total"),
    ],
)
def test_what_is_not_a_ranking_is_refused(relevant, totals, k, message):
    for metric in (metrics.recall_at_k, metrics.ndcg_at_k, metrics.average_precision):
        with pytest.raises(ValueError, match=message):
            metric(relevant, totals, k)
    for metric in (metrics.r_precision, metrics.average_precision_at_r) if k else ():
        with pytest.raises(ValueError, match=message):
            metric(relevant, totals)
