"""What a nearest-neighbour engine is: vectors in, ids and distances of the nearest out.

One meaning of distance, everywhere: smaller is nearer; cosine distance is 1 - cos, in [0, 2];
Euclidean distance is not squared.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from tokenize import TokenError
from typing import Any, ClassVar, NamedTuple

import numpy as np

from lookalike.distance import Metric, normalise
from lookalike.errors import IndexFileError, LookalikeError
from lookalike.storage.files import replacing

VECTORS = "vectors.npy"  # beside the index of an engine that compresses
FLOAT32 = np.dtype(np.float32)
LONGEST = 1e18  # a vector's length: float32 still holds the squared distance between two of them
LONGEST_SQUARED = LONGEST**2
BLOCK = 1024  # vectors prepared at a time: more only take more room


class Neighbours(NamedTuple):
    """The k nearest of each query, nearest first."""

    ids: np.ndarray  # (m, k) int64, each in [0, n) and unique in its row
    distances: np.ndarray  # (m, k) float32, each row ascending


@dataclass(frozen=True)
class Params:
    """An engine's parameters, all whole numbers. Subclasses add fields; saved in meta.json."""

    search: ClassVar[tuple[str, ...]] = ()  # those that may change once the index is built
    lowest: ClassVar[dict[str, int]] = {}  # of the values; 1 unless named

    @classmethod
    def read(cls, values: dict[str, Any]) -> "Params":
        """Build from a mapping.

        Raises:
            LookalikeError: a key is not a parameter of this engine, or its value cannot be one.
        """
        known = [field.name for field in fields(cls)]
        for key, value in values.items():
            if key not in known:
                raise LookalikeError(
                    f"The engine has no parameter called {key!r}.",
                    f"Use {', '.join(known) or 'none'}.",
                )
            if type(value) is not int or value < cls.lowest.get(key, 1):
                raise LookalikeError(
                    f"The engine's parameter {key!r} cannot be {value!r}.",
                    f"Use a whole number of at least {cls.lowest.get(key, 1)}.",
                )
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """As saved in meta.json."""
        return asdict(self)


class Rows:
    """The vectors that an engine is built from, prepared as they are read.

    So that no second copy of all of them is made: a million are half a gigabyte.
    """

    def __init__(self, vectors: np.ndarray, metric: Metric) -> None:
        self._vectors = vectors
        self._metric = metric
        self.shape = vectors.shape

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        """(r, d) contiguous float32, of length 1 when the metric is cosine; only to be read."""
        return prepared(self._vectors[rows], self._metric)

    def blocks(self, size: int = BLOCK) -> Iterator[np.ndarray]:
        """All rows in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]

    def sample(self, size: int, seed: int) -> np.ndarray:
        """(min(size, n), d): rows drawn without replacement, in order."""
        generator = np.random.default_rng(seed)
        return self[np.sort(generator.choice(len(self), min(size, len(self)), replace=False))]

    def copy(self) -> np.ndarray:
        """(n, d): all rows, in an array of their own."""
        whole = np.empty(self.shape, np.float32)
        for start, block in zip(range(0, len(self), BLOCK), self.blocks(), strict=True):
            whole[start : start + BLOCK] = block
        return whole


def prepared(vectors: np.ndarray, metric: Metric) -> np.ndarray:
    """Contiguous float32 rows, of length 1 when the metric is cosine.

    Raises:
        ValueError: a value is not finite, or a vector is longer than `LONGEST`.
    """
    vectors = np.asarray(vectors)  # a mapped file is not enough for FAISS beside PyTorch
    if vectors.dtype != FLOAT32 or not vectors.flags.c_contiguous:
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below
            vectors = np.ascontiguousarray(vectors, np.float32)
    if len(vectors) == 1:  # one query: this is called between it and the fastest of engines
        return _prepared_one(vectors, metric)
    if not (np.einsum("ij,ij->i", vectors, vectors) <= LONGEST_SQUARED).all():
        raise ValueError(f"vectors must be finite and not longer than {LONGEST:g}")
    return normalise(vectors) if metric == "cosine" else vectors


def _prepared_one(vectors: np.ndarray, metric: Metric) -> np.ndarray:
    squared = float(np.vdot(vectors, vectors))
    if not squared <= LONGEST_SQUARED:  # so are infinity and what is not a number
        raise ValueError(f"vectors must be finite and not longer than {LONGEST:g}")
    if metric != "cosine" or abs(squared - 1) < 1e-6:
        return vectors
    return vectors / math.sqrt(squared) if squared > 1e-24 else normalise(vectors)


class Engine(ABC):
    """One way to find near vectors. Searching is thread-safe after build or load."""

    name: str
    file_name: str  # the index itself
    keeps_vectors = False  # whether VECTORS is saved too: an engine that compresses re-scores by it
    params_type: type[Params] = Params

    def __init__(self, **params: Any) -> None:
        self.params: Any = self.params_type.read(params)
        self.metric: Metric = "cosine"
        self.dimension = 0
        self.count = 0
        self._tune()

    @property
    @abstractmethod
    def version(self) -> str:
        """Name and version of the library underneath."""

    @property
    def file_names(self) -> tuple[str, ...]:
        """What save writes into the folder."""
        return (self.file_name, VECTORS) if self.keeps_vectors else (self.file_name,)

    def retune(self, **params: Any) -> None:
        """Change parameters that only searching reads (`Params.search`).

        Raises:
            LookalikeError: one of them is unknown, or fixed once the index is built.
        """
        self.params.read(params)
        for name in params:
            if name not in self.params.search:
                raise LookalikeError(
                    f"{name!r} of the engine {self.name} is fixed once the index is built.",
                    f"Build another index, or change {' or '.join(self.params.search) or 'none'}.",
                )
        self.params = replace(self.params, **params)
        self._tune()

    def build(self, vectors: np.ndarray, metric: Metric) -> None:
        """Index (n, d) float32 vectors, n >= 1; the caller's array is left as it was.

        Raises:
            ValueError: the array has another shape, is empty, or holds a value that is not finite.
        """
        if vectors.ndim != 2 or not vectors.size:
            raise ValueError(f"vectors must have shape (n, d), but got {vectors.shape}")
        rows = Rows(vectors, metric)
        for _ in rows.blocks():  # refused before anything is built
            pass
        self.metric, (self.count, self.dimension) = metric, vectors.shape
        self._build(rows)

    def search(self, queries: np.ndarray, k: int) -> Neighbours:
        """The k nearest of each query; k > n gives n.

        Args:
            queries: (m, d) float32.
            k: at least 1.

        Raises:
            ValueError: the queries have another dimension or a value that is not finite, or k is
                below 1.
        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise ValueError(
                f"queries must have shape (m, {self.dimension}), but got {queries.shape}"
            )
        if k < 1:
            raise ValueError(f"k must be at least 1, but got {k}")
        return self._search(prepared(queries, self.metric), min(k, self.count))

    def save(self, folder: Path) -> None:
        """Write `file_names` into an existing folder; each whole or not at all.

        Raises:
            StorageError: the disk refused.
        """
        with replacing(folder / self.file_name) as beside:
            self._save(beside)
        if self.keeps_vectors:
            with replacing(folder / VECTORS) as beside:
                save_vectors(self.vectors(), beside)

    def load(self, folder: Path, metric: Metric, dimension: int, count: int) -> None:
        """Read `file_names`; what they do not say about themselves comes from meta.json.

        Their sha256 is for the caller to check: libraries trust what they read.

        Raises:
            IndexFileError: the file is missing, damaged, or holds other vectors.
        """
        self.metric, self.dimension, self.count = metric, dimension, count
        try:
            if self.keeps_vectors:
                self._vectors = map_vectors(folder / VECTORS, self.count, self.dimension)
            self._load(folder / self.file_name)
        except (OSError, EOFError, ValueError) as error:
            raise IndexFileError(
                f"An index file of the engine {self.name} is missing or damaged.",
                "Rebuild it with `python -m lookalike index build`.",
            ) from error

    @abstractmethod
    def vectors(self) -> np.ndarray:
        """What was indexed, (n, d) float32 by id; of length 1 when the metric is cosine."""

    def _tune(self) -> None:  # noqa: B027 - few engines need it
        """Prepare what searching makes of `params`; called whenever they change."""

    @abstractmethod
    def _build(self, rows: Rows) -> None:
        """Index the rows; keep none of them, since they may be the caller's own."""

    @abstractmethod
    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        """The k <= n nearest of (m, d) queries, prepared as the vectors are."""

    @abstractmethod
    def _save(self, path: Path) -> None:
        """Write the index itself into one file, whatever its name."""

    @abstractmethod
    def _load(self, path: Path) -> None:
        """Read it; OSError or ValueError when it does not hold `count` x `dimension`."""


def save_vectors(vectors: np.ndarray, path: Path) -> None:
    """Write (n, d) float32 vectors in NumPy's format."""
    with path.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)


def map_vectors(path: Path, count: int, dimension: int) -> np.ndarray:
    """The vectors of a file, memory-mapped and read-only; ValueError when it holds others."""
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except TokenError as error:  # NumPy reads the header as Python
        raise ValueError(f"{path.name} cannot be read") from error
    if vectors.shape != (count, dimension) or vectors.dtype != np.float32:
        raise ValueError(f"{path.name} holds {vectors.dtype} of shape {vectors.shape}")
    return vectors.view(np.ndarray)  # whose rows are taken sooner than np.memmap's
