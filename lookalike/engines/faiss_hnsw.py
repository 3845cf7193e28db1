"""HNSW in FAISS: a graph of near neighbours, walked from far hops to short ones.

Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import faiss
import numpy as np

from lookalike.engines import faiss_library
from lookalike.engines.base import Neighbours, Params, Rows
from lookalike.engines.brute_force import to_distances
from lookalike.engines.faiss_library import FaissEngine


@dataclass(frozen=True)
class FaissHNSWParams(Params):
    """HNSW's three knobs, by their names in the paper."""

    m: int = 16  # links per vector, twice as many on the ground; more: better recall, larger file
    ef_construction: int = 100  # candidates when linking; more: better graph, slower build
    ef_search: int = 64  # candidates when searching, at least k; more: better recall, slower

    search = ("ef_search",)
    lowest: ClassVar = {"m": 2}


class FaissHNSW(FaissEngine):
    """Every vector is linked with near ones; a search follows the links."""

    name = "faiss-hnsw"
    params_type = FaissHNSWParams

    def _tune(self) -> None:
        self._search_params = faiss.SearchParametersHNSW(efSearch=self.params.ef_search)

    def _build(self, rows: Rows) -> None:
        index = faiss.IndexHNSWFlat(self.dimension, self.params.m)
        index.hnsw.efConstruction = self.params.ef_construction
        self._reserve(index)
        with faiss_library.one_thread():
            for block in rows.blocks():
                index.add(block)
        self._hold(index)

    def _reserve(self, index: faiss.IndexHNSWFlat) -> None:
        """Make room for all vectors and links, which growing by copies would take thrice."""
        codes = faiss.downcast_index(index.storage).codes
        # 2m on the ground and, geometrically fewer, little more than one above it.
        links = 2 * self.params.m + 2
        room = [(codes, 4 * self.dimension), (index.hnsw.neighbors, links)]
        for vector, each in room:
            vector.resize(each * self.count)
            vector.resize(0)  # a C++ vector keeps its room

    def _hold(self, index: faiss.IndexHNSWFlat) -> None:
        self._index = index
        self._storage = faiss.downcast_index(index.storage)

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids, squared = faiss_library.search(self._index, queries, k, self._search_params)
        # Fewer than k are found where copies of a vector are linked with each other only.
        faiss_library.complete(ids, squared, queries, self.vectors)
        return Neighbours(ids, to_distances(squared, self.metric))

    def vectors(self) -> np.ndarray:
        return faiss_library.flat_vectors(self._storage, self._index)

    def _load(self, path: Path) -> None:
        self._hold(faiss_library.load(path, faiss.IndexHNSWFlat, self.dimension, self.count))
