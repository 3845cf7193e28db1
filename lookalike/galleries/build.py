"""Make the shipped galleries from their data sets."""

import shutil
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lookalike import photos
from lookalike.errors import LookalikeError, unknown_name
from lookalike.galleries import fashion_mnist
from lookalike.galleries.gallery import Item
from lookalike.galleries.writer import (
    SHARD,
    make_folder,
    replace_folder,
    write_card,
    write_shard,
)
from lookalike.settings import settings

SEED = 20_17  # the year of Fashion-MNIST; chooses which images the small gallery holds
QUERIES = 1_000  # held-out images that travel with the gallery
NAMES = ["fashion-mnist"]


def build(name: str, size: str = "10000", output: Path | None = None) -> Path:
    """Build a gallery by name; where it was written.

    Args:
        name: one of NAMES.
        size: how many images, a multiple of the number of classes, or "full". The full gallery
            is called `<name>-full`, so that it stands beside the shipped one.
        output: folder to put it into; the user's galleries unless given.

    Raises:
        UnknownNameError: no such gallery can be built.
        LookalikeError: the size is not usable, or the data set cannot be read.
    """
    if name not in NAMES:
        raise unknown_name("gallery to build", name, NAMES)
    images, labels = fashion_mnist.read("train")
    chosen = np.arange(len(labels)) if size == "full" else _balanced(labels, _count(size))
    parent = output or settings().home / "galleries"
    final = parent / (f"{name}-full" if size == "full" else name)
    staged = parent / f".{final.name}.partial"
    shutil.rmtree(staged, ignore_errors=True)
    make_folder(staged)
    for start in tqdm(range(0, len(chosen), SHARD), desc="gallery", unit="shard"):
        part = chosen[start : start + SHARD]
        write_shard(staged / f"items-{start:08d}.parquet", _items("train", images, labels, part))
    held_out = _items("test", *fashion_mnist.read("test"), np.arange(QUERIES))
    write_shard(staged / "queries.parquet", held_out)
    write_card(staged, _card(final.name, len(chosen)))
    replace_folder(staged, final)
    return final


def _count(size: str) -> int:
    classes = len(fashion_mnist.CLASSES)
    if (
        not (size.isascii() and size.isdigit())
        or int(size) % classes
        or not 0 < int(size) <= 60_000
    ):
        raise LookalikeError(
            f"{size!r} is not a size for this gallery.",
            f"Give a multiple of {classes} up to 60000, or full.",
        )
    return int(size)


def _balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """Positions of count / classes random images of each class, in the data set's order."""
    generator = np.random.default_rng(SEED)
    each = count // len(fashion_mnist.CLASSES)
    of_class = (np.flatnonzero(labels == label) for label in range(len(fashion_mnist.CLASSES)))
    return np.sort(np.concatenate([generator.permutation(found)[:each] for found in of_class]))


def _items(split: str, images: np.ndarray, labels: np.ndarray, chosen: np.ndarray) -> list[Item]:
    return [
        Item(
            name=f"{split}-{position:05d}",
            label=fashion_mnist.CLASSES[labels[position]],
            image=photos.to_png(np.repeat(images[position][..., None], 3, axis=2)),
            metadata={"split": split, "position": int(position)},
        )
        for position in chosen
    ]


def _card(name: str, count: int) -> dict:
    return {
        "name": name,
        "title": "Fashion-MNIST" if count < 60_000 else "Fashion-MNIST, all 60,000",
        "description": f"{count:,} pictures of clothes, 28 x 28 grey pixels, ten classes. "
        "Items are from the training split; queries.parquet holds the first "
        f"{QUERIES:,} images of the test split, which nothing here is trained on.",
        "source": "https://github.com/zalandoresearch/fashion-mnist",
        "paper": "Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747",
        "licence": "MIT, (c) 2017 Zalando SE",
        "seed": SEED,
        "queries": QUERIES,
    }
