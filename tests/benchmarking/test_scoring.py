"""Recall from distances that are measured anew: an engine that lies about them gains nothing."""

import numpy as np
import pytest

from lookalike.benchmarking import scoring, timing
from lookalike.benchmarking.timing import Spent, best_of, one_by_one, searching
from lookalike.engines.base import Engine, Neighbours

METRICS = ["cosine", "euclidean"]
VECTORS = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
QUERIES = np.random.default_rng(1).normal(size=(7, 6)).astype(np.float32)


def apart(query, item, metric):
    """What a distance means, by a plain loop."""
    if metric == "euclidean":
        return sum((float(a) - float(b)) ** 2 for a, b in zip(query, item, strict=True)) ** 0.5
    dot = sum(float(a) * float(b) for a, b in zip(query, item, strict=True))
    return 1 - dot / (apart(query, query * 0, "euclidean") * apart(item, item * 0, "euclidean"))


class Liar(Engine):
    """Says that the first k items are at distance 0."""

    name = file_name = "liar"
    version = "liar 1"

    def _search(self, queries, k):
        ids = np.tile(np.arange(k), (len(queries), 1))
        return Neighbours(ids, np.zeros(ids.shape, np.float32))

    def vectors(self):
        return VECTORS

    def _build(self, vectors):
        pass

    def _save(self, path):
        pass

    def _load(self, path):
        pass


@pytest.mark.parametrize("metric", METRICS)
def test_the_truth_is_a_plain_loop(metric):
    truth = scoring.nearest(VECTORS, QUERIES, 5, metric)
    for query, ids, distances in zip(QUERIES, *truth, strict=True):
        expected = sorted((apart(query, item, metric), n) for n, item in enumerate(VECTORS))[:5]
        assert ids.tolist() == [number for _, number in expected]
        assert np.allclose(distances, [distance for distance, _ in expected], atol=1e-6)


@pytest.mark.parametrize("metric", METRICS)
def test_an_engine_that_lies_about_its_distances_gains_nothing(metric):
    liar = Liar()
    liar.build(VECTORS, metric)
    truth = scoring.nearest(VECTORS, QUERIES, 10, metric)
    found = liar.search(QUERIES, 10)
    assert not found.distances.any()
    expected = np.mean([np.isin(np.arange(10), row).mean() for row in truth.ids])
    scored = scoring.recall_of(found.ids, QUERIES, VECTORS, truth, metric)
    assert scored == pytest.approx(expected) and scored < 0.5


@pytest.mark.parametrize(
    ("ids", "recall"),
    [
        # the true three are 0, 1 and 2; 3 is as far as 2; 4 is a little farther
        ([0, 1, 2], 1),
        ([2, 1, 0], 1),  # the order does not matter
        ([0, 1, 3], 1),  # equally far: stands for another
        ([0, 1, 4], 2 / 3),
        ([0, 0, 0], 1 / 3),  # one item given three times is one item
        ([0, 1, -1], 2 / 3),  # faiss's word for nothing
        ([0, 1, 99], 2 / 3),
    ],
)
def test_what_counts_as_found(ids, recall):
    vectors = np.float32([[1], [2], [3], [-3], [3.01], [9]])
    query = np.zeros((1, 1), np.float32)
    truth = scoring.nearest(vectors, query, 3, "euclidean")
    scored = scoring.recall_of(np.array([ids]), query, vectors, truth, "euclidean")
    assert scored == pytest.approx(recall)


def test_a_little_farther_counts_as_in_ann_benchmarks():
    vectors = np.float32([[1], [2], [2.0009], [2.0011]])
    query = np.zeros((1, 1), np.float32)
    truth = scoring.nearest(vectors, query, 2, "euclidean")
    for ids, recall in {(0, 2): 1, (0, 3): 0.5}.items():
        assert scoring.recall_of(np.array([ids]), query, vectors, truth, "euclidean") == recall


def test_queries_are_asked_one_at_a_time():
    asked = []

    def search(query):
        asked.append(query)
        return np.array([[int(query[0, 0])]])

    queries = np.arange(6, dtype=np.float32)[:, None]
    ids, spent = one_by_one(search, queries)
    assert ids.tolist() == [[0], [1], [2], [3], [4], [5]] and spent.wall > 0
    assert [query.shape for query in asked] == [(1, 1)] * 6


def test_every_run_has_exact_search_before_and_after_it():
    calls = []

    def named(name):
        return lambda query: calls.append(name) or np.zeros((1, 1), np.int64)

    speed = best_of(named("engine"), named("exact"), QUERIES, runs=3)
    blocks = [name for name, before in zip(calls, [None, *calls], strict=False) if name != before]
    assert blocks == ["exact", *["engine", "exact"] * 3]
    assert calls.count("engine") == 3 * len(QUERIES) and speed.runs == 3
    assert speed.ids.shape == (len(QUERIES), 1)
    assert speed.qps > 0 and speed.baseline_qps > 0


def test_the_ratio_is_that_of_neighbours_by_processor_time():
    slices = [Spent(9, 4), Spent(9, 8), Spent(9, 2), Spent(9, 2)]
    runs = [Spent(1, 1), Spent(1, 1), Spent(1, 4)]
    assert timing._relative(runs, slices) == 5  # the median of 6, 5 and 0.5


def test_an_engine_is_asked_for_ids():
    liar = Liar()
    liar.build(VECTORS, "cosine")
    assert searching(liar, 3)(QUERIES[:1]).tolist() == [[0, 1, 2]]
