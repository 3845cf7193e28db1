"""Exact search by comparing with every vector, block by block."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.engines.base import Engine, Neighbours, Params, map_vectors, save_vectors


@dataclass(frozen=True)
class ExactParams(Params):
    """How exact search walks through the vectors."""

    block: int = 65536  # vectors compared at a time; bounds the memory to (m + d) x block floats


class Exact(Engine):
    """Every vector is compared; the answer that the other engines are judged by."""

    name = "exact"
    summary = "small galleries, and the truth to measure others by"
    file_name = "index.npy"
    params_type = ExactParams

    @property
    def version(self) -> str:
        return f"numpy {np.__version__}"

    def _build(self, vectors: np.ndarray) -> None:
        self._vectors = vectors.copy()

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids = np.empty((len(queries), 0), np.int64)
        distances = np.empty((len(queries), 0), np.float32)
        for start in range(0, self.count, self.params.block):
            block = self._vectors[start : start + self.params.block]
            found = np.broadcast_to(
                np.arange(start, start + len(block)), (len(queries), len(block))
            )
            ids, distances = _nearest(
                np.concatenate([ids, found], axis=1),
                np.concatenate([distances, self._distances(queries, block)], axis=1),
                k,
            )
        return Neighbours(ids, distances)

    def _distances(self, queries: np.ndarray, block: np.ndarray) -> np.ndarray:
        if self.metric == "cosine":
            return np.clip(1 - queries @ block.T, 0, 2)
        distances = np.empty((len(queries), len(block)), np.float32)
        for row, query in enumerate(queries):
            # Not |q|^2 - 2qx + |x|^2, which in float32 leaves nothing of a small distance.
            distances[row] = np.linalg.norm(block - query, axis=1)
        return distances

    def vectors(self) -> np.ndarray:
        return self._vectors

    def _save(self, path: Path) -> None:
        save_vectors(self._vectors, path)

    def _load(self, path: Path) -> None:
        self._vectors = map_vectors(path, self.count, self.dimension)


def _nearest(ids: np.ndarray, distances: np.ndarray, k: int) -> Neighbours:
    """The k smallest of each row, ascending; equal distances by id, so that runs repeat."""
    k = min(k, ids.shape[1])
    part = np.argpartition(distances, k - 1, axis=1)[:, :k]
    ids, distances = np.take_along_axis(ids, part, 1), np.take_along_axis(distances, part, 1)
    order = np.lexsort((ids, distances), axis=1)
    return Neighbours(np.take_along_axis(ids, order, 1), np.take_along_axis(distances, order, 1))
