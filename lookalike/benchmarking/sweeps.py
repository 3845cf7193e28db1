"""Which parameters of each engine are measured: few builds, and on each a walk along one knob."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.engines import registry


@dataclass(frozen=True)
class Sweep:
    """One build, and what is searched with on it."""

    build: dict[str, Any]
    search: tuple[dict[str, Any], ...]  # what `Engine.retune` changes, one after the other


def along(knob: str, values: Sequence[Any], **build: Any) -> Sweep:
    """A build searched with several values of one parameter."""
    return Sweep(build, tuple({knob: value} for value in values))


HNSW = [10, 16, 24, 28, 30, 32, 36, 40, 48, 64, 96, 128]
SEARCH_K = [1000, 2000, 3500, 5000, 8000, 12000]
NPROBE = [1, 2, 4, 8, 12, 16, 24, 32, 48]
RESCORE = [20, 50, 100, 200, 500]

SWEEPS: dict[str, list[Sweep]] = {
    "annoy": [along("search_k", SEARCH_K, n_trees=trees) for trees in (10, 20, 50)],
    "faiss-hnsw": [along("ef_search", HNSW, m=m, ef_construction=200) for m in (12, 16, 24)],
    "faiss-ivf": [along("nprobe", NPROBE), along("nprobe", NPROBE, nlist=256)],
    "faiss-ivfpq": [along("nprobe", NPROBE, rescore=100), along("nprobe", NPROBE, subspace=4)],
    "pq": [along("rescore", RESCORE), along("rescore", RESCORE, subspace=4)],
    "lsh": [along("rescore", RESCORE, bits=bits) for bits in (512, 1024, 2048)],
    "voyager": [along("ef_search", HNSW, m=m, ef_construction=200) for m in (12, 16)],
}


def of(name: str) -> list[Sweep]:
    """An engine's sweeps; its defaults when the table has none."""
    return SWEEPS.get(name, [Sweep({}, ({},))])


def params(name: str, build: dict[str, Any], search: dict[str, Any]) -> dict[str, Any]:
    """All parameters of one configuration, defaults included."""
    engine = registry.create(name, **build)
    engine.retune(**search)
    return engine.params.as_dict()
