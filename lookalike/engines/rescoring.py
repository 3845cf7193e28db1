"""Engines that compress: short codes make a short list, the vectors themselves order it.

The codes are held in memory; the vectors lie in a second file that is mapped, of which a query
reads no more than its short list.
"""

from abc import abstractmethod

import numpy as np

from lookalike.engines.base import Engine, Neighbours, Rows
from lookalike.engines.brute_force import nearest, scan, squared_lengths, to_distances


class Rescoring(Engine):
    """`_search` by short lists. Its `params` have `rescore`, the length of a short list."""

    keeps_vectors = True

    def _build(self, rows: Rows) -> None:
        self._vectors = rows.copy()
        self._compress(rows)

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids = np.empty((len(queries), k), np.int64)
        squared = np.empty((len(queries), k), np.float32)
        size = min(max(self.params.rescore, k), self.count)
        for row, short_list in enumerate(self._short_lists(queries, size)):
            short_list = short_list[short_list >= 0]
            query = queries[row]
            if len(short_list) < k:
                ids[row], squared[row] = self._compare_all(query, k)
            else:
                ids[row], squared[row] = nearest(query, self._vectors, short_list, k)
        return Neighbours(ids, to_distances(squared, self.metric))

    def _compare_all(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        ids, squared = scan(query[None], self._vectors, k, squared_lengths(self._vectors))
        return ids[0], squared[0]

    def vectors(self) -> np.ndarray:
        return self._vectors

    @abstractmethod
    def _compress(self, rows: Rows) -> None:
        """Make codes of the rows."""

    @abstractmethod
    def _short_lists(self, queries: np.ndarray, size: int) -> np.ndarray:
        """(m, size) int64 ids whose codes are nearest; -1 where there are no more."""
