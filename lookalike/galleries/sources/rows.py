"""The rows of a data set, wherever they lie; their images stay there until they are asked for."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from lookalike.errors import GalleryError, PhotoError, one_of

Picture: TypeAlias = bytes | Path | PhotoError  # an image file, or why there is none
IMAGE = "image"  # the column of {bytes, path}
BATCH = 64  # rows whose images are in memory at a time


class Rows(ABC):
    """The rows of a data set: columns of values, and an image each.

    Attributes:
        parts: what messages call each part of the data, and the columns it has beside the image.
        splits: the split of each row, "" where the data does not say.
        stamp: a value that is another one when the data has changed.
        origin: where the rows come from, for the card; without a path of this machine.
    """

    parts: dict[str, set[str]]
    splits: list[str]
    stamp: Any
    origin: str

    def __len__(self) -> int:
        return len(self.splits)

    @abstractmethod
    def values(self, column: str) -> list[str]:
        """A column as text, by row: classes by name, "" where a row has nothing there."""

    @abstractmethod
    def file_names(self) -> list[str]:
        """What each row's image file was called, "" where that is not known."""

    @abstractmethod
    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The image files of these rows, which are given in ascending order.

        Raises:
            GalleryError: the data is damaged.
        """

    def has(self, column: str) -> bool:
        """Whether every part has this column."""
        return all(column in columns for columns in self.parts.values())

    def column(self, *names: str) -> str:
        """The first of these columns that every part has.

        Raises:
            GalleryError: none is in every part.
        """
        for name in names:
            if self.has(name):
                return name
        part = next(part for part, columns in self.parts.items() if names[0] not in columns)
        raise GalleryError(
            f"{part} has no column called {one_of(list(names))}.",
            f"It needs the columns of the hub's layout; it has {_list(self.parts[part])}.",
        )


def _list(columns: set[str]) -> str:
    return ", ".join(sorted({IMAGE, *columns}))


def by_name(values: list[Any], classes: list[str] | None) -> list[str]:
    """A column as text; numbers of classes become their names, and no class becomes ""."""
    if classes is None:
        return ["" if value is None else str(value) for value in values]
    known = dict(enumerate(classes))
    return [known.get(value, "") for value in values]


def pictures(images: pa.Array | pa.ChunkedArray) -> Iterator[Picture]:
    """The files in a column of {bytes, …}."""
    for image in images.to_pylist():
        yield (image and image["bytes"]) or PhotoError("The row holds no image.", "Give it one.")
