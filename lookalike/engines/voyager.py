"""HNSW in Voyager, Spotify's successor to Annoy. https://github.com/spotify/voyager

Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320. Its wheels are compiled for any x86-64
processor, without AVX: at 128 dimensions it is about as fast as FAISS's HNSW, at 784 two to three
times slower on a processor where FAISS uses AVX-512.
"""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np
from voyager import Index, RecallError, Space

from lookalike.engines.base import Engine, Neighbours, Params, Rows
from lookalike.engines.brute_force import scan, squared_lengths, to_distances


@dataclass(frozen=True)
class VoyagerParams(Params):
    """HNSW's three knobs, by their names in the paper, and its seed."""

    m: int = 16  # links per vector, twice as many on the ground; more: better recall, larger file
    ef_construction: int = 100  # candidates when linking; more: better graph, slower build
    ef_search: int = 64  # candidates when searching, at least k; more: better recall, slower
    seed: int = 20  # of the vectors' levels

    search = ("ef_search",)
    lowest: ClassVar = {"m": 2, "seed": 0}


class Voyager(Engine):
    """Every vector is linked with near ones; a search follows the links."""

    name = "voyager"
    file_name = "index.voy"
    params_type = VoyagerParams

    @property
    def version(self) -> str:
        return f"voyager {version('voyager')}"

    def _build(self, rows: Rows) -> None:
        index = Index(
            Space.Euclidean,
            self.dimension,
            M=self.params.m,
            ef_construction=self.params.ef_construction,
            random_seed=self.params.seed,
            max_elements=self.count,
        )
        for block in rows.blocks():
            # One thread, so that the links, and the file's bytes, are the same every time.
            # Voyager takes no array that is read-only.
            index.add_items(np.require(block, requirements="W"), num_threads=1)
        self._index = index

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        queries = queries if queries.flags.writeable else queries.copy()  # as Voyager wants it
        try:
            ids, squared = self._query(queries, k)
        except RecallError:  # fewer than k were reached by one of them
            vectors = self.vectors()
            ids, squared = scan(queries, vectors, k, squared_lengths(vectors))
        return Neighbours(ids, to_distances(squared, self.metric))

    def _query(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        ids, squared = self._index.query(queries, k, -1, max(self.params.ef_search, k))
        return ids.view(np.int64), squared

    def vectors(self) -> np.ndarray:
        return self._index.get_vectors(range(self.count))

    def _save(self, path: Path) -> None:
        try:
            self._index.save(str(path))
        except RuntimeError as error:
            raise OSError(str(error)) from error

    def _load(self, path: Path) -> None:
        try:
            index = Index.load(str(path))
        except RuntimeError as error:
            raise ValueError(f"{path.name} cannot be read") from error
        if (index.space, index.num_dimensions, index.num_elements) != (
            Space.Euclidean,
            self.dimension,
            self.count,
        ):
            raise ValueError(f"{path.name} holds other vectors")
        self._index = index
