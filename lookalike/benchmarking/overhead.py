"""What Lookalike's search costs over a direct call of the engine's library.

Both answer the same queries in one process, in turn: the direct call gets the vector that the
engine would see, and the index's own search parameters. Whoever comes second finds the way to the
query's neighbours in the processor's cache, so the ratio is the geometric mean of two: the median
of the pairs in which Lookalike came first, and that of the others. A busy machine hardly moves it.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from math import sqrt
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from lookalike.benchmarking.children import in_child
from lookalike.benchmarking.results import Results
from lookalike.encoders import registry as encoders
from lookalike.encoders.registry import weights_for
from lookalike.engines import registry as engines
from lookalike.errors import unknown_name
from lookalike.galleries.gallery import Gallery, Item, open_gallery
from lookalike.index.build import index_method
from lookalike.index.opened import open_folder

METHOD = "clip"  # of the shipped gallery, 128-d without a projection
K = 10
ROUNDS = 3  # through all queries
WARM_UP = 100  # pairs that are not counted

Direct = Callable[[np.ndarray], Any]  # (1, d) query to whatever the library gives


def _annoy(path: Path, params: dict[str, Any], metric: str, dimension: int) -> Direct:
    from annoy import AnnoyIndex

    index = AnnoyIndex(dimension, "angular" if metric == "cosine" else "euclidean")
    index.load(str(path))
    find, search_k = index.get_nns_by_vector, params["search_k"]
    return lambda query: find(query[0], K, search_k, True)


def _faiss(path: Path, params: dict[str, Any], metric: str, dimension: int) -> Direct:
    import faiss

    index: Any = faiss.read_index(str(path))
    index.hnsw.efSearch = params["ef_search"]
    return lambda query: index.search(query, K)


DIRECT = {"annoy": _annoy, "faiss-hnsw": _faiss}  # engine: how its saved index is asked directly


def run(
    results: Results, gallery: str, names: Sequence[str] | None = None, method: str = METHOD
) -> None:
    """Measure the overhead over each library, on one method's vectors of a gallery.

    Args:
        results: get the figures "overhead".
        names: of engines in DIRECT; all of them unless given.

    Raises:
        LookalikeError: an engine is not in DIRECT, or there is no such gallery or method.
    """
    names = names or list(DIRECT)
    for name in names:
        if name not in DIRECT:
            raise unknown_name("engine that can be called directly", name, list(DIRECT))
    results.keep(
        overhead=[
            row for name in names for row in in_child(measure_overhead, gallery, method, name)
        ]
    )


def measure_overhead(gallery: str, method: str, name: str) -> Iterator[dict[str, Any]]:
    """The overhead over one library; one row."""
    opened = open_gallery(gallery)
    encoder = encoders.load(method, weights_for(method))
    asked = encoder.encode([item.photo() for item in _queries(opened)])
    with tempfile.TemporaryDirectory() as root:
        folder = index_method(opened, method, engine=name, root=Path(root))
        index = open_folder(folder, opened, encoder)
        meta = index.meta
        path = folder / engines.create(name).file_name
        direct = DIRECT[name](path, meta.params, meta.metric, meta.dimension)
        ours, theirs = alternate(lambda query: index.search(query, K), direct, asked, index.prepare)
    yield {
        "engine": name,
        "count": meta.count,
        "dimension": meta.dimension,
        "k": K,
        "ratio": round(ratio(ours, theirs), 4),
        "direct_us": round(median(theirs) * 1e6, 1),
        "lookalike_us": round(median(ours) * 1e6, 1),
        "params": meta.params,
    }


def _queries(gallery: Gallery) -> list[Item]:
    held_out = gallery.queries()
    return [held_out[position] for position in range(len(held_out))]


def alternate(
    ours: Direct, theirs: Direct, queries: np.ndarray, prepare: Callable[[np.ndarray], np.ndarray]
) -> tuple[list[float], list[float]]:
    """Seconds of each call of both, over the queries; which goes first changes every time."""
    seconds: tuple[list[float], list[float]] = [], []
    for number, query in enumerate(np.tile(queries, (ROUNDS, 1))[:, None]):
        calls = [(ours, query), (theirs, prepare(query))]
        for turn in (0, 1) if number % 2 else (1, 0):
            call, asked = calls[turn]
            start = perf_counter()
            call(asked)
            seconds[turn].append(perf_counter() - start)
    return seconds[0][WARM_UP:], seconds[1][WARM_UP:]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times as long ours took, from pairs whose order alternates."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return sqrt(median(ratios[::2]) * median(ratios[1::2]))
