"""Queries per second, one query at a time, the best of a few runs (as ann-benchmarks takes it)."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import NamedTuple

import numpy as np

from lookalike.engines.base import Engine

RUNS = 5  # of one configuration; ann-benchmarks' number
PATIENCE = 15.0  # seconds: a configuration that has taken as long is not run again
SLICE = 20  # queries of exact search between two runs

Search = Callable[[np.ndarray], np.ndarray]  # (1, d) query to (1, k) ids


class Spent(NamedTuple):
    """Seconds per query, on average."""

    wall: float  # what the caller waits
    processor: float  # of all threads of this process: other programs' turns are not in it


@dataclass(frozen=True)
class Speed:
    """What one configuration did."""

    ids: np.ndarray  # (m, k) of the last run
    qps: float  # queries per second of the best run
    runs: int
    baseline_qps: float  # of exact search, best of the slices between the runs
    relative: float  # how many times as fast as the baseline


def searching(engine: Engine, k: int) -> Search:
    """The engine as a function of one query."""
    return lambda query: engine.search(query, k).ids


def one_by_one(search: Search, queries: np.ndarray) -> tuple[np.ndarray, Spent]:
    """The ids of every query, and what was spent inside `search`."""
    found, wall, processor = [], 0.0, 0.0
    for query in queries[:, None]:
        used, start = process_time(), perf_counter()
        ids = search(query)
        wall += perf_counter() - start
        processor += process_time() - used
        found.append(ids)
    return np.concatenate(found), Spent(wall / len(queries), processor / len(queries))


def best_of(search: Search, baseline: Search, queries: np.ndarray, runs: int = RUNS) -> Speed:
    """The best of some runs, with a slice of the baseline before, between and after them.

    How many times as fast as the baseline: the median over the runs of the processor time of the
    slices next to a run by that of the run. On a quiet machine that is the ratio of the speeds; a
    busy one slows neighbours alike, and the time it takes away is in neither.
    """
    slices = [one_by_one(baseline, queries[:SLICE])[1]]
    spent: list[Spent] = []
    while len(spent) < runs and sum(run.wall for run in spent) * len(queries) < PATIENCE:
        ids, run = one_by_one(search, queries)
        spent.append(run)
        slices.append(one_by_one(baseline, queries[:SLICE])[1])
    return Speed(
        ids=ids,
        qps=1 / min(run.wall for run in spent),
        runs=len(spent),
        baseline_qps=1 / min(slice.wall for slice in slices),
        relative=_relative(spent, slices),
    )


def _relative(runs: list[Spent], slices: list[Spent]) -> float:
    ratios = [
        (before.processor + after.processor) / 2 / run.processor
        for run, before, after in zip(runs, slices, slices[1:], strict=False)
    ]
    return float(np.median(ratios))
