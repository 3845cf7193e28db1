"""Queries per second, one query at a time, the best of a few runs (as ann-benchmarks takes it)."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from lookalike.engines.base import Engine

RUNS = 5  # of one configuration; ann-benchmarks' number
PATIENCE = 15.0  # seconds: a configuration that has taken as long is not run again
SLICE = 20  # queries of exact search between two runs

Search = Callable[[np.ndarray], np.ndarray]  # (1, d) query to (1, k) ids


@dataclass(frozen=True)
class Speed:
    """What one configuration did."""

    ids: np.ndarray  # (m, k) of the last run
    qps: float  # queries per second of the best run
    runs: int
    baseline_qps: float  # of exact search, best of the slices between the runs
    relative: float  # to the baseline: median over the runs, each by the slices next to it


def searching(engine: Engine, k: int) -> Search:
    """The engine as a function of one query."""
    return lambda query: engine.search(query, k).ids


def one_by_one(search: Search, queries: np.ndarray) -> tuple[np.ndarray, float]:
    """The ids of every query, and the seconds spent inside `search`."""
    found, seconds = [], 0.0
    for query in queries[:, None]:
        start = perf_counter()
        ids = search(query)
        seconds += perf_counter() - start
        found.append(ids)
    return np.concatenate(found), seconds


def best_of(search: Search, baseline: Search, queries: np.ndarray, runs: int = RUNS) -> Speed:
    """The best of some runs, with a slice of the baseline before, between and after them.

    A busy machine slows neighbours alike, so their ratio holds where the figures themselves do not.
    """
    sample = queries[:SLICE]
    slices = [one_by_one(baseline, sample)[1]]
    seconds: list[float] = []
    while len(seconds) < runs and sum(seconds) < PATIENCE:
        ids, spent = one_by_one(search, queries)
        seconds.append(spent)
        slices.append(one_by_one(baseline, sample)[1])
    per_query = np.asarray(seconds) / len(queries)
    beside = (np.asarray(slices[:-1]) + slices[1:]) / 2 / len(sample)
    return Speed(
        ids=ids,
        qps=1 / per_query.min(),
        runs=len(seconds),
        baseline_qps=len(sample) / min(slices),
        relative=float(np.median(beside / per_query)),
    )
