"""A gallery that is being built: part by part in a folder of its own, until it is whole.

A part that is there is not made again, so an interrupted build goes on where it stopped.
"""

import heapq
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import PhotoError
from lookalike.galleries.keep import keep
from lookalike.galleries.shards import SCHEMA, Item
from lookalike.galleries.sources.data_set import Entry
from lookalike.galleries.sources.rows import Rows
from lookalike.galleries.writer import GROUP, write_card, write_shard
from lookalike.storage.files import make_folder, replace_folder, replacing, write_text

PART = 500  # images: what an interruption can cost, and about the most that are in memory
ITEMS, QUERIES = "items", "queries"
NOTES = ".notes"  # folder of what is needed until the gallery is whole


@dataclass(frozen=True)
class Part:
    """Some entries that are stored together."""

    kind: str  # ITEMS, or QUERIES, which are held out
    start: int  # the number of the first among those of its kind
    entries: list[Entry]

    @property
    def stem(self) -> str:
        """What its files are called."""
        return f"{self.kind}-{self.start:08d}"


def parts(kind: str, entries: list[Entry]) -> list[Part]:
    """All entries of a kind, PART at a time."""
    return [
        Part(kind, start, entries[start : start + PART]) for start in range(0, len(entries), PART)
    ]


class Staging:
    """The unfinished gallery beside its place, emptied unless it was begun by the same plan.

    Args:
        final: the folder that the gallery will be.
        plan: a digest of all that decides what it holds.
        rows: where the images are.
        order: the names of the held-out images in the order of queries.parquet.

    Raises:
        StorageError: the disk refused; so do all methods.
    """

    def __init__(self, final: Path, plan: str, rows: Rows, order: list[str]) -> None:
        self._final = final
        self._folder = final.with_name(f".{final.name}.partial")
        self._notes = self._folder / NOTES
        self._rows = rows
        self._ranks = {name: rank for rank, name in enumerate(order)}
        begun = self._notes / "plan"
        if not (begun.exists() and begun.read_text("utf-8") == plan):
            shutil.rmtree(self._folder, ignore_errors=True)
            make_folder(self._notes)
            write_text(begun, plan)
        for half_written in self._folder.rglob(".*.parquet.*"):
            half_written.unlink(missing_ok=True)

    def write(self, part: Part) -> list[str]:
        """Store the images of a part, unless they are; what had to be skipped, and why.

        Held-out images wait in the notes until all are there.

        Raises:
            GalleryError: the data is damaged.
        """
        note = self._notes / f"{part.stem}.json"
        if note.exists():
            return json.loads(note.read_text("utf-8"))
        items, skipped = _read(part.entries, self._rows)
        place = self._folder
        if part.kind == QUERIES:
            items.sort(key=lambda item: self._ranks[item.name])
            place = self._notes
        if items:
            write_shard(place / f"{part.stem}.parquet", items)
        write_text(note, json.dumps(skipped))
        return skipped

    def finish(self, card: dict[str, Any], notices: Mapping[str, str]) -> None:
        """Join the held-out images in one file, and put the gallery in its place.

        Args:
            notices: text files that go with it, by path.
        """
        for path, text in notices.items():
            make_folder((self._folder / path).parent)
            write_text(self._folder / path, text)
        held_out = sorted(self._notes.glob(f"{QUERIES}-*.parquet"))
        if held_out:
            self._join(held_out)
        write_card(self._folder, card)
        replace_folder(self._folder, self._final)
        shutil.rmtree(self._final / NOTES, ignore_errors=True)

    def _join(self, paths: list[Path]) -> None:
        merged = heapq.merge(*map(_stored, paths), key=lambda row: self._ranks[row["name"]])
        with (
            replacing(self._folder / "queries.parquet") as beside,
            pq.ParquetWriter(
                beside, SCHEMA, compression="none", write_page_checksum=True
            ) as writer,
        ):
            while group := list(islice(merged, GROUP)):
                writer.write_table(pa.Table.from_pylist(group, schema=SCHEMA))


def _read(entries: list[Entry], rows: Rows) -> tuple[list[Item], list[str]]:
    items, skipped = [], []
    pictures = rows.images([entry.row for entry in entries])
    for entry, picture in zip(entries, pictures, strict=True):
        try:
            items.append(Item(entry.name, entry.label, keep(picture), entry.metadata))
        except PhotoError as error:
            skipped.append(f"{entry.name}: {error.message}")
    return items, skipped


def _stored(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, a group at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group).to_pylist()
