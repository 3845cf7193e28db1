"""What `gallery build` needs to know of a data set: one subclass each."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from lookalike.errors import GalleryError, LookalikeError
from lookalike.galleries.sources.hub import fetch
from lookalike.galleries.sources.local import open_local
from lookalike.galleries.sources.rows import Rows
from lookalike.galleries.splits import held_out, place


@dataclass(frozen=True)
class Entry:
    """One row that becomes an item, or a held-out image."""

    row: int  # where its image is
    name: str
    label: str
    held_out: bool
    metadata: dict[str, Any] = field(default_factory=dict)


class DataSet:
    """A data set of labelled images; a subclass says where it is and what its columns mean.

    Items are four fifths of it and the held-out images one fifth, by a hash of the name, unless
    the data set has a split of its own, which then holds.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]  # a sentence for the card, with {count} for the number of items
    licence: ClassVar[str]
    source: ClassVar[str]
    paper: ClassVar[str]
    hub: ClassVar[str]  # the repository of the hub that `--from` data is laid out like
    revision: ClassVar[str]
    own_split: ClassVar[str] = ""  # of the data set's own splits, the one that is held out
    default_size: ClassVar[str] = "full"
    most_items: ClassVar[int | None] = None  # where that is known before the data is read
    size_step: ClassVar[int] = 1  # sizes are multiples of it
    names: ClassVar[tuple[str, ...]] = ("name",)  # columns that may hold an item's name
    label: ClassVar[tuple[str, ...]] = ("label",)
    levels: ClassVar[dict[str, tuple[str, ...]]] = {}  # metadata that are labels too: columns
    details: ClassVar[dict[str, tuple[str, ...]]] = {}  # metadata that may be missing: columns

    def open(self, path: Path | None) -> Rows:
        """The rows at a path, or from the hub.

        Raises:
            GalleryError: they cannot be read there.
        """
        if path is not None:
            return open_local(path, self.hub)
        return fetch(self.title, self.hub, self.revision)

    def check_size(self, size: str) -> None:
        """Refuse, before any data is read, a size that no gallery of it can have.

        Raises:
            LookalikeError: the size is neither "full" nor a number of items.
        """
        if size != "full":
            whole_number(size, self.most_items, self.size_step)

    def canonical(self, label: str) -> str | None:
        """The label as the gallery spells it; None leaves the image out.

        Raises:
            GalleryError: the data set has no such class.
        """
        return label

    def parents(self, entries: list[Entry]) -> dict[str, str]:
        """The parent class of each label; {} where the data set has none."""
        return {}

    def facts(self, rows: Rows, entries: list[Entry]) -> dict[str, Any]:
        """What else the card says, by key."""
        return {}

    def notices(self, rows: Rows, entries: list[Entry]) -> dict[str, str]:
        """Text files that lie beside the images, by path: licences, who made what."""
        return {}

    def entries(self, rows: Rows) -> list[Entry]:
        """What every row becomes, in order.

        Raises:
            GalleryError: a column is missing, or two images have one name.
        """
        labels = [self.canonical(label) for label in rows.values(rows.column(*self.label))]
        names = self.item_names(rows, labels)
        metadata = self.metadata(rows)
        kept_back = self._held_out(rows, names)
        found = [
            Entry(row, names[row], label, kept_back[row], metadata[row])
            for row, label in enumerate(labels)
            if label is not None
        ]
        _check_names(found)
        return found

    def item_names(self, rows: Rows, labels: list[str | None]) -> list[str]:
        """Every row's name: its column, else label and file, else split and number."""
        for column in self.names:
            if rows.has(column):
                return rows.values(column)
        files = [PurePosixPath(name).name for name in rows.file_names()]
        joined = [f"{label}/{name}" for label, name in zip(labels, files, strict=True)]
        if all(files) and len(set(joined)) == len(joined):
            return joined
        return [f"{split or 'row'}-{number:05d}" for split, number in positions(rows)]

    def metadata(self, rows: Rows) -> list[dict[str, Any]]:
        """Every row's metadata; what is empty is left out."""
        columns = {key: rows.column(*names) for key, names in self.levels.items()}
        for key, names in self.details.items():
            if any(rows.has(name) for name in names):
                columns[key] = rows.column(*names)
        values = {key: rows.values(column) for key, column in columns.items()}
        return [
            {key: column[row] for key, column in values.items() if column[row]}
            for row in range(len(rows))
        ]

    def _held_out(self, rows: Rows, names: list[str]) -> list[bool]:
        if self.own_split in rows.splits and len(set(rows.splits)) > 1:
            return [split == self.own_split for split in rows.splits]
        return [held_out(name) for name in names]

    def choose(self, entries: list[Entry], size: str) -> list[Entry]:
        """The entries of a gallery of this size, in order.

        As many of each class as can be, and the same share of the held-out images as of the items.

        Raises:
            LookalikeError: the size is neither "full" nor a number of items that there are.
        """
        if size == "full":
            return entries
        items, queries = halves(entries)
        wanted = whole_number(size, len(items), self.size_step)
        share = wanted / len(items)
        chosen = balanced(items, wanted) + balanced(queries, max(1, round(share * len(queries))))
        return sorted(chosen, key=lambda entry: entry.row)

    def query_order(self, queries: list[Entry]) -> list[Entry]:
        """The held-out images in the order they are asked in: any first part is a fair sample."""
        return sorted(queries, key=lambda entry: (place(entry.name), entry.name))

    def description(self, items: int, queries: int) -> str:
        """What the card says of the gallery."""
        return (
            f"{self.about.format(count=f'{items:,}')} queries.parquet holds {queries:,} images "
            "that are held out; no index holds them."
        )


def halves(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Items, and held-out images."""
    return (
        [entry for entry in entries if not entry.held_out],
        [entry for entry in entries if entry.held_out],
    )


def balanced(entries: Iterable[Entry], wanted: int) -> list[Entry]:
    """The first of every class by the hash of the name, then the second of each, and so on."""
    turns: Counter[str] = Counter()
    queue = []
    for entry in sorted(entries, key=lambda entry: (place(entry.name), entry.name)):
        queue.append((turns[entry.label], entry))
        turns[entry.label] += 1
    return [entry for _, entry in sorted(queue, key=lambda pair: pair[0])[:wanted]]


def whole_number(size: str, largest: int | None, step: int) -> int:
    """A size as a number.

    Args:
        size: as the user gave it.
        largest: None where that is not known yet.
        step: what it must be a multiple of.

    Raises:
        LookalikeError: it is none, or there are not that many images.
    """
    number = int(size) if re.fullmatch("[0-9]{1,9}", size) else 0
    if number % step or number < 1 or (largest is not None and number > largest):
        what = "a number" if step == 1 else f"a multiple of {step}"
        limit = "" if largest is None else f" up to {largest}"
        raise LookalikeError(
            f"{size!r} is not a size for this gallery.", f"Give {what}{limit}, or full."
        )
    return number


def positions(rows: Rows) -> list[tuple[str, int]]:
    """Every row's split, and its number in it from 0."""
    numbers = {split: count() for split in set(rows.splits)}
    return [(split, next(numbers[split])) for split in rows.splits]


def _check_names(entries: list[Entry]) -> None:
    names = Counter(entry.name for entry in entries)
    hint = "Give every image a name of its own."
    if "" in names:
        raise GalleryError("An image has no name.", hint)
    for name, images in names.most_common(1):
        if images > 1:
            raise GalleryError(f"{images} images are called {name!r}.", hint)
