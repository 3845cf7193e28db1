"""Comparing with every vector, and with the few of a short list: distances as they truly are.

|x|^2 - 2qx is one matrix product, but in float32 leaves nothing of a distance that is small beside
the vectors' lengths. So it only sorts out who cannot be near; the rest are compared by q - x.
"""

from collections.abc import Iterator

import numpy as np

from lookalike.distance import Metric

QUERIES = 256  # compared at a time; with `block`, bounds the memory
HALF = np.array(0.5, np.float32)
EPSILON = float(np.finfo(np.float32).eps)


def squared_lengths(vectors: np.ndarray) -> np.ndarray:
    """(n,) squared Euclidean lengths of (n, d) vectors."""
    return np.einsum("ij,ij->i", vectors, vectors)


def to_distances(squared: np.ndarray, metric: Metric) -> np.ndarray:
    """What `base` means by distance, from squared Euclidean ones (of unit vectors if cosine).

    Args:
        squared: (m, k) float32, each row ascending; written over, since the time that a single
            query takes counts.
    """
    if metric != "cosine":
        return np.sqrt(squared, squared)
    squared *= HALF  # |q - x|^2 = 2 - 2 cos
    if len(squared) != 1 or squared.item(-1) > 2:
        np.minimum(squared, 2, out=squared)
    return squared


def nearest(
    query: np.ndarray, vectors: np.ndarray, ids: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of the listed vectors, nearest first; equally near ones by id.

    Args:
        query: (d,) float32.
        vectors: (n, d) float32.
        ids: (c,) positions in `vectors`.

    Returns:
        (k,) ids and (k,) squared Euclidean distances; fewer when c is.
    """
    apart = vectors[ids]
    apart -= query
    squared = squared_lengths(apart)
    order = np.lexsort((ids, squared))[:k]
    return ids[order], squared[order]


def scan(
    queries: np.ndarray, vectors: np.ndarray, k: int, lengths: np.ndarray, block: int = 16384
) -> tuple[np.ndarray, np.ndarray]:
    """The k <= n nearest of all vectors, nearest first; equally near ones by id.

    Args:
        queries: (m, d) float32.
        vectors: (n, d) float32; read `block` rows at a time.
        lengths: their `squared_lengths`.

    Returns:
        (m, k) int64 ids and (m, k) float32 squared Euclidean distances.
    """
    ids = np.empty((len(queries), k), np.int64)
    squared = np.empty((len(queries), k), np.float32)
    for start in range(0, len(queries), QUERIES):
        rows = slice(start, start + QUERIES)
        ids[rows], squared[rows] = _scan(queries[rows], vectors, k, lengths, block)
    return ids, squared


def _scan(
    queries: np.ndarray, vectors: np.ndarray, k: int, lengths: np.ndarray, block: int
) -> tuple[np.ndarray, np.ndarray]:
    best = [(np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
    limits = np.full(len(queries), np.inf, np.float32)  # no lower than the k-th nearest's score
    doubt = _doubt(queries, lengths)
    for start in range(0, len(vectors), block):
        part = vectors[start : start + block]
        scores = queries @ part.T
        scores *= -2
        scores += lengths[start : start + block]
        if len(part) >= k:
            limits = np.minimum(limits, np.partition(scores, k - 1, axis=1)[:, k - 1])
        for row, near in _rows_below(scores, limits + doubt):
            ids, squared = nearest(queries[row], part, near, k)
            best[row] = _merged(best[row], (ids + start, squared), k)
    return np.stack([ids for ids, _ in best]), np.stack([squared for _, squared in best])


def _doubt(queries: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(m,) how far the scores |x|^2 - 2qx of two vectors may be off together, at worst.

    Sums of d products: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1.
    """
    reach = np.sqrt(squared_lengths(queries)) + np.sqrt(lengths.max())
    return (queries.shape[1] + 4) * np.float32(EPSILON) * reach**2


def _rows_below(scores: np.ndarray, limits: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for row, limit in enumerate(limits):
        near = np.flatnonzero(scores[row] <= limit)
        if near.size:
            yield row, near


def _merged(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    ids, squared = np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])
    order = np.lexsort((ids, squared))[:k]
    return ids[order], squared[order]
