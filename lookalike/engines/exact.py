"""Exact search by comparing with every vector, block by block."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.engines.base import Engine, Neighbours, Params, Rows, map_vectors, save_vectors
from lookalike.engines.brute_force import scan, squared_lengths, to_distances


@dataclass(frozen=True)
class ExactParams(Params):
    """How exact search walks through the vectors."""

    block: int = 16384  # vectors compared at a time; bounds the memory


class Exact(Engine):
    """Every vector is compared; the answer that the other engines are judged by."""

    name = "exact"
    file_name = "index.npy"
    params_type = ExactParams

    @property
    def version(self) -> str:
        return f"numpy {np.__version__}"

    def _build(self, rows: Rows) -> None:
        self._hold(rows.copy())

    def _hold(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self._lengths = squared_lengths(vectors)

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids, squared = scan(queries, self._vectors, k, self._lengths, self.params.block)
        return Neighbours(ids, to_distances(squared, self.metric))

    def vectors(self) -> np.ndarray:
        return self._vectors

    def _save(self, path: Path) -> None:
        save_vectors(self._vectors, path)

    def _load(self, path: Path) -> None:
        self._hold(map_vectors(path, self.count, self.dimension))
