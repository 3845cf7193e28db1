"""What a system's answers cost: the time of each step, and what its engine overlooks."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from lookalike.engines import registry as engines
from lookalike.evaluation.ranking.rankings import Rankings
from lookalike.evaluation.report import Step
from lookalike.progress import Progress
from lookalike.search.searcher import encode
from lookalike.storage.arrays import ArrayCache

STEPS: tuple[Step, ...] = ("encode", "search", "rerank")
NEAREST = 10  # neighbours by which an engine's recall is usually measured
TOLERANCE = 1e-6  # how much farther than the last of them still counts: float32's rounding


def step_times(rankings: Rankings, progress: Progress | None = None) -> np.ndarray:
    """Milliseconds of each of STEPS, (t, 3), one query at a time, warm.

    Each of the timed queries takes the path of a visitor's photo, its decoding left out.
    """
    asked, system = rankings.asked, rankings.system
    kept = ArrayCache(asked.work, f"{system.name}-times", asked.key, system.key, rankings.k)
    return kept.array("ms", lambda: _time(rankings, progress))


def _time(rankings: Rankings, progress: Progress | None) -> np.ndarray:
    timed = rankings.asked.timed
    _steps(rankings, timed[0])  # warms up
    times = np.empty((len(timed), len(STEPS)))
    for done, number in enumerate(timed):
        times[done] = _steps(rankings, number)
        if progress:
            progress(done + 1, len(timed))
    return times


def _steps(rankings: Rankings, number: int) -> tuple[float, float, float]:
    system, searcher = rankings.system, rankings.asked.searcher
    photo = rankings.asked.photo(number)
    start = perf_counter()
    vector = encode(system.method.encoder, photo)
    encode_ms = (perf_counter() - start) * 1000
    _, ms = searcher.find(system.method.encoder, system.index, vector, photo, rankings.k)
    return encode_ms, ms.search, ms.rerank


def engine_recall(rankings: Rankings) -> dict[int, float]:
    """The share of the nearest items that the engine finds, over the timed queries.

    Judged by true distances: an item that is as near as the last of them stands for it.

    Returns:
        {10: of the 10 nearest, depth: of the nearest down to the last rank that is looked at}.
    """
    system = rankings.system
    exact = replace(system, index=system.method.index.under(engines.create("exact")))
    truth = replace(rankings, system=exact)
    return {count: _recall(rankings, truth, count) for count in (NEAREST, rankings.depth)}


def _recall(rankings: Rankings, truth: Rankings, count: int) -> float:
    numbers, shares = rankings.asked.timed, []
    exact, found = truth.found(numbers, count), rankings.found(numbers, count)
    for number, ids, nearest in zip(numbers, found, exact, strict=True):
        last = rankings.distances(number, nearest)[-1]
        shares.append((rankings.distances(number, ids) <= last + TOLERANCE).sum() / len(nearest))
    return float(np.mean(shares))
