"""The pictures of the tables as rows: each is read, cut free and scaled down once."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from lookalike import photos
from lookalike.errors import PhotoError
from lookalike.galleries.sources.rows import Picture, Rows
from lookalike.galleries.sources.things.near import near_pairs, thumbnail
from lookalike.galleries.sources.things.packages import PACKAGES, check_installed
from lookalike.galleries.sources.things.picture import QUALITY, SIDE, digest, made
from lookalike.galleries.sources.things.table import LEFT_HALF, Thing

COLUMNS = {
    "name": "item",
    "label": "name",
    "kind": "kind",
    "medium": "medium",
    "author": "author",
    "licence": "licence",
    "source": "source",
}


class Pictures(Rows):
    """Things, read from the packages when they are first asked for, and then kept: 10 KB each.

    Args:
        things: which; a row each.
        root: a folder that holds the packages' folders; where they are installed unless given.

    Raises:
        GalleryError: a package is missing.
    """

    def __init__(self, things: Sequence[Thing], root: Path | None = None) -> None:
        check_installed(root, any(thing.file.endswith(".svg") for thing in things))
        self.things = things
        self._root = root
        self.splits = [""] * len(things)
        self.parts = {"The tables of things": set(COLUMNS)}
        self.origin = "; ".join(package.title for package in PACKAGES)

    def values(self, column: str) -> list[str]:
        """See `Rows.values`."""
        return [getattr(thing, COLUMNS[column]) for thing in self.things]

    def file_names(self) -> list[str]:
        """See `Rows.file_names`."""
        return [thing.file for thing in self.things]

    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The pictures as WebP; see `Rows.images`."""
        for row in rows:
            yield self._read[row][0]

    @cached_property
    def copies(self) -> set[int]:
        """The rows whose pixels are those of an earlier row."""
        seen: set[bytes] = set()
        found = set()
        for row, (_, digested, _) in enumerate(self._read):
            if digested in seen:
                found.add(row)
            elif digested:
                seen.add(digested)
        return found

    @cached_property
    def lost(self) -> set[int]:
        """The rows that cannot be read."""
        return {row for row, (_, digested, _) in enumerate(self._read) if not digested}

    @cached_property
    def near(self) -> list[tuple[int, int]]:
        """The pairs of rows, neither a copy of the other, that look all but the same."""
        there = [row for row in range(len(self)) if row not in self.copies | self.lost]
        pairs = near_pairs([self._read[row][2] for row in there])
        return [(there[first], there[second]) for first, second in pairs]

    @cached_property
    def stamp(self) -> str:
        """A digest of what was read."""
        content = hashlib.sha256(repr([SIDE, QUALITY]).encode())
        for _, digested, _ in self._read:
            content.update(digested or b"-")
        return content.hexdigest()

    @cached_property
    def _read(self) -> list[tuple[Picture, bytes, np.ndarray]]:
        """Of each row the WebP file, the digest of its pixels, and its thumbnail."""
        return [self._one(thing) for thing in self.things]

    def _one(self, thing: Thing) -> tuple[Picture, bytes, np.ndarray]:
        try:
            photo = thing.package.read(thing.package.find(self._root), thing.file)
        except PhotoError as error:
            return error, b"", np.empty(0)
        if thing.part == LEFT_HALF:
            photo = photo[:, : photo.shape[1] // 2]
        photo = made(photo)
        return photos.to_webp(photo, QUALITY), digest(photo), thumbnail(photo)
