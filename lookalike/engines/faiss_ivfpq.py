"""IVF over product-quantized vectors, in FAISS: few lists are searched, in short codes.

Jégou, Douze and Schmid 2011, https://doi.org/10.1109/TPAMI.2010.57. A code says how its vector
differs from its list's centre. Codes of the vectors themselves, as in pq.py, would be compared more
than twice as fast, but tell members of a tight bunch apart much worse: of the embedded Siamese
vectors' neighbours they find 0.66, these 0.85.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import faiss
import numpy as np

from lookalike.engines import faiss_library
from lookalike.engines.base import Params, Rows
from lookalike.engines.faiss_library import FaissEngine, padded, padded_width
from lookalike.engines.rescoring import Rescoring


@dataclass(frozen=True)
class FaissIVFPQParams(Params):
    """How many lists there are, how much of a vector is kept, and how much is looked at."""

    nlist: int = 0  # lists; 0: 2 sqrt(n); fewer when n is small
    subspace: int = 2  # dimensions per 4-bit code; 2: a sixteenth of float32, 4: a 32nd
    nprobe: int = 16  # lists searched per query; more: slower, and worse where codes mislead
    rescore: int = 100  # nearest codes whose vectors are compared; more: better recall, slower
    seed: int = 20  # of k-means

    search = ("nprobe", "rescore")
    lowest: ClassVar = {"nlist": 0, "seed": 0}


class FaissIVFPQ(FaissEngine, Rescoring):
    """Codes of the nearest lists make the short list."""

    name = "faiss-ivfpq"
    params_type = FaissIVFPQParams

    def _tune(self) -> None:
        self._search_params = faiss.SearchParametersIVF(nprobe=self.params.nprobe)

    def _compress(self, rows: Rows) -> None:
        nlist = faiss_library.lists(self.params.nlist, self.count)
        width = padded_width(self.dimension, self.params.subspace)
        codes = width // self.params.subspace
        quantizer = faiss.IndexFlatL2(width)
        index = faiss.IndexIVFPQFastScan(quantizer, width, nlist, codes, faiss_library.CODE_BITS)
        index.by_residual = True
        with faiss_library.one_thread():
            faiss_library.train_lists(index, rows, self.params.seed)
            for block in rows.blocks():
                index.add(padded(block, width))
        self._index = index

    def _short_lists(self, queries: np.ndarray, size: int) -> np.ndarray:
        padded_queries = padded(queries, self._index.d)
        return faiss_library.search(self._index, padded_queries, size, self._search_params)[0]

    def _load(self, path: Path) -> None:
        width = padded_width(self.dimension, self.params.subspace)
        self._index = faiss_library.load(path, faiss.IndexIVFPQFastScan, width, self.count)
