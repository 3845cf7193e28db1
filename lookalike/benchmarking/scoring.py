"""How much an engine finds: recall by the distances of its ids, which are measured here.

An engine's own distances are never looked at, so that it cannot flatter itself.
"""

import numpy as np

from lookalike.distance import Metric, normalise
from lookalike.engines import registry
from lookalike.engines.base import Neighbours
from lookalike.index.checks import recall

# How much farther than the true k-th neighbour still counts as found. ann-benchmarks takes 1e-3
# for both metrics; of cosine distances, which are small, that would be a gift.
EPSILON = {"euclidean": 1e-3, "cosine": 1e-6}
BATCH = 100  # queries at a time: bounds the memory


def rescore(
    ids: np.ndarray, queries: np.ndarray, vectors: np.ndarray, metric: Metric
) -> Neighbours:
    """The distances of (m, k) ids from their (m, d) queries, each row ascending.

    An id that is given twice or that no vector has counts as infinitely far.
    """
    distances = np.full(ids.shape, np.inf)
    for row, (query, found) in enumerate(zip(queries, ids, strict=True)):
        first = np.unique(found, return_index=True)[1]
        first = first[(found[first] >= 0) & (found[first] < len(vectors))]
        distances[row, first] = _distances(query, vectors[found[first]], metric)
    order = np.argsort(distances, axis=1, kind="stable")
    return Neighbours(
        np.take_along_axis(ids, order, axis=1), np.take_along_axis(distances, order, axis=1)
    )


def _distances(query: np.ndarray, items: np.ndarray, metric: Metric) -> np.ndarray:
    """Of one (d,) query from (k, d) items, in double precision."""
    if metric == "cosine":
        query, items = normalise(query[None])[0], normalise(items)
        return 1 - items.astype(np.float64) @ query.astype(np.float64)
    return np.linalg.norm(items.astype(np.float64) - query, axis=1)


def nearest(vectors: np.ndarray, queries: np.ndarray, k: int, metric: Metric) -> Neighbours:
    """The truth: exact search, its distances measured as `rescore` does."""
    exact = registry.create("exact")
    exact.build(vectors, metric)
    found = [exact.search(queries[i : i + BATCH], k).ids for i in range(0, len(queries), BATCH)]
    return rescore(np.concatenate(found), queries, vectors, metric)


def recall_of(
    ids: np.ndarray, queries: np.ndarray, vectors: np.ndarray, truth: Neighbours, metric: Metric
) -> float:
    """Share of the ids that are no farther than the true k-th neighbour, in [0, 1]."""
    return recall(rescore(ids, queries, vectors, metric), truth, EPSILON[metric])
