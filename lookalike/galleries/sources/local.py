"""Data that lies on this machine: Parquet files, or a folder of image files per class."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.folder import SUFFIXES, Source, inside, list_sources
from lookalike.galleries.sources.rows import BATCH, IMAGE, Picture, Rows, by_name, pictures

SPLITS = {  # what `datasets` takes the name of a file or a folder for
    **dict.fromkeys(["train", "training"], "train"),
    **dict.fromkeys(["validation", "valid", "val", "dev"], "validation"),
    **dict.fromkeys(["test", "testing", "eval", "evaluation"], "test"),
}


def open_local(path: Path, layout: str) -> Rows:
    """The data at a path: a Parquet file, a folder of Parquet files, or a folder of classes.

    Args:
        path: as the user gave it.
        layout: the repository of the hub that has the layout, for the messages.

    Raises:
        GalleryError: nothing is there, or nothing that can be read.
    """
    what = f"Give the Parquet files of {layout}, or a folder that holds a folder per class."
    if not path.exists():
        raise GalleryError(f"There is nothing at {str(path)!r}.", what)
    if path.is_file() and path.suffix.lower() != ".parquet":
        raise GalleryError(f"{str(path)!r} is neither a folder nor a Parquet file.", what)
    files = [path] if path.is_file() else _visible(path, {".parquet"})
    if files:
        return ParquetRows(files)
    if not _visible(path, SUFFIXES):
        raise GalleryError(f"{str(path)!r} holds neither Parquet files nor images.", what)
    return FolderRows(path)


def _visible(folder: Path, suffixes: set[str]) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in suffixes
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def split_of(name: str) -> str:
    """The split that the name of a file or a folder tells: "train" of train-00000.parquet."""
    return SPLITS.get(re.split(r"[-_.\d ]", name.lower())[0], "")


class ParquetRows(Rows):
    """Parquet files in the layout of the hub, read a few images at a time.

    Raises:
        GalleryError: a file cannot be read, or has no images.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._schemas: list[pa.Schema] = []
        self._groups: list[tuple[Path, int]] = []
        self._starts = [0]
        self.splits = []
        for path in paths:
            self._add(path)
        self.parts = {
            f"The Parquet file {path.name}": set(schema.names) - {IMAGE}
            for path, schema in zip(paths, self._schemas, strict=True)
        }
        self.stamp = [_stamp(path) for path in paths]
        self.origin = "Parquet files"

    def _add(self, path: Path) -> None:
        try:
            with pq.ParquetFile(path) as file:
                schema, rows = file.schema_arrow, file.metadata.num_rows
                sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        except (OSError, pa.ArrowException) as error:
            raise _damaged(path) from error
        _check_image(path, schema)
        self._schemas.append(schema)
        for group, size in enumerate(sizes):
            self._groups.append((path, group))
            self._starts.append(self._starts[-1] + size)
        self.splits += [split_of(path.name) or split_of(path.parent.name)] * rows

    def values(self, column: str) -> list[str]:
        """A column as text; see `Rows.values`."""
        parts = zip(self._paths, self._schemas, strict=True)
        return [
            value
            for path, schema in parts
            for value in by_name(_read(path, column)[column].to_pylist(), _classes(schema, column))
        ]

    def file_names(self) -> list[str]:
        """The names in image.path; see `Rows.file_names`."""
        if any(schema.field(IMAGE).type.get_field_index("path") < 0 for schema in self._schemas):
            return [""] * len(self)
        return [
            (image and image["path"]) or ""
            for path in self._paths
            for image in _read(path, f"{IMAGE}.path")[IMAGE].to_pylist()
        ]

    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The image files of some rows; see `Rows.images`."""
        for (path, group), (start, stop) in zip(self._groups, pairwise(self._starts), strict=True):
            wanted = rows[bisect_left(rows, start) : bisect_left(rows, stop)]
            if wanted:
                yield from _images(path, group, [row - start for row in wanted])


def _images(path: Path, group: int, wanted: list[int]) -> Iterator[Picture]:
    start = 0
    for images in _batches(path, group):
        stop = start + len(images)
        here = wanted[bisect_left(wanted, start) : bisect_left(wanted, stop)]
        yield from pictures(images.take(pa.array([row - start for row in here], pa.int64())))
        start = stop


def _batches(path: Path, group: int) -> Iterator[pa.Array]:
    try:
        # Without a buffer, all of a row group's images are read beside those being decoded.
        with pq.ParquetFile(path, buffer_size=2**20) as file:
            for batch in file.iter_batches(BATCH, row_groups=[group], columns=[f"{IMAGE}.bytes"]):
                yield batch[IMAGE]
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error


def _read(path: Path, column: str) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            return file.read([column])
    except (OSError, pa.ArrowException) as error:
        raise _damaged(path) from error


def _classes(schema: pa.Schema, column: str) -> list[str] | None:
    """The names that stand for the numbers in a column, which `datasets` keeps in the schema."""
    if not pa.types.is_integer(schema.field(column).type):
        return None
    # Imported here: it takes seconds, and not every file needs it.
    from datasets import ClassLabel, Features

    feature = Features.from_arrow_schema(schema)[column]
    return feature.names if isinstance(feature, ClassLabel) else None


def _check_image(path: Path, schema: pa.Schema) -> None:
    if IMAGE not in schema.names:
        raise GalleryError(
            f"The Parquet file {path.name} has no column called {IMAGE}.",
            f"It needs the columns of the hub's layout; it has {', '.join(schema.names)}.",
        )
    kind = schema.field(IMAGE).type
    if not pa.types.is_struct(kind) or kind.get_field_index("bytes") < 0:
        raise GalleryError(
            f"The column {IMAGE} of the Parquet file {path.name} holds no image files.",
            "It needs bytes and path in each row, as on the hub.",
        )


def _damaged(path: Path) -> GalleryError:
    return GalleryError(
        f"The Parquet file {path.name} cannot be read.", "Fetch it again: it may be cut short."
    )


def _stamp(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return path.name, stat.st_size, stat.st_mtime_ns


class FolderRows(Rows):
    """A folder that holds a folder of image files per class, or image files and a metadata.csv.

    Folders in between count as splits when they are called so, as in train/cup/1.jpg.

    Raises:
        GalleryError: its metadata.csv cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder.resolve()
        self._sources = list_sources(folder)
        table = (folder / "metadata.csv").exists()
        self._labels = [one.label if table else _folder_of(one.name) for one in self._sources]
        self.splits = [split_of(one.name.split("/")[0]) for one in self._sources]
        keys = [set(source.metadata) for source in self._sources]
        self.parts = {f"The folder {folder.name}": {"name", "label", *set.intersection(*keys)}}
        self.stamp = [_file_stamp(source) for source in self._sources]
        self.origin = "a folder of images"

    def values(self, column: str) -> list[str]:
        """A column of metadata.csv, the label or the name; see `Rows.values`."""
        if column == "label":
            return self._labels
        if column == "name":
            return self._names()
        return [source.metadata[column] for source in self._sources]

    def _names(self) -> list[str]:
        """cup/1.jpg of 101_ObjectCategories/cup/1.jpg, as other copies of the data call it."""
        short = ["/".join(source.name.split("/")[-2:]) for source in self._sources]
        return short if len(set(short)) == len(short) else [one.name for one in self._sources]

    def file_names(self) -> list[str]:
        """The names of the files; see `Rows.file_names`."""
        return [source.name for source in self._sources]

    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The image files of some rows; see `Rows.images`."""
        for row in rows:
            try:
                yield inside(self._root, self._sources[row].path)
            except PhotoError as error:
                yield error


def _folder_of(name: str) -> str:
    return name.split("/")[-2] if "/" in name else ""


def _file_stamp(source: Source) -> tuple[str, int, int]:
    try:
        stat = source.path.stat()
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return source.name, -1, -1
    return source.name, stat.st_size, stat.st_mtime_ns
