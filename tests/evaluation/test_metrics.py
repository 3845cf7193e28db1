"""Metrics against tables worked out by hand and against trec_eval through ir_measures."""

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, R, Success, nDCG

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
        nDCG @ k: metrics.ndcg_at_k(relevant, totals, k),
    }
    found = _by_trec_eval(relevant, totals, list(expected))
    for measure, ours in expected.items():
        np.testing.assert_allclose(ours, found[measure], rtol=0, atol=1e-9, err_msg=str(measure))


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
        "ndcg@10",
        "mrr",
        "success@10",
    ]


def test_no_queries_give_no_values():
    relevant, totals = np.zeros((0, 5), bool), np.zeros(0, int)
    assert {values.shape for values in metrics.per_query(relevant, totals).values()} == {(0,)}


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
