"""IVF in FAISS: vectors in the lists of their nearest k-means centres; a few lists are searched.

Sivic and Zisserman 2003, https://doi.org/10.1109/ICCV.2003.1238663
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
class FaissIVFParams(Params):
    """How many lists there are, and how many are searched."""

    nlist: int = 0  # lists; 0: 2 sqrt(n); fewer when n is small
    nprobe: int = 24  # lists searched per query; more: better recall, slower
    seed: int = 20  # of k-means

    search = ("nprobe",)
    lowest: ClassVar = {"nlist": 0, "seed": 0}


class FaissIVF(FaissEngine):
    """A query is compared with the vectors of the lists whose centres are nearest."""

    name = "faiss-ivf"
    params_type = FaissIVFParams

    def _tune(self) -> None:
        self._search_params = faiss.SearchParametersIVF(nprobe=self.params.nprobe)

    def _build(self, rows: Rows) -> None:
        nlist = faiss_library.lists(self.params.nlist, self.count)
        quantizer = faiss.IndexFlatL2(self.dimension)
        index = faiss.IndexIVFFlat(quantizer, self.dimension, nlist)
        with faiss_library.one_thread():
            faiss_library.train_lists(index, rows, self.params.seed)
            for block in rows.blocks():
                index.add(block)
        self._index = index

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids, squared = faiss_library.search(self._index, queries, k, self._search_params)
        # Fewer than k are found where the lists searched hold no more.
        faiss_library.complete(ids, squared, queries, self.vectors)
        return Neighbours(ids, to_distances(squared, self.metric))

    def vectors(self) -> np.ndarray:
        return faiss_library.listed_vectors(self._index)

    def _load(self, path: Path) -> None:
        self._index = faiss_library.load(path, faiss.IndexIVFFlat, self.dimension, self.count)
