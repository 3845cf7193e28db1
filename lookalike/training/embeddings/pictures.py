"""The pictures that the embedded weights learn from, decoded once and kept in LOOKALIKE_HOME.

Four sets: Caltech-101, Fashion Product Images and Tiny ImageNet from the Parquet shards in
`sources.data_folder`, and Fashion-MNIST's training split. Of the first three a fifth, chosen by a
hash of the name, is held out: it is what the weights are judged on. A share of the rest is the
validation share, by which settings are chosen and training is stopped. A recipe may leave a fifth
of the kinds out too: how well a network tells those is what a visitor's photo asks of it.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.galleries.sources import fashion_mnist
from lookalike.galleries.splits import held_out
from lookalike.photos import Photo
from lookalike.settings import settings
from lookalike.storage.files import replacing

SIDE = 80  # of the pictures that are kept, pixels
# Where another one serves better: crops of 160 pixels still fill a network's 96, and Tiny ImageNet
# has no more than 64.
SIDES = {"caltech101": 160, "fashion-products": 128, "tiny-imagenet": 64, "drawings": 128}
VALIDATION = 0.08  # share of what is not held out
SETS = ("caltech101", "fashion-products", "fashion-mnist", "tiny-imagenet", "drawings")
KINDS = ("caltech101", "tiny-imagenet")  # sets of which a recipe may leave kinds out


@dataclass(frozen=True)
class PictureSet:
    """One labelled set, or a part of one."""

    name: str
    pixels: np.ndarray  # (n, side, side, 1 or 3) uint8, fitted as `photos.square` fits a query
    names: list[str]
    labels: list[str]
    rows: np.ndarray  # (n,) positions in the whole set

    def __len__(self) -> int:
        return len(self.names)

    def part(self, kept: np.ndarray) -> "PictureSet":
        """The pictures at these positions, in this order."""
        return PictureSet(
            self.name,
            self.pixels[kept],
            [self.names[i] for i in kept],
            [self.labels[i] for i in kept],
            self.rows[kept],
        )


def left_out(one: PictureSet) -> np.ndarray:
    """Which pictures are of the fifth of the kinds that a recipe may leave out, (n,) bool.

    A hash of the kind's name decides; only the sets in `KINDS` have such kinds.
    """
    return np.array([one.name in KINDS and held_out(label) for label in one.labels], bool)


def of_left_out(one: PictureSet) -> PictureSet:
    """Its pictures of the kinds that a recipe may leave out."""
    return one.part(np.flatnonzero(left_out(one)))


def split_of(name: str) -> str:
    """ "held-out", "validation" or "train", by two independent parts of one hash."""
    if held_out(name):
        return "held-out"
    digest = hashlib.sha256(name.encode()).digest()
    return "validation" if int.from_bytes(digest[4:8], "big") / 2**32 < VALIDATION else "train"


def read(name: str, data: Path, split: str) -> PictureSet:
    """The pictures of one split of a set.

    Args:
        name: one of `SETS`.
        data: folder with caltech101/ and fashion-products/.
        split: "train", "validation", "held-out", or "rest": all but "held-out". Fashion-MNIST's
            training split has no held-out share: its test split is that.

    Raises:
        LookalikeError: the shards, or Fashion-MNIST, are not there.
    """
    whole = _fashion_mnist() if name == "fashion-mnist" else _shards(name, data)
    grey = name == "fashion-mnist"
    wanted = [_split_of_grey(n) if grey else split_of(n) for n in whole.names]
    found = np.array(wanted)
    return whole.part(np.flatnonzero(found != "held-out" if split == "rest" else found == split))


def _split_of_grey(name: str) -> str:
    share = split_of(name)
    return "train" if share == "held-out" else share


def shards(name: str, data: Path) -> list[Path]:
    """The Parquet files of a set.

    Raises:
        LookalikeError: there are none.
    """
    found = sorted((data / name).glob("*.parquet"))
    if not found:
        raise LookalikeError(
            f"There are no Parquet files of {name} in {str(data)!r}.",
            f"Put its shards into {str(data / name)!r}.",
        )
    return found


def read_names(name: str, data: Path) -> list[str]:
    """The names of a set's pictures, in the order of the shards."""
    tables = (pq.read_table(shard, columns=["name"]) for shard in shards(name, data))
    return [one for table in tables for one in table["name"].to_pylist()]


def decoded(name: str, data: Path) -> Iterator[Photo]:
    """The photos of a set as they are, one after the other."""
    for shard in shards(name, data):
        for image in pq.read_table(shard, columns=["image"])["image"].to_pylist():
            yield photos.load(image["bytes"])


def _shards(name: str, data: Path) -> PictureSet:
    rows = [
        row
        for shard in shards(name, data)
        for row in pq.read_table(shard, columns=["name", "label"]).to_pylist()
    ]
    side = SIDES.get(name, SIDE)
    pixels = _kept(f"{name}-{len(rows)}", len(rows), (side, 3), lambda: decoded(name, data))
    names, labels = [row["name"] for row in rows], [row["label"] for row in rows]
    return PictureSet(name, pixels, names, labels, np.arange(len(rows)))


def _fashion_mnist() -> PictureSet:
    greys, labels = fashion_mnist.read("train")
    names = [f"train/{position:05d}" for position in range(len(greys))]
    words = [fashion_mnist.CLASSES[label] for label in labels]

    def photographs() -> Iterator[Photo]:
        return (np.repeat(grey[..., None], 3, axis=2) for grey in greys)

    pixels = _kept("fashion-mnist", len(greys), (SIDE, 1), photographs)
    return PictureSet("fashion-mnist", pixels, names, words, np.arange(len(greys)))


def _kept(
    name: str, count: int, shape: tuple[int, int], source: Callable[[], Iterator[Photo]]
) -> np.ndarray:
    """The squares of a set, of this side and so many channels, from the cache or into it."""
    side, channels = shape
    file = settings().home / "cache" / f"{name}-{side}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.empty((count, side, side, channels), np.uint8)
        for row, photo in zip(pixels, source(), strict=True):
            row[:] = photos.square(photo, side)[..., :channels]
        with replacing(file) as beside, beside.open("wb") as out:
            np.save(out, pixels)
    return np.load(file, mmap_mode="r")


def labels_of(sets: Sequence[PictureSet]) -> list[str]:
    """Every class of the sets, ascending, as "set/label": the same word is two classes in two."""
    return sorted({f"{one.name}/{label}" for one in sets for label in one.labels})
