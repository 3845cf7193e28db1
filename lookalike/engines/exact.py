"""Exact search by comparing with every vector, block by block."""

from dataclasses import dataclass

import numpy as np

from lookalike.engines.base import Neighbours, Params
from lookalike.engines.brute_force import scan, squared_lengths, to_distances
from lookalike.engines.stored import Stored


@dataclass(frozen=True)
class ExactParams(Params):
    """How exact search walks through the vectors."""

    block: int = 16384  # vectors compared at a time; bounds the memory


class Exact(Stored):
    """Every vector is compared; the answer that the other engines are judged by."""

    name = "exact"
    params_type = ExactParams

    @property
    def version(self) -> str:
        return f"numpy {np.__version__}"

    def _hold(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self._lengths = squared_lengths(vectors)

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids, squared = scan(queries, self._vectors, k, self._lengths, self.params.block)
        return Neighbours(ids, to_distances(squared, self.metric))
