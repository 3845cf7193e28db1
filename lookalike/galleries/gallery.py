"""A gallery: the images that are searched, as Parquet shards with a card.

    galleries/<name>/items-*.parquet    name, label, image {bytes, path}, metadata (JSON)
    galleries/<name>/queries.parquet    the held-out images, same columns; optional
    galleries/<name>/card.json          title, licence, counts, fingerprint
    galleries/<name>/removed.json       ids of the items that were removed; optional

The columns are those that Hugging Face `datasets` reads. An item's id is its position, for ever:
adding appends, removing masks.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lookalike import photos
from lookalike.errors import GalleryError, UnknownNameError, unknown_name
from lookalike.galleries.shards import UNREADABLE, Item, Shards, version
from lookalike.photos import Photo
from lookalike.settings import settings, unless_assets_lack

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
THUMBNAIL_SIDE = 224  # pixels; what a result card shows
CARD = "card.json"
REMOVED = "removed.json"
MAKE_ONE = "Make one of your own images with `python -m lookalike gallery add`."


@dataclass(frozen=True)
class Segment:
    """A state that a gallery has been in: its first `count` items."""

    count: int
    fingerprint: str  # over those items


class Gallery:
    """An opened gallery; see `open_gallery`. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.card = _read_card(folder)
        # Files beyond the count are of an addition that is not finished.
        self._items = Shards(sorted(folder.glob("items-*.parquet")), self.card["count"])
        if len(self._items) != self.card["count"] or not len(self._items):
            raise GalleryError(
                f"The gallery {self.name} holds {len(self._items)} items, "
                f"but its card says {self.card['count']}.",
                "Build the gallery again.",
            )
        self._live = np.ones(len(self._items), bool)
        self._live[_read_removed(folder, len(self._items))] = False
        self._live.flags.writeable = False
        self._thumbnail = lru_cache(maxsize=2048)(self._make_thumbnail)

    @property
    def title(self) -> str:
        """What the page calls it."""
        return self.card.get("title", self.name)

    @property
    def fingerprint(self) -> str:
        """sha256 over every item's name, label and image bytes; another one after an addition."""
        return self.card["fingerprint"]

    @property
    def segments(self) -> list[Segment]:
        """The gallery as it was at first and after each addition; the last one is what it is now.

        Ids of an earlier state mean the same items in this one.
        """
        stored = self.card.get("segments") or [self.card]
        return [Segment(one["count"], one["fingerprint"]) for one in stored]

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

    @property
    def live_count(self) -> int:
        """How many items are searched."""
        return int(np.count_nonzero(self._live))

    def values(self, field: str) -> list[str]:
        """One field of every item, by id: "label", or a key of the metadata; "" where it lacks.

        Raises:
            GalleryError: no item has such a field.
        """
        return self._items.values(field)

    @property
    def items(self) -> Shards:
        """The stored items."""
        return self._items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, item_id: int) -> Item:
        return self._items[item_id]

    def photos(self, start: int, stop: int) -> list[Photo]:
        """The decoded images of a range of ids."""
        return [self[item_id].photo() for item_id in range(start, min(stop, len(self)))]

    def thumbnail(self, item_id: int) -> bytes:
        """An encoded image of at most THUMBNAIL_SIDE pixels, for showing.

        Raises:
            GalleryError: the item was removed.
        """
        if not self._live[item_id]:
            raise GalleryError(
                f"The image {self.names[item_id]!r} was removed from the gallery {self.name}.",
                "Ask again.",
            )
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
        card = json.loads((folder / CARD).read_text("utf-8"))
        counts = [one["count"] for one in [card, *card.get("segments", [])]]
        if any(type(count) is not int for count in counts) or not card["fingerprint"]:
            raise ValueError("count and fingerprint are needed")
        last = (card.get("segments") or [card])[-1]
        if (last["count"], last["fingerprint"]) != (card["count"], card["fingerprint"]):
            raise ValueError("the last segment is the gallery")
        return card
    except (*UNREADABLE, AttributeError) as error:
        raise GalleryError(
            f"The gallery {folder.name} has no readable card.json.", "Build the gallery again."
        ) from error


def _read_removed(folder: Path, count: int) -> list[int]:
    path = folder / REMOVED
    if not path.exists():
        return []
    try:
        ids = json.loads(path.read_text("utf-8"))["removed"]
        if not all(type(item_id) is int and 0 <= item_id < count for item_id in ids):
            raise ValueError("these are no ids of the gallery")
        return ids
    except UNREADABLE as error:
        raise GalleryError(
            f"The gallery {folder.name} has a damaged {REMOVED}.", "Build the gallery again."
        ) from error


def names() -> list[str]:
    """Every gallery that is there, the default first."""
    found = {
        card.parent.name
        for folder in settings().folders("galleries")
        for card in folder.glob(f"*/{CARD}")
        if NAME.fullmatch(card.parent.name)
    }
    default = settings().gallery
    return sorted(found, key=lambda name: (name != default, name))


@lru_cache(maxsize=16)
def _open(folder: Path, *versions: tuple[int, int] | None) -> Gallery:
    return Gallery(folder)


def open_gallery(name: str) -> Gallery:
    """Open a gallery by name; opened once, and again when it has changed.

    Raises:
        UnknownNameError: there is no such gallery.
        GalleryError: it is there and cannot be read.
    """
    if isinstance(name, str) and NAME.fullmatch(name):
        for folder in settings().folders("galleries"):
            card, removed = folder / name / CARD, folder / name / REMOVED
            if card.exists():
                return _open(folder / name, version(card), _version_if_there(removed))
    if known := names():
        raise unknown_name("gallery", name, known)
    raise UnknownNameError(f"There is no gallery called {name!r}.", unless_assets_lack(MAKE_ONE))


def _version_if_there(path: Path) -> tuple[int, int] | None:
    try:
        return version(path)
    except FileNotFoundError:
        return None


def label_counts(gallery: Gallery) -> dict[str, int]:
    """How many live items carry each label."""
    labels = np.asarray(gallery.labels, dtype=object)[gallery.live]
    found, counts = np.unique(labels, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))
