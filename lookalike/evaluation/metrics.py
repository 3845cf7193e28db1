"""Ranking metrics as trec_eval defines them, over binary relevance, in NumPy.

Every function takes a relevance matrix, (m, r) bool: whether the result at each of r ranks,
nearest first, is relevant to each of m queries. Ranks that an engine did not fill are False.
`totals`, (m,) int, is how many relevant items the gallery holds for each query, found or not; a
query without any scores 0. What comes back is one number in [0, 1] per query, (m,) float64: its
mean is the metric, and its mean over a class is the class's.

A cut-off k beyond r is allowed: the ranks that are not there hold nothing relevant.

All raise ValueError when a shape or dtype is another, a cut-off is below 1, or a query has more
relevant results than its total.

Source: https://github.com/usnistgov/trec_eval, m_P.c, m_recall.c, m_map.c, m_ndcg_cut.c,
m_recip_rank.c, m_success.c.
"""

import numpy as np

__all__ = [
    "average_precision",
    "ndcg_at_k",
    "per_query",
    "precision_at_k",
    "recall_at_k",
    "reciprocal_rank",
    "success_at_k",
]


def per_query(relevant: np.ndarray, totals: np.ndarray, k: int = 10) -> dict[str, np.ndarray]:
    """The metrics that are reported, by name: {"precision@1": (m,) float64, …}.

    "map" and "mrr" look at all r ranks, the others at the first k.
    """
    return {
        "precision@1": precision_at_k(relevant, 1),
        f"precision@{k}": precision_at_k(relevant, k),
        f"recall@{k}": recall_at_k(relevant, totals, k),
        "map": average_precision(relevant, totals),
        f"ndcg@{k}": ndcg_at_k(relevant, totals, k),
        "mrr": reciprocal_rank(relevant),
        f"success@{k}": success_at_k(relevant, k),
    }


def precision_at_k(relevant: np.ndarray, k: int) -> np.ndarray:
    """The share of the first k ranks that is relevant. It divides by k, however short the list."""
    return np.count_nonzero(_top(relevant, k), axis=1) / k


def recall_at_k(relevant: np.ndarray, totals: np.ndarray, k: int) -> np.ndarray:
    """The share of the relevant items that is in the first k ranks."""
    _check_totals(relevant, totals)
    return np.count_nonzero(_top(relevant, k), axis=1) / np.maximum(totals, 1)


def success_at_k(relevant: np.ndarray, k: int) -> np.ndarray:
    """Whether anything in the first k ranks is relevant: 1 or 0. Also called top-k accuracy."""
    return np.asarray(_top(relevant, k).any(axis=1), np.float64)


def reciprocal_rank(relevant: np.ndarray, depth: int | None = None) -> np.ndarray:
    """1 / the rank of the first relevant result within `depth` (None: r); 0 without one."""
    top = _top(relevant, depth)
    if not top.shape[1]:
        return np.zeros(len(top))
    return np.where(top.any(axis=1), 1 / (top.argmax(axis=1) + 1), 0.0)


def average_precision(
    relevant: np.ndarray, totals: np.ndarray, depth: int | None = None
) -> np.ndarray:
    """The precision at the rank of each relevant item, averaged over all of them.

    An item that is not within `depth` (None: r) adds 0 and is still divided by, so that a short
    list can't reach 1 when more is relevant than fits in it. Its mean over queries is mAP.
    """
    _check_totals(relevant, totals)
    top = _top(relevant, depth)
    rows, columns = np.nonzero(top)  # in order of rows, then ranks
    found = np.arange(len(rows)) - np.searchsorted(rows, rows) + 1  # relevant so far in the row
    sums = np.bincount(rows, found / (columns + 1), minlength=len(top))
    return sums / np.maximum(totals, 1)


def ndcg_at_k(relevant: np.ndarray, totals: np.ndarray, k: int) -> np.ndarray:
    """Discounted cumulative gain of the first k ranks over that of the best possible ranking.

    A relevant result at rank i gains 1 / log2(i + 1) (Järvelin and Kekäläinen 2002).
    """
    _check_totals(relevant, totals)
    top = _top(relevant, k)
    gains = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0.0], np.cumsum(gains)])[np.minimum(totals, k)]
    # Added rank by rank, as `best` was: no value comes out above 1, nor depends on its row.
    rows, columns = np.nonzero(top)
    found = np.bincount(rows, gains[columns], minlength=len(top))
    return np.divide(found, best, out=np.zeros(len(top)), where=best > 0)


def _top(relevant: np.ndarray, k: int | None) -> np.ndarray:
    if relevant.ndim != 2 or relevant.dtype != np.bool_:
        raise ValueError(
            f"relevant must have shape (m, r) and dtype bool, "
            f"but got shape {relevant.shape} and dtype {relevant.dtype}"
        )
    if k is not None and k < 1:
        raise ValueError(f"the cut-off must be at least 1, but got {k}")
    return relevant[:, :k]


def _check_totals(relevant: np.ndarray, totals: np.ndarray) -> None:
    found = _top(relevant, None).sum(axis=1)
    if totals.shape != found.shape or not np.issubdtype(totals.dtype, np.integer):
        raise ValueError(
            f"totals must have shape {found.shape} and an integer dtype, "
            f"but got shape {totals.shape} and dtype {totals.dtype}"
        )
    if (found > totals).any():
        query = int(np.argmax(found > totals))
        raise ValueError(
            f"query {query} has {found[query]} relevant results but a total of {totals[query]}"
        )
