"""How the costs of an engine grow with the gallery, at one recall, on synthetic vectors."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.benchmarking import data, memory, scoring
from lookalike.benchmarking.children import in_child
from lookalike.benchmarking.engines import MIB, OnProgress, Trial, build
from lookalike.benchmarking.results import Results
from lookalike.benchmarking.timing import RUNS, one_by_one, searching
from lookalike.distance import Metric
from lookalike.errors import unknown_name

COUNTS = [10_000, 60_000, 250_000, 1_000_000]
DIMENSION = 128
QUERIES = 500
K = 10
RECALL = 0.95
METRIC: Metric = "cosine"  # the encoders' usual one
# engine: the parameter that is raised until the recall is reached, and its first value
KNOBS = {"annoy": ("search_k", 100), "faiss-hnsw": ("ef_search", 10)}
STEPS = 3  # halvings of the interval in which the recall is reached


@dataclass(frozen=True)
class Setup:
    """What one process measures; pickled on its way there."""

    folder: Path  # a saved dataset and its truth
    count: int  # vectors, from the first
    engine: str
    runs: int


def run(
    results: Results,
    names: Sequence[str] | None = None,
    counts: Sequence[int] = COUNTS,
    dimension: int = DIMENSION,
    runs: int = RUNS,
    on_progress: OnProgress = lambda engine, done, total: None,
) -> None:
    """Measure each engine at each size; what the results hold already is not measured again.

    Args:
        results: get the figures "growth".
        names: of engines in KNOBS; all of them unless given.

    Raises:
        UnknownNameError: an engine is not in KNOBS.
        LookalikeError: an engine failed, or memory cannot be measured here.
    """
    memory.check()
    names = names or list(KNOBS)
    for name in names:
        if name not in KNOBS:
            raise unknown_name("engine whose growth is measured", name, list(KNOBS))
    rows: list[dict[str, Any]] = results.figures.get("growth", [])
    done = {(row["engine"], row["count"], row["dimension"]) for row in rows}
    jobs = [
        (count, name) for count in counts for name in names if (name, count, dimension) not in done
    ]
    if not jobs:
        return
    results.keep(growth=rows)
    with tempfile.TemporaryDirectory(dir=results.path.parent, prefix=".growth-") as work:
        folder = Path(work)
        data.synthetic(folder, max(count for count, _ in jobs), QUERIES, dimension)
        laid_out = 0
        for position, (count, name) in enumerate(jobs):
            on_progress(f"{name} {count:,}", position, len(jobs))
            if count != laid_out:
                _save_truth(folder, count)
                laid_out = count
            rows += in_child(measure_growth, Setup(folder, count, name, runs))
            results.keep(growth=rows)
        on_progress("done", len(jobs), len(jobs))


def _save_truth(folder: Path, count: int) -> None:
    vectors, queries = data.open_saved(folder)
    data.save_truth(scoring.nearest(vectors[:count], queries, K, METRIC), folder)


def measure_growth(setup: Setup) -> Iterator[dict[str, Any]]:
    """Build, raise the engine's parameter until the recall is reached, and time that; one row."""
    vectors, queries = data.open_saved(setup.folder)
    vectors = vectors[: setup.count]
    engine, costs = build(setup.engine, {}, vectors, METRIC, setup.folder)
    trial = Trial(engine, vectors, queries, data.open_truth(setup.folder))
    knob, first = KNOBS[setup.engine]

    def reaches(value: int) -> bool:
        engine.retune(**{knob: value})
        ids, _ = one_by_one(searching(engine, K), queries)
        return trial.recall(ids) >= RECALL

    engine.retune(**{knob: smallest(reaches, first, most=2 * setup.count)})
    yield {
        "engine": setup.engine,
        "count": setup.count,
        "dimension": vectors.shape[1],
        "params": engine.params.as_dict(),
        **trial.run(setup.runs),
        **costs,
        "vectors_mb": round(vectors.nbytes / MIB, 1),
    }


def smallest(reaches: Callable[[int], bool], first: int, most: int) -> int:
    """About the smallest value that reaches the aim: doubled until it does, then narrowed down.

    Args:
        most: a value that is not doubled again, whether it reaches the aim or not.
    """
    value = first
    while not reaches(value):
        if value >= most:
            return value
        value *= 2
    low = value // 2 if value > first else value
    for _ in range(STEPS):
        middle = (low + value) // 2
        if middle in (low, value):
            break
        low, value = (low, middle) if reaches(middle) else (middle, value)
    return value
