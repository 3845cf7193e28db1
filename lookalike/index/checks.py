"""What an index must show before it is used, and what its distances are worth."""

import numpy as np

from lookalike.distance import Metric, distances_between
from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, Neighbours
from lookalike.errors import IndexFileError
from lookalike.index.segments import nearest

PAIRS = 100_000  # random pairs behind closer_than
QUANTILES = 1001
SELF_CHECKS = 200  # items that must find themselves first
BLOCK = 65_536  # vectors compared at a time
SEED = 0


def check(engine: Engine, vectors: np.ndarray) -> float:
    """Self-retrieval of sampled items, and recall@10 against exact search.

    An item has found itself when nothing is nearer: copies of an image are all at distance 0.

    Raises:
        IndexFileError: an item was not found by its own vector.
    """
    generator = np.random.default_rng(SEED)
    sample = generator.choice(len(vectors), min(SELF_CHECKS, len(vectors)), replace=False)
    k = min(10, len(vectors))
    asked = vectors[sample]
    truth, ids = exact_search(vectors, asked, k, engine.metric), engine.search(asked, k).ids
    # The engine is asked for ids only: how far apart they are is measured here.
    distances = distances_between(asked[:, None], vectors[ids], engine.metric)
    if (distances[:, 0] > truth.distances[:, 0] + 1e-5 * (1 + truth.distances[:, 0])).any():
        raise IndexFileError(
            f"The new {engine.name} index does not find its own items.",
            "Raise the engine's parameters, or use the engine exact.",
        )
    return recall(Neighbours(ids, distances), truth)


def exact_search(vectors: np.ndarray, queries: np.ndarray, k: int, metric: Metric) -> Neighbours:
    """The k nearest of each query, block by block, so that no copy of all vectors is made."""
    exact, parts = engines.create("exact"), []
    for start in range(0, len(vectors), BLOCK):
        exact.build(vectors[start : start + BLOCK], metric)
        found = exact.search(queries, k)
        parts.append(Neighbours(found.ids + start, found.distances))
    return nearest(parts, k)


def recall(found: Neighbours, truth: Neighbours, tolerance: float = 1e-4) -> float:
    """Share of results no farther than the true k-th neighbour (ann-benchmarks' definition).

    By distance and not by id, since equally distant items may stand for each other.
    """
    limit = truth.distances[:, -1:] + tolerance
    return float((found.distances <= limit).mean())


def random_pair_quantiles(vectors: np.ndarray, metric: Metric) -> list[float]:
    """Quantiles of the distances between random pairs of different items, ascending."""
    if len(vectors) < 2:
        return [0.0, 0.0]
    generator = np.random.default_rng(SEED)
    first = generator.integers(0, len(vectors), PAIRS)
    second = (first + generator.integers(1, len(vectors), PAIRS)) % len(vectors)
    distances = distances_between(vectors[first], vectors[second], metric)
    values = np.quantile(distances, np.linspace(0, 1, QUANTILES))
    return [float(f"{value:.6g}") for value in values]
