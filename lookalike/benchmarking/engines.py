"""Recall against queries per second of every engine, after ann-benchmarks' protocol.

One thread, one query at a time, the best of a few runs, recall from the distances of the ids
(https://github.com/erikbern/ann-benchmarks, runner.py and plotting/metrics.py). Beyond it, every
configuration is timed beside exact search, and each build has a process of its own, whose memory
is looked at.
"""

import gc
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from lookalike.benchmarking import data, memory, scoring, sweeps
from lookalike.benchmarking.children import in_child
from lookalike.benchmarking.data import Dataset
from lookalike.benchmarking.results import Results
from lookalike.benchmarking.sweeps import Sweep
from lookalike.benchmarking.timing import RUNS, best_of, searching
from lookalike.distance import Metric
from lookalike.engines import registry
from lookalike.engines.base import Engine, Neighbours
from lookalike.errors import LookalikeError, unknown_name

MIB = 2**20  # bytes
WARM_UP = 100  # vectors of the build that is not counted
OnProgress = Callable[[str, int, int], None]  # engine, configurations done, all of them


@dataclass(frozen=True)
class Setup:
    """What all engines share; pickled on its way to their processes."""

    folder: Path  # the saved dataset and its truth
    metric: Metric
    k: int
    runs: int


def choose(names: Sequence[str] | None = None) -> tuple[list[str], list[str]]:
    """The engines to measure, all unless named, and those whose library is not installed.

    Raises:
        UnknownNameError: there is no such engine.
    """
    wanted = list(dict.fromkeys(names or registry.names()))
    for name in wanted:
        if name not in registry.names():
            raise unknown_name("engine", name, registry.names())
    there = registry.available()
    return [name for name in wanted if name in there], [
        name for name in wanted if name not in there
    ]


def run(
    dataset: Dataset,
    results: Results,
    names: Sequence[str],
    k: int = 10,
    runs: int = RUNS,
    on_progress: OnProgress = lambda engine, done, total: None,
) -> None:
    """Measure engines on a dataset; what the results hold already is not measured again.

    Args:
        results: get rows, and what they were measured on.
        names: of engines whose libraries are installed.

    Raises:
        LookalikeError: the results are of another dataset, k is too large, or an engine failed.
    """
    memory.check()
    begin(results, dataset, k)
    rows: list[dict[str, Any]] = results.figures["rows"]
    jobs = list(_missing(names, rows))
    total, done = sum(len(sweep.search) for _, sweep in jobs), 0
    folder = results.path.parent
    with tempfile.TemporaryDirectory(dir=folder, prefix=".dataset-") as work:
        setup = Setup(Path(work), dataset.metric, k, runs)
        if jobs:
            _lay_out(dataset, setup)
        for engine, sweep in jobs:
            on_progress(engine, done, total)
            for row in in_child(measure_engine, setup, engine, sweep):
                rows.append(row)
                results.keep(rows=rows, exact_qps=median(row["exact_qps"] for row in rows))
                done += 1
                on_progress(engine, done, total)


def begin(results: Results, dataset: Dataset, k: int) -> None:
    """Say in the results what the rows are measured on.

    Raises:
        LookalikeError: they hold rows of something else, or there are not k vectors.
    """
    count, dimension = dataset.vectors.shape
    if not 1 <= k <= count:
        raise LookalikeError(f"{k} is not a number of neighbours.", f"Use 1 to {count}.")
    of = {
        "dataset": dataset.name,
        "count": count,
        "dimension": dimension,
        "queries": len(dataset.queries),
        "k": k,
        "threads": 1,
    }
    stored = {name: results.figures.get(name) for name in of}
    if results.figures.get("rows") and stored != of:
        raise LookalikeError(
            f"{str(results.path)!r} holds figures of another dataset, size or k.",
            "Give another folder with --out, or start anew with --fresh.",
        )
    if stored != of or "rows" not in results.figures:
        results.keep(**of, rows=results.figures.get("rows", []))


def _missing(names: Sequence[str], rows: list[dict[str, Any]]) -> Iterator[tuple[str, Sweep]]:
    """The builds of which a search is still to be measured, with those searches only."""
    done = {_key(row["engine"], row["params"]) for row in rows}
    for name in names:
        for sweep in sweeps.of(name):
            left = [
                search
                for search in sweep.search
                if _key(name, sweeps.params(name, sweep.build, search)) not in done
            ]
            if left:
                yield name, Sweep(sweep.build, tuple(left))


def _key(name: str, params: dict[str, Any]) -> str:
    return json.dumps([name, params], sort_keys=True)


def _lay_out(dataset: Dataset, setup: Setup) -> None:
    dataset.save(setup.folder)
    truth = scoring.nearest(dataset.vectors, dataset.queries, setup.k, setup.metric)
    data.save_truth(truth, setup.folder)


def measure_engine(setup: Setup, name: str, sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Build once and search with each of the sweep's parameters; a row each."""
    vectors, queries = data.open_saved(setup.folder)
    engine, costs = build(name, sweep.build, vectors, setup.metric, setup.folder)
    trial = Trial(engine, vectors, queries, data.open_truth(setup.folder))
    for search in sweep.search:
        engine.retune(**search)
        yield {"engine": name, "params": engine.params.as_dict(), **trial.run(setup.runs), **costs}


class Trial:
    """A built engine, timed beside exact search of the same vectors and judged by their truth."""

    def __init__(
        self, engine: Engine, vectors: np.ndarray, queries: np.ndarray, truth: Neighbours
    ) -> None:
        self.engine, self.vectors, self.queries, self.truth = engine, vectors, queries, truth
        self.k = truth.ids.shape[1]
        self.exact = registry.create("exact")
        self.exact.build(vectors, engine.metric)

    def run(self, runs: int) -> dict[str, Any]:
        """Recall and speed with the engine's parameters of now."""
        search, exact = searching(self.engine, self.k), searching(self.exact, self.k)
        speed = best_of(search, exact, self.queries, runs)
        return {
            f"recall@{self.k}": round(self.recall(speed.ids), 5),
            "qps": round(speed.qps, 2),
            "relative_qps": round(speed.relative, 3),
            "exact_qps": round(speed.baseline_qps, 2),
            "runs": speed.runs,
            "library": self.engine.version,
        }

    def recall(self, ids: np.ndarray) -> float:
        """Of (m, k) ids, by distances that are measured here."""
        return scoring.recall_of(ids, self.queries, self.vectors, self.truth, self.engine.metric)


def build(
    name: str, params: dict[str, Any], vectors: np.ndarray, metric: Metric, folder: Path
) -> tuple[Engine, dict[str, float]]:
    """Build an engine, and what that cost; its memory is this process's, which should be fresh.

    Args:
        vectors: (n, d) float32, best memory-mapped: what building reads of them is counted.
        folder: where the files whose size is taken may be written; they are removed.
    """
    # A library's own start, which happens once, is in neither the time nor the memory.
    registry.create(name, **params).build(np.array(vectors[:WARM_UP]), metric)
    engine = registry.create(name, **params)
    memory.settle()
    before, own = memory.resident_mb(), memory.own_mb()
    start = perf_counter()
    engine.build(vectors, metric)
    seconds = perf_counter() - start
    peak = memory.peak_mb()
    gc.collect()
    held = memory.own_mb()  # before saving, after which an engine may go on from the file
    with tempfile.TemporaryDirectory(dir=folder) as saved:
        engine.save(Path(saved))
        sizes = {file: (Path(saved) / file).stat().st_size for file in engine.file_names}
    return engine, {
        "build_s": round(seconds, 3),
        "peak_mb": round(peak - before, 1),
        "memory_mb": round(held - own, 1),
        "file_mb": round(sum(sizes.values()) / MIB, 2),
        # What searching walks through; vectors kept for re-scoring lie in a file of their own.
        "bytes_per_vector": round(sizes[engine.file_name] / len(vectors), 1),
    }
