"""Ranking metrics as trec_eval defines them, over binary relevance, in NumPy.

Every function takes a relevance matrix, (m, r) bool: whether the result at each of r ranks,
nearest first, is relevant to each of m queries. Ranks that an engine did not fill are False.
`totals`, (m,) int, is how many relevant items the gallery holds for each query, found or not; a
query without any scores 0. What comes back is one number in [0, 1] per query, (m,) float64: its
mean is the metric, and its mean over a class is the class's.

A cut-off k beyond r is allowed: the ranks that are not there hold nothing relevant.

All raise ValueError when a shape or dtype is another, a cut-off is below 1, or a query has more
relevant results than its total.

`first_hit` and what is made of it count ranks instead, from 1.

docs/evaluation.md gives each formula. Sources: https://github.com/usnistgov/trec_eval, m_P.c,
m_recall.c, m_map.c, m_Rprec.c, m_ndcg_cut.c, m_recip_rank.c, m_success.c; MAP@R: Musgrave,
Belongie and Lim, A Metric Learning Reality Check, 2020.
"""

import numpy as np

__all__ = [
    "average_precision",
    "average_precision_at_r",
    "first_hit",
    "mean_rank",
    "ndcg_at_k",
    "per_query",
    "precision_at_k",
    "r_precision",
    "rank_histogram",
    "recall_at_k",
    "reciprocal_rank",
    "success_at_k",
]

BINS = (1, 2, 5, 10, 25, 50, 100, 1000)  # last rank of each bin; a tenfold one follows, and so on


def per_query(relevant: np.ndarray, totals: np.ndarray, k: int = 10) -> dict[str, np.ndarray]:
    """The metrics that are reported, by name: {"precision@1": (m,) float64, …}.

    "map" and "mrr" look at all r ranks, "map@r" and "r_precision" at as many as the query has
    relevant items, the others at the first so many that their names say.
    """
    successes = sorted({1, 5, 25, k})
    return {
        "precision@1": precision_at_k(relevant, 1),
        f"precision@{k}": precision_at_k(relevant, k),
        f"recall@{k}": recall_at_k(relevant, totals, k),
        "map": average_precision(relevant, totals),
        "map@r": average_precision_at_r(relevant, totals),
        "r_precision": r_precision(relevant, totals),
        f"ndcg@{k}": ndcg_at_k(relevant, totals, k),
        "mrr": reciprocal_rank(relevant),
        **{f"success@{cut}": success_at_k(relevant, cut) for cut in successes},
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
    first = first_hit(_top(relevant, depth))
    return np.where(first > 0, 1 / np.maximum(first, 1), 0.0)


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


def average_precision_at_r(relevant: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Average precision within the first R ranks, where R is the query's total.

    Unlike average precision it is 1 only for queries whose first R ranks are all relevant, and it
    gives nothing for what is found later. Its mean over queries is MAP@R.
    """
    _check_totals(relevant, totals)
    return average_precision(relevant & _within_r(relevant, totals), totals)


def r_precision(relevant: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """The share of the first R ranks that is relevant, where R is the query's total."""
    _check_totals(relevant, totals)
    found = np.count_nonzero(relevant & _within_r(relevant, totals), axis=1)
    return found / np.maximum(totals, 1)


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


def first_hit(relevant: np.ndarray) -> np.ndarray:
    """The rank of the first relevant result, from 1, (m,) int64; 0 when there is none."""
    top = _top(relevant, None)
    if not top.shape[1]:
        return np.zeros(len(top), np.int64)
    return np.where(top.any(axis=1), top.argmax(axis=1) + 1, 0)


def mean_rank(first: np.ndarray) -> float | None:
    """The mean of `first_hit` over the queries that found something; None when none did.

    A method that finds less can have the better mean, so say the share that found beside it.
    """
    found = first[first > 0]
    return float(found.mean()) if len(found) else None


def rank_histogram(first: np.ndarray) -> list[tuple[int, int, int]]:
    """How many queries have their `first_hit` where: (from rank, to rank, queries), ascending.

    The bins are 1, 2, 3-5, 6-10, 11-25, 26-50, 51-100 and 101-1000, whether or not a query falls
    into them, and then tenfold ones as far as there are queries. The last entry is (0, 0, n):
    the queries that found nothing.
    """
    ends = list(BINS)
    while ends[-1] < first.max(initial=0):
        ends.append(ends[-1] * 10)
    counts = np.bincount(np.searchsorted(ends, first[first > 0]), minlength=len(ends))
    starts = [1, *(end + 1 for end in ends[:-1])]
    bins = zip(starts, ends, counts.tolist(), strict=True)
    return [*bins, (0, 0, int(np.count_nonzero(first == 0)))]


def _within_r(relevant: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return np.arange(relevant.shape[1]) < totals[:, None]


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
