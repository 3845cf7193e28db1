"""Locality-sensitive hashing: on which side of random hyperplanes a vector lies, bit by bit.

Charikar 2002, https://doi.org/10.1145/509907.509965. A bit tells two vectors apart when a
hyperplane goes between them, so hyperplanes must go through the vectors. Those through the origin
go past what lies to one side of it, as pixels, histograms and activations do, none of which is
negative. On Fashion-MNIST's 60,000 x 784 pixels, recall@10 of the codes alone:

    0.0002  784 bits, signs of the pixels (the "LSH" of FAISS's index_factory): every image has
            the same code, and ten of 60,000 items are drawn blindly
    0.36    784 random hyperplanes through the origin
    0.53    784 random hyperplanes through the mean
    0.58    1024 of them: 128 bytes per vector, a 24th of its size
    0.99    these, with the nearest 200 re-scored: the default, about ten times as fast as exact
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import faiss
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from lookalike.engines import faiss_library
from lookalike.engines.base import Params, Rows
from lookalike.engines.rescoring import Rescoring


@dataclass(frozen=True)
class LSHParams(Params):
    """How many hyperplanes, and how much is looked at again."""

    bits: int = 1024  # hyperplanes; rounded up to whole bytes; more: better short lists, slower
    rescore: int = 200  # nearest codes whose vectors are compared; more: better recall, slower
    seed: int = 20  # of the hyperplanes

    search = ("rescore",)
    lowest: ClassVar = {"seed": 0}


class LSH(Rescoring):
    """A query is compared with the codes of all vectors, and with the vectors of the nearest."""

    name = "lsh"
    file_name = "index.safetensors"
    params_type = LSHParams

    @property
    def version(self) -> str:
        return faiss_library.VERSION

    def _compress(self, rows: Rows) -> None:
        total = sum(block.sum(axis=0, dtype=np.float64) for block in rows.blocks())
        self._centre = (total / self.count).astype(np.float32)
        bits = -(-self.params.bits // 8) * 8
        generator = np.random.default_rng(self.params.seed)
        self._planes = generator.standard_normal((self.dimension, bits), np.float32)
        self._hold(np.concatenate([self._encode(block) for block in rows.blocks()]))

    def _encode(self, vectors: np.ndarray) -> np.ndarray:
        """(n, bits / 8) uint8."""
        return np.packbits((vectors - self._centre) @ self._planes > 0, axis=1)

    def _hold(self, codes: np.ndarray) -> None:
        self._index = faiss.IndexBinaryFlat(8 * codes.shape[1])
        self._index.add(codes)

    def _short_lists(self, queries: np.ndarray, size: int) -> np.ndarray:
        return self._index.search(self._encode(queries), size)[1]

    def _save(self, path: Path) -> None:
        codes = faiss.vector_to_array(self._index.xb).reshape(self.count, -1)
        arrays = {"codes": codes, "centre": self._centre, "planes": self._planes}
        try:
            save_file(arrays, path)
        except SafetensorError as error:
            raise OSError(str(error)) from error

    def _load(self, path: Path) -> None:
        try:
            arrays = load_file(path)
            codes, planes = arrays["codes"], arrays["planes"]
            self._centre = arrays["centre"]
        except (SafetensorError, KeyError) as error:
            raise ValueError(f"{path.name} cannot be read") from error
        if planes.shape != (self.dimension, 8 * codes.shape[1]) or len(codes) != self.count:
            raise ValueError(f"{path.name} holds other codes")
        self._planes = planes
        self._hold(codes)
