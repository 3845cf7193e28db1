"""Annoy: a forest of random-projection trees in one memory-mapped file.

https://github.com/spotify/annoy

A file that is mapped may be replaced (renamed over), never overwritten: a process that reads past
the new end of it dies.
"""

from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import ClassVar

import numpy as np
from annoy import AnnoyIndex

from lookalike.engines.base import Engine, Neighbours, Params, Rows
from lookalike.engines.brute_force import to_distances

# Nodes looked at in each tree for each result: what a search_k that suits ten would overlook of a
# thousand. At 1,000 of 10,000 vectors recall goes from 0.83 to 0.99; up to 200 results the default
# search_k looks at more.
NODES = 2


@dataclass(frozen=True)
class AnnoyParams(Params):
    """Annoy's two knobs and its seed."""

    n_trees: int = 20  # more: better recall, larger file
    search_k: int = 8000  # nodes looked at per query, at least NODES * n_trees * k; -1: n_trees * k
    seed: int = 20  # of the random projections

    search = ("search_k",)
    lowest: ClassVar = {"search_k": -1}


class Annoy(Engine):
    """The default: quick, small, shared between processes by mmap; cannot grow once built."""

    name = "annoy"
    file_name = "index.ann"
    params_type = AnnoyParams

    @property
    def version(self) -> str:
        return f"annoy {version('annoy')}"

    def _new(self) -> AnnoyIndex:
        return AnnoyIndex(self.dimension, "angular" if self.metric == "cosine" else "euclidean")

    def _build(self, rows: Rows) -> None:
        index = self._new()
        index.set_seed(self.params.seed)
        for item, vector in enumerate(chain.from_iterable(rows.blocks())):
            index.add_item(item, vector)
        # One job: the trees, and so the file's bytes, are then the same on every machine.
        index.build(self.params.n_trees, n_jobs=1)
        self._index = index

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids = np.empty((len(queries), k), np.int64)
        distances = np.empty((len(queries), k), np.float32)
        for row, query in enumerate(queries):
            # A list, which Annoy reads several times faster than an array.
            ids[row], distances[row] = self._search_one(query.tolist(), k)
        if self.metric == "cosine":
            # Annoy's angular distance is that of unit vectors.
            distances = to_distances(np.square(distances, distances), "cosine")
        return Neighbours(ids, distances)

    def _search_one(self, query: list[float], k: int) -> tuple[list[int], list[float]]:
        search = self._index.get_nns_by_vector
        nodes = self.params.search_k
        if nodes > 0:
            nodes = max(nodes, NODES * self.params.n_trees * k)
        found = search(query, k, nodes, True)
        if len(found[0]) < k:
            # Too small a search_k for this k: looking at everything always finds k.
            found = search(query, k, self.params.n_trees * self.count * 2, True)
        return found

    def vectors(self) -> np.ndarray:
        # Annoy keeps every vector as it was added.
        return np.array([self._index.get_item_vector(i) for i in range(self.count)], np.float32)

    def _save(self, path: Path) -> None:
        self._index.save(str(path))

    def _load(self, path: Path) -> None:
        index = self._new()
        # Annoy maps whatever it is given: a file of another size would be read out of bounds.
        if path.stat().st_size % _node_size(self.metric, self.dimension):
            raise ValueError(f"{path.name} does not hold {self.dimension}-d vectors")
        index.load(str(path))
        if index.get_n_items() != self.count:
            raise ValueError(f"{path.name} holds {index.get_n_items()} items, not {self.count}")
        self._index = index


def _node_size(metric: str, dimension: int) -> int:
    """Bytes of one of Annoy's nodes (annoylib.h: struct Angular::Node, Euclidean::Node)."""
    header = 12 if metric == "cosine" else 16  # Euclidean nodes carry an offset as well
    return header + 4 * dimension
