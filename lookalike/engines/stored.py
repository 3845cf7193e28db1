"""Engines that save the vectors as they are, and on opening make of them what searching needs."""

from abc import abstractmethod
from pathlib import Path

import numpy as np

from lookalike.engines.base import Engine, Rows, map_vectors, save_vectors


class Stored(Engine):
    """The vectors in NumPy's format are the whole index; `_hold` says what is made of them."""

    file_name = "index.npy"

    def _build(self, rows: Rows) -> None:
        self._hold(rows.copy())

    def vectors(self) -> np.ndarray:
        return self._vectors

    def _save(self, path: Path) -> None:
        save_vectors(self._vectors, path)

    def _load(self, path: Path) -> None:
        self._hold(map_vectors(path, self.count, self.dimension))

    @abstractmethod
    def _hold(self, vectors: np.ndarray) -> None:
        """Keep (n, d) vectors as `_vectors`, and beside them what `_search` needs."""
