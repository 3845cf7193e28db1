"""A gallery: the images that are searched, as Parquet shards with a card.

    galleries/<name>/items-*.parquet    name, label, image {bytes, path}, metadata (JSON)
    galleries/<name>/queries.parquet    the held-out images, same columns; optional
    galleries/<name>/card.json          title, licence, counts, fingerprint

The columns are those that Hugging Face `datasets` reads. An item's id is its position.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike import photos
from lookalike.errors import GalleryError, one_of, unknown_name
from lookalike.photos import Photo
from lookalike.settings import settings

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
THUMBNAIL_SIDE = 224  # pixels; what a result card shows

SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("label", pa.string()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("metadata", pa.string()),
    ]
)
UNREADABLE = (OSError, ValueError, TypeError, KeyError, pa.ArrowException)  # what damage raises


@dataclass(frozen=True)
class Item:
    """One image as it is stored."""

    name: str  # unique in its gallery
    label: str  # "" when there is none
    image: bytes  # an encoded image file
    metadata: dict[str, Any] = field(default_factory=dict)

    def photo(self) -> Photo:
        """The decoded image, (h, w, 3) uint8 RGB."""
        return photos.load(self.image)


class Shards:
    """Parquet files read row group by row group, so that a large gallery stays on disk.

    Raises:
        GalleryError: a file is missing a column, cannot be read, or was replaced since.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._paths: list[Path] = []
        self._groups: list[tuple[Path, int]] = []
        self._versions: dict[Path, tuple[int, int]] = {}
        self._starts = [0]
        self.names: list[str] = []
        self.labels: list[str] = []
        for path in paths:
            self._add(path)
        # Row groups hold GROUP items; a page of results touches at most a few dozen.
        self._group = lru_cache(maxsize=64)(self._read_group)

    def _add(self, path: Path) -> None:
        try:
            self._versions[path] = _version(path)
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                _check_schema(path, file.schema_arrow)
                columns = file.read(["name", "label"])
                count = file.metadata.num_rows
                sizes = [
                    file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)
                ]
            names = columns["name"].to_pylist()
            labels = [label or "" for label in columns["label"].to_pylist()]
        except UNREADABLE as error:
            raise _damaged(path) from error
        if None in names or not sum(sizes) == len(names) == count:
            raise _damaged(path)
        self.names += names
        self.labels += labels
        self._paths.append(path)
        for group, size in enumerate(sizes):
            self._groups.append((path, group))
            self._starts.append(self._starts[-1] + size)

    def __len__(self) -> int:
        return len(self.names)

    def _read_group(self, group: int) -> list[Item]:
        path, number = self._groups[group]
        with self._open(path) as file:
            return [_item(row) for row in file.read_row_group(number).to_pylist()]

    @contextmanager
    def _open(self, path: Path) -> Iterator[pq.ParquetFile]:
        try:
            if _version(path) != self._versions[path]:
                # Its ids mean other items now.
                raise GalleryError(
                    f"The gallery {path.parent.name} has been built again.", "Ask again."
                )
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                yield file
        except UNREADABLE as error:
            raise _damaged(path) from error

    def values(self, field: str) -> list[str]:
        """One field of every item: "label", or a key of the metadata; "" where an item lacks it.

        Raises:
            GalleryError: no item has such a field.
        """
        if field == "label":
            return list(self.labels)
        metadata = [values for path in self._paths for values in self._read_metadata(path)]
        known = sorted({key for values in metadata for key in values})
        if field not in known:
            raise GalleryError(
                f"No image of the gallery has a field called {field!r}.",
                f"Use {one_of(['label', *known])}.",
            )
        return [_as_text(values.get(field)) for values in metadata]

    def _read_metadata(self, path: Path) -> list[dict[str, Any]]:
        with self._open(path) as file:
            return [json.loads(text or "{}") for text in file.read(["metadata"])[0].to_pylist()]

    def __getitem__(self, position: int) -> Item:
        if not 0 <= position < len(self):
            raise IndexError(position)
        group = bisect_right(self._starts, position) - 1
        return self._group(group)[position - self._starts[group]]


def _version(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns


def _check_schema(path: Path, schema: pa.Schema) -> None:
    if any(
        column.name not in schema.names or schema.field(column.name).type != column.type
        for column in SCHEMA
    ):
        raise GalleryError(
            f"The gallery file {path.name} needs the columns {', '.join(SCHEMA.names)}.",
            "Build the gallery again.",
        )


def _item(row: dict[str, Any]) -> Item:
    metadata = json.loads(row["metadata"] or "{}")
    return Item(row["name"], row["label"] or "", row["image"]["bytes"], metadata)


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _damaged(path: Path) -> GalleryError:
    return GalleryError(
        f"The gallery file {path.name} is missing or damaged.",
        "Build the gallery again with `python -m lookalike gallery build` or `gallery add`.",
    )


class Gallery:
    """An opened gallery; see `open_gallery`. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.card = _read_card(folder)
        self._items = Shards(sorted(folder.glob("items-*.parquet")))
        if len(self._items) != self.card["count"] or not len(self._items):
            raise GalleryError(
                f"The gallery {self.name} holds {len(self._items)} items, "
                f"but its card says {self.card['count']}.",
                "Build the gallery again.",
            )
        self._live = np.ones(len(self._items), bool)
        self._live.flags.writeable = False
        self._thumbnail = lru_cache(maxsize=2048)(self._make_thumbnail)

    @property
    def title(self) -> str:
        """What the page calls it."""
        return self.card.get("title", self.name)

    @property
    def fingerprint(self) -> str:
        """sha256 over every item's name, label and image bytes; changes when any of them does."""
        return self.card["fingerprint"]

    @property
    def names(self) -> list[str]:
        """Every item's name, by id."""
        return self._items.names

    @property
    def labels(self) -> list[str]:
        """Every item's label, by id."""
        return self._items.labels

    @property
    def parents(self) -> dict[str, str]:
        """The parent class of each label; empty when the gallery has none."""
        return self.card.get("parents", {})

    @property
    def live(self) -> np.ndarray:
        """Which items are searched, (n,) bool by id, read-only; the others have been removed."""
        return self._live

    def values(self, field: str) -> list[str]:
        """One field of every item, by id: "label", or a key of the metadata; "" where it lacks.

        Raises:
            GalleryError: no item has such a field.
        """
        return self._items.values(field)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, item_id: int) -> Item:
        return self._items[item_id]

    def photos(self, start: int, stop: int) -> list[Photo]:
        """The decoded images of a range of ids."""
        return [self[item_id].photo() for item_id in range(start, min(stop, len(self)))]

    def thumbnail(self, item_id: int) -> bytes:
        """An encoded image of at most THUMBNAIL_SIDE pixels, for showing."""
        return self._thumbnail(item_id)

    def _make_thumbnail(self, item_id: int) -> bytes:
        item = self[item_id]
        photo = item.photo()
        if max(photo.shape[:2]) <= THUMBNAIL_SIDE:
            return item.image
        return photos.to_jpeg(photos.shrink(photo, THUMBNAIL_SIDE))

    def queries(self) -> Shards:
        """The held-out images, which no index holds; for examples and measuring.

        Raises:
            GalleryError: this gallery has none.
        """
        path = self.folder / "queries.parquet"
        if not path.exists():
            raise GalleryError(
                f"The gallery {self.name} has no held-out images.",
                "Give a folder of labelled query images instead.",
            )
        return Shards([path])


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        if not {"count", "fingerprint"} <= set(card):
            raise ValueError("count and fingerprint are needed")
        return card
    except (OSError, ValueError, TypeError) as error:
        raise GalleryError(
            f"The gallery {folder.name} has no readable card.json.", "Build the gallery again."
        ) from error


def names() -> list[str]:
    """Every gallery that is there, the default first."""
    found = {
        card.parent.name
        for folder in settings().folders("galleries")
        for card in folder.glob("*/card.json")
        if NAME.fullmatch(card.parent.name)
    }
    default = settings().gallery
    return sorted(found, key=lambda name: (name != default, name))


@lru_cache(maxsize=16)
def _open(folder: Path, changed_ns: int) -> Gallery:
    return Gallery(folder)


def open_gallery(name: str) -> Gallery:
    """Open a gallery by name; opened once, and again when its card has changed.

    Raises:
        UnknownNameError: there is no such gallery.
        GalleryError: it is there and cannot be read.
    """
    if isinstance(name, str) and NAME.fullmatch(name):
        for folder in settings().folders("galleries"):
            card = folder / name / "card.json"
            if card.exists():
                return _open(folder / name, card.stat().st_mtime_ns)
    raise unknown_name("gallery", name, names())


def in_batches(gallery: Gallery, size: int) -> Iterator[tuple[int, list[Photo]]]:
    """(first id, decoded images) in order, `size` at a time."""
    for start in range(0, len(gallery), size):
        yield start, gallery.photos(start, start + size)


def label_counts(gallery: Gallery) -> dict[str, int]:
    """How many items carry each label."""
    labels, counts = np.unique(np.asarray(gallery.labels, dtype=object), return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))
