"""Fashion-MNIST: 70,000 grey pictures of clothes, 28 x 28 pixels, ten classes (MIT).

Xiao, Rasul and Vollgraf, 2017, https://arxiv.org/abs/1708.07747. It is read from Debian's package
`dataset-fashion-mnist` where that is installed, from the hub otherwise.
"""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lookalike import photos
from lookalike.errors import GalleryError
from lookalike.galleries.sources.data_set import DataSet, Entry, halves, positions, whole_number
from lookalike.galleries.sources.hub import load
from lookalike.galleries.sources.rows import Picture, Rows

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
HUB = "zalando-datasets/fashion_mnist"
REVISION = "559bbd4b365556b8e2dfd980b9f909a50ffa488c"

SEED = 20_17  # the year of Fashion-MNIST; chooses which images the small gallery holds
QUERIES = 1_000  # held-out images that travel with a gallery that is not full

Split = Literal["train", "test"]


def read(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of one split, in the order of the files.

    Args:
        split: "train" (60,000) or "test" (10,000).

    Returns:
        (n, 28, 28) uint8 greys, white on black, and (n,) int64 positions in `CLASSES`.

    Raises:
        GalleryError: neither the package's files nor the hub can be read.
    """
    files = _idx_files(DEBIAN, split)
    return _read_idx(files) if files else _from_hub(split)


def _idx_files(folder: Path, split: Split) -> list[Path]:
    """The split's images and labels as they were published, or nothing where one is missing."""
    stem = {"train": "train", "test": "t10k"}[split]
    files = [folder / f"{stem}-{kind}.gz" for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    return files if all(file.exists() for file in files) else []


def _read_idx(files: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    images, labels = (_idx(file) for file in files)
    return images, labels.astype(np.int64)


def _idx(path: Path) -> np.ndarray:
    """An array of unsigned bytes in the IDX format, http://yann.lecun.com/exdb/mnist/."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise GalleryError(
            f"{path} cannot be read.", "Run `apt-get install --reinstall dataset-fashion-mnist`."
        ) from error
    axes = data[3]
    shape = np.frombuffer(data, ">i4", axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _from_hub(split: Split) -> tuple[np.ndarray, np.ndarray]:
    try:
        rows = load(HUB, REVISION)[split]
        images = np.stack([np.asarray(image, np.uint8) for image in rows["image"]])
        return images, np.asarray(rows["label"], np.int64)
    except Exception as error:  # what talks to a network may raise anything
        raise GalleryError(
            f"Fashion-MNIST is not installed and could not be fetched ({type(error).__name__}).",
            "Run `apt-get install dataset-fashion-mnist`, connect to the network, or give "
            f"`gallery build` the files of {HUB} with --from.",
        ) from error


class Arrays(Rows):
    """Fashion-MNIST's two splits in memory: 55 MB."""

    def __init__(self, splits: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        self._images = np.concatenate([images for images, _ in splits.values()])
        self._labels = np.concatenate([labels for _, labels in splits.values()])
        self.splits = [name for name, (_, labels) in splits.items() for _ in labels]
        self.parts = {"Fashion-MNIST": {"label"}}
        self.stamp = self.origin = "the files as published"

    def values(self, column: str) -> list[str]:
        """The names of the classes; see `Rows.values`."""
        return [CLASSES[label] for label in self._labels]

    def file_names(self) -> list[str]:
        """None has one; see `Rows.file_names`."""
        return [""] * len(self)

    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The images as PNG; see `Rows.images`."""
        for row in rows:
            yield photos.to_png(np.repeat(self._images[row][..., None], 3, axis=2))


class FashionMnist(DataSet):
    """Fashion-MNIST; images of its test split are held out.

    The same images are chosen, named and stored alike wherever they were read, so that the shipped
    indexes fit a gallery that was built elsewhere.
    """

    name = "fashion-mnist"
    title = "Fashion-MNIST"
    about = "{count} pictures of clothes, 28 x 28 grey pixels, ten classes."
    licence = "MIT, (c) 2017 Zalando SE"
    source = "https://github.com/zalandoresearch/fashion-mnist"
    paper = "Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747"
    hub = HUB
    revision = REVISION
    own_split = "test"
    default_size = "10000"
    most_items = 60_000  # the train split
    size_step = len(CLASSES)

    def open(self, path: Path | None) -> Rows:
        """Debian's files or the hub's without a path; see `DataSet.open`."""
        if path is None:
            return Arrays({"train": read("train"), "test": read("test")})
        train, test = _idx_files(path, "train"), _idx_files(path, "test")
        if train and test:
            return Arrays({"train": _read_idx(train), "test": _read_idx(test)})
        return super().open(path)

    def canonical(self, label: str) -> str:
        """The class as it is called here; the hub writes T - shirt / top, or its number."""
        name = label.replace(" - ", "-").replace(" / ", "/")
        if name.isdecimal() and int(name) < len(CLASSES):
            return CLASSES[int(name)]
        if name not in CLASSES:
            raise GalleryError(
                f"Fashion-MNIST has no class called {label!r}.", f"Its data is that of {HUB}."
            )
        return name

    def item_names(self, rows: Rows, labels: list[str | None]) -> list[str]:
        """train-00000 and so on; see `DataSet.item_names`."""
        return [f"{split or 'row'}-{number:05d}" for split, number in positions(rows)]

    def metadata(self, rows: Rows) -> list[dict[str, Any]]:
        """Where each image stands in the data set."""
        return [{"split": split, "position": number} for split, number in positions(rows)]

    def choose(self, entries: list[Entry], size: str) -> list[Entry]:
        """Equally many of each class, at random, and the first of the test split."""
        if size == "full":
            return entries
        items, queries = halves(entries)
        wanted = whole_number(size, len(items), self.size_step)
        labels = np.array([CLASSES.index(item.label) for item in items])
        return [items[position] for position in _balanced(labels, wanted)] + queries[:QUERIES]

    def query_order(self, queries: list[Entry]) -> list[Entry]:
        """As they stand in the test split, where the classes are mixed."""
        return queries


def _balanced(labels: np.ndarray, count: int) -> np.ndarray:
    """Positions of count / classes random images of each class, in the data set's order."""
    generator = np.random.default_rng(SEED)
    each = count // len(CLASSES)
    of_class = (np.flatnonzero(labels == label) for label in range(len(CLASSES)))
    return np.sort(np.concatenate([generator.permutation(found)[:each] for found in of_class]))
