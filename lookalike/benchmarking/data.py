"""What is measured on: vectors to index, and queries that are not among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.distance import Metric
from lookalike.encoders import registry as encoders
from lookalike.engines.base import Neighbours
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import open_gallery
from lookalike.galleries.sources import fashion_mnist
from lookalike.search import searcher
from lookalike.settings import settings

PIXELS = "pixels"
FASHION_MNIST = fashion_mnist.FashionMnist.name  # the gallery whose pixels are a space
QUERIES = 1000
BLOCK = 10_000  # synthetic vectors made at a time
CLUSTERS = 100
SEED = 0


@dataclass(frozen=True)
class Dataset:
    """Vectors and queries; smaller distances are nearer."""

    name: str
    metric: Metric
    vectors: np.ndarray  # (n, d) float32
    queries: np.ndarray  # (m, d) float32

    def save(self, folder: Path) -> None:
        """Write both as .npy, for `open_saved` in another process."""
        np.save(folder / "vectors.npy", self.vectors)
        np.save(folder / "queries.npy", self.queries)


def open_saved(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """A saved dataset's vectors, memory-mapped, and its queries."""
    return np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "queries.npy")


def save_truth(truth: Neighbours, folder: Path) -> None:
    """Write the true neighbours beside a saved dataset."""
    np.savez(folder / "truth.npz", ids=truth.ids, distances=truth.distances)


def open_truth(folder: Path) -> Neighbours:
    """What `save_truth` wrote."""
    with np.load(folder / "truth.npz") as saved:
        return Neighbours(saved["ids"], saved["distances"])


def load(gallery: str, space: str, size: str, queries: int | None) -> Dataset:
    """A gallery's vectors, and queries, in one space.

    The queries are the held-out images. Where there are none, some items are taken from among the
    vectors, at most one in ten.

    Args:
        gallery: its name.
        space: "pixels" (Fashion-MNIST only), or a method whose index of the gallery is there.
        size: how many items, or "full".
        queries: how many; QUERIES, or what there is, unless given.

    Raises:
        LookalikeError: one of them cannot be had.
    """
    if space == PIXELS:
        return _pixels(gallery, size, queries)
    return _encoded(gallery, space, size, queries)


def usual_gallery(space: str) -> str:
    """The gallery that is meant where none is named: the setting's, if it has the space."""
    return FASHION_MNIST if space == PIXELS else settings().gallery


def _pixels(gallery: str, size: str, queries: int | None) -> Dataset:
    """ann-benchmarks' fashion-mnist-784-euclidean when it is full: training split, test split."""
    if gallery != FASHION_MNIST:
        open_gallery(gallery)  # one that there is not has a clearer error
        spaces = ", ".join(encoders.defaults())
        raise LookalikeError(
            f"The gallery {gallery!r} has no space of pixels.",
            f"Use the gallery {FASHION_MNIST}, or one of {spaces} as the space.",
        )
    items, asked = (_flat(fashion_mnist.read(split)[0]) for split in ("train", "test"))
    count = _count(size, len(items))
    name = f"fashion-mnist-{items.shape[1]}-euclidean"
    name = name if count == len(items) else f"{name}-{count}"
    return Dataset(name, "euclidean", items[:count], asked[: _asked(queries, len(asked))])


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32)


def _encoded(gallery: str, method: str, size: str, queries: int | None) -> Dataset:
    answerer = searcher(gallery)
    encoder, index = answerer.load(method)
    items = index.vectors()[answerer.gallery.live]
    if (answerer.gallery.folder / "queries.parquet").exists():
        held_out = answerer.gallery.queries()
        photos = [held_out[at].photo() for at in range(_asked(queries, len(held_out)))]
        asked = index.prepare(encoder.encode(photos))
    else:
        asked, items = _taken(items, queries)
    items = items[: _count(size, len(items))]
    name = f"{gallery}-{method}-{len(items)}-{items.shape[1]}-{encoder.spec.metric}"
    return Dataset(name, encoder.spec.metric, items, asked)


def _taken(items: np.ndarray, queries: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Random items as queries, and the others; the same ones every time."""
    chosen = np.zeros(len(items), bool)
    count = _asked(queries, len(items) // 10)
    chosen[np.random.default_rng(SEED).permutation(len(items))[:count]] = True
    return items[chosen], items[~chosen]


def _count(size: str, there: int) -> int:
    if size == "full":
        return there
    if not (size.isascii() and size.isdigit()) or not 1 <= int(size) <= there:
        raise LookalikeError(f"{size!r} is not a size.", f"Give full, or a number up to {there}.")
    return int(size)


def _asked(queries: int | None, there: int) -> int:
    wanted = min(QUERIES, there) if queries is None else queries
    if not there:
        raise LookalikeError("The gallery is too small to ask anything.", "Use a larger one.")
    if not 1 <= wanted <= there:
        raise LookalikeError(f"There are no {wanted} queries.", f"Ask for 1 to {there} queries.")
    return wanted


def synthetic(folder: Path, count: int, queries: int, dimension: int) -> None:
    """Save float32 vectors and queries of the same kind, block by block, for `open_saved`.

    They lie around CLUSTERS centres, with variances that fall as 1 / (1 + axis), as those of
    encoders do: a few directions hold most of it. A longer file begins with the shorter one.
    """
    np.save(folder / "queries.npy", _draw(np.random.default_rng([SEED, 1]), queries, dimension))
    shape = (count, dimension)
    file = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, shape)
    for start, block in _blocks(count, dimension):
        file[start : start + len(block)] = block
    file.flush()


def _blocks(count: int, dimension: int) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, count, BLOCK):
        generator = np.random.default_rng([SEED, 2, start])
        yield start, _draw(generator, BLOCK, dimension)[: count - start]


def _draw(generator: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    spread = (1 + np.arange(dimension, dtype=np.float32)) ** -0.5
    centres = np.random.default_rng([SEED, 0]).normal(size=(CLUSTERS, dimension))
    around = centres[generator.integers(CLUSTERS, size=count)] * spread
    noise = generator.standard_normal((count, dimension), np.float32) * spread
    return (around + noise).astype(np.float32)
