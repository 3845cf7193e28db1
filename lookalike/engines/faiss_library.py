"""What the engines on FAISS share. https://github.com/facebookresearch/faiss"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import SEEK_END
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from lookalike.engines.base import Engine, Rows
from lookalike.engines.brute_force import scan, squared_lengths

VERSION = f"faiss {faiss.__version__}"

CODE_BITS = 4
POINTS = 8192  # rows that k-means sees at least, where there are as many

# Behind each file: mapping the lists of an IVF index, FAISS 1.15 misses that the last bytes lack.
END = b"the end\n"


class FaissEngine(Engine):
    """An engine whose one file is an index of FAISS's, `_index`."""

    file_name = "index.faiss"
    _index: Any

    @property
    def version(self) -> str:
        return VERSION

    def _save(self, path: Path) -> None:
        save(self._index, path)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread in this block, and in this thread of the program only.

    With several the order of sums and of insertions varies, and so would the file.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def search(index: Any, queries: np.ndarray, k: int, params: Any = None) -> tuple[Any, Any]:
    """`index.search` without its wrapper's checks, which `Engine.search` has made.

    Args:
        queries: (m, d) contiguous float32.
        params: the library's search parameters, or None.

    Returns:
        (m, k) int64 ids, and (m, k) float32 scores as the index gives them.
    """
    ids = np.empty((len(queries), k), np.int64)
    scores = np.empty((len(queries), k), np.float32)
    index.search_c(
        len(queries),
        faiss.swig_ptr(queries),
        k,
        faiss.swig_ptr(scores),
        faiss.swig_ptr(ids),
        params,
    )
    return ids, scores


def complete(
    ids: np.ndarray, squared: np.ndarray, queries: np.ndarray, vectors: Callable[[], np.ndarray]
) -> None:
    """Put exact answers where an index found fewer than k, which it fills up with -1.

    Args:
        ids: (m, k) int64, written to.
        squared: (m, k) float32 squared Euclidean distances, written to.
        vectors: what gives all of the index's vectors, (n, d) by id.
    """
    if len(ids) == 1 and ids.item(-1) >= 0:  # a single query, in no time
        return
    short = ids[:, -1] < 0
    if short.any():
        held = vectors()
        ids[short], squared[short] = scan(queries[short], held, ids.shape[1], squared_lengths(held))


def save(index: Any, path: Path) -> None:
    """Write an index; OSError when the disk refuses."""
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(str(error)) from error
    with path.open("ab") as file:
        file.write(END)


def load(path: Path, kind: Any, dimension: int, count: int) -> Any:
    """Read an index, mapped into memory where FAISS can.

    Raises:
        ValueError: the file is missing or damaged, or holds another index.
    """
    with path.open("rb") as file:
        file.seek(-len(END), SEEK_END)
        if file.read() != END:
            raise ValueError(f"{path.name} has no end")
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (RuntimeError, MemoryError) as error:  # a damaged size may be huge
        raise ValueError(f"{path.name} cannot be read") from error
    if not isinstance(index, kind) or (index.d, index.ntotal) != (dimension, count):
        raise ValueError(f"{path.name} holds other vectors")
    return index


class _Memory:
    """What an array of FAISS's memory holds on to: the index that the memory belongs to."""

    def __init__(self, memory: np.ndarray, owner: Any) -> None:
        self.owner = owner
        self.__array_interface__ = memory.__array_interface__


def flat_vectors(storage: Any, owner: Any) -> np.ndarray:
    """What a flat index holds, (n, d) float32: its own memory, read-only.

    Args:
        owner: the index that goes when nobody holds it any more, and the memory with it.
    """
    flat = faiss.rev_swig_ptr(storage.get_xb(), storage.ntotal * storage.d)
    vectors = np.asarray(_Memory(flat.reshape(storage.ntotal, storage.d), owner))
    vectors.flags.writeable = False
    return vectors


def listed_vectors(index: Any) -> np.ndarray:
    """What an IndexIVFFlat holds, (n, d) float32 by id: a copy, list by list."""
    vectors = np.empty((index.ntotal, index.d), np.float32)
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        if not size:
            continue
        ids = faiss.rev_swig_ptr(index.invlists.get_ids(number), size)
        codes = faiss.rev_swig_ptr(index.invlists.get_codes(number), size * index.code_size)
        vectors[ids] = codes.view(np.float32).reshape(size, index.d)
    return vectors


def lists(wanted: int, count: int) -> int:
    """How many lists `count` vectors go into: no more than leave k-means 16 of them for each."""
    return max(1, min(wanted or round(2 * count**0.5), count // 16))


def train_lists(index: Any, rows: Rows, seed: int) -> None:
    """Find the centres of an IVF index's lists, and what its codes need, on a sample of rows."""
    index.cp.seed = seed
    index.cp.min_points_per_centroid = 1  # so that FAISS does not warn
    size = max(64 * index.nlist, POINTS)
    index.cp.max_points_per_centroid = -(-size // index.nlist)
    sample = padded(rows.sample(size, seed), index.d)
    if hasattr(index, "pq"):
        _quiet(index.pq, seed)
        sample = _at_least(sample, 2**CODE_BITS)
    index.train(sample)


def train_codes(index: Any, quantizers: list[Any], rows: Rows, seed: int) -> None:
    """Find what an index's product quantizers need on a sample of rows."""
    for quantizer in quantizers:
        _quiet(quantizer, seed)
    # Of fewer rows than dimensions, FAISS 1.15's OPQ writes past the end of its memory.
    least = max(2**CODE_BITS, index.d)
    index.train(_at_least(padded(rows.sample(POINTS, seed), index.d), least))


def _quiet(pq: Any, seed: int) -> None:
    pq.cp.seed = seed
    pq.cp.min_points_per_centroid = 1


def _at_least(sample: np.ndarray, size: int) -> np.ndarray:
    """Rows over again where there are fewer, since k-means refuses less than a row per centre."""
    return sample if len(sample) >= size else np.resize(sample, (size, sample.shape[1]))


def padded_width(dimension: int, subspace: int) -> int:
    """The dimension that `padded` brings vectors to, so that subspaces part them evenly."""
    return -(-dimension // subspace) * subspace


def padded(vectors: np.ndarray, width: int) -> np.ndarray:
    """(n, width): zeros behind each row, which change no distance."""
    missing = width - vectors.shape[1]
    return vectors if not missing else np.pad(vectors, ((0, 0), (0, missing)))
