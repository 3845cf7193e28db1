"""A gallery's items on disk: Parquet files, one after the other, read as they are needed."""

import json
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike import photos
from lookalike.errors import GalleryError, one_of
from lookalike.photos import Photo

SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("label", pa.string()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("metadata", pa.string()),
    ]
)
SOURCE = pa.field("source_sha256", pa.string())  # only where items were read from files
UNREADABLE = (OSError, ValueError, TypeError, KeyError, pa.ArrowException)  # what damage raises


@dataclass(frozen=True)
class Item:
    """One image as it is stored."""

    name: str  # unique among the live items of its gallery
    label: str  # "" when there is none
    image: bytes  # an encoded image file
    metadata: dict[str, Any] = field(default_factory=dict)
    source_sha256: str = ""  # of the file that it was read from; "" when it was not

    def photo(self) -> Photo:
        """The decoded image, (h, w, 3) uint8 RGB."""
        return photos.load(self.image)


class Shards:
    """Parquet files read row group by row group, so that a large gallery stays on disk.

    Args:
        paths: the files, in order.
        count: how many items to look for; files after those that hold them are left alone.

    Raises:
        GalleryError: a file is missing a column, cannot be read, or was replaced since.
    """

    def __init__(self, paths: list[Path], count: int | None = None) -> None:
        self.paths: list[Path] = []
        self._groups: list[tuple[Path, int]] = []
        self._versions: dict[Path, tuple[int, int]] = {}
        self._starts = [0]
        self.names: list[str] = []
        self.labels: list[str] = []
        for path in paths:
            if count is not None and len(self) >= count:
                break
            self._add(path)
        # Row groups hold GROUP items; a page of results touches at most a few dozen.
        self._group = lru_cache(maxsize=64)(self._read_group)

    def _add(self, path: Path) -> None:
        try:
            self._versions[path] = version(path)
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
        self.paths.append(path)
        self.names += names
        self.labels += labels
        for group, size in enumerate(sizes):
            self._groups.append((path, group))
            self._starts.append(self._starts[-1] + size)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, position: int) -> Item:
        if not 0 <= position < len(self):
            raise IndexError(position)
        group = bisect_right(self._starts, position) - 1
        return self._group(group)[position - self._starts[group]]

    def _read_group(self, group: int) -> list[Item]:
        path, number = self._groups[group]
        with self._open(path) as file:
            return [_item(row) for row in file.read_row_group(number).to_pylist()]

    def values(self, field: str) -> list[str]:
        """One field of every item: "label", or a key of the metadata; "" where an item lacks it.

        Raises:
            GalleryError: no item has such a field.
        """
        if field == "label":
            return list(self.labels)
        metadata = self.metadata()
        known = sorted({key for values in metadata for key in values})
        if field not in known:
            raise GalleryError(
                f"No image of the gallery has a field called {field!r}.",
                f"Use {one_of(['label', *known])}.",
            )
        return [_as_text(values.get(field)) for values in metadata]

    def metadata(self) -> list[dict[str, Any]]:
        """Every item's metadata, by position, read anew."""
        return [_metadata(path, text) for path, texts in self._column("metadata") for text in texts]

    def source_sha256s(self) -> list[str]:
        """Of the file that each item was read from, by position; "" where that is not known."""
        return [sha256 or "" for _, found in self._column(SOURCE.name) for sha256 in found]

    def _column(self, name: str) -> Iterator[tuple[Path, list[str | None]]]:
        for path in self.paths:
            with self._open(path) as file:
                if name in file.schema_arrow.names:
                    yield path, file.read([name])[name].to_pylist()
                else:
                    yield path, [None] * file.metadata.num_rows

    @contextmanager
    def _open(self, path: Path) -> Iterator[pq.ParquetFile]:
        try:
            if version(path) != self._versions[path]:
                # Its ids mean other items now.
                raise GalleryError(
                    f"The gallery {path.parent.name} has been built again.", "Ask again."
                )
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                yield file
        except UNREADABLE as error:
            raise _damaged(path) from error


def version(path: Path) -> tuple[int, int]:
    """What changes when another file takes this one's place."""
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
    sha256 = row.get(SOURCE.name) or ""
    return Item(row["name"], row["label"] or "", row["image"]["bytes"], metadata, sha256)


def _metadata(path: Path, text: str | None) -> dict[str, Any]:
    try:
        return json.loads(text or "{}")
    except ValueError as error:
        raise _damaged(path) from error


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def _damaged(path: Path) -> GalleryError:
    return GalleryError(
        f"The gallery file {path.name} is missing or damaged.",
        "Build the gallery again with `python -m lookalike gallery build` or `gallery add`.",
    )
