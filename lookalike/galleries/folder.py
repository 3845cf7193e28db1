"""A folder of images becomes a gallery: a folder per class, or flat with a metadata.csv.

The work is cut into shards of fixed ranges of the sorted file list. A shard that is there is
not made again, so an interrupted run goes on where it stopped.
"""

import csv
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from lookalike import photos
from lookalike.encoders.base import Progress
from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.gallery import Item
from lookalike.galleries.writer import (
    check_name,
    make_folder,
    replace_folder,
    write_card,
    write_shard,
    write_text,
)
from lookalike.settings import settings

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
SIDE = 512  # pixels; longer images are stored scaled down to this
SMALL = 64  # pixels; up to this, images are stored without loss
SHARD = 256  # files per shard: what an interruption can cost
NOTES = ".notes"  # folder of what an interrupted run has found out, gone once it is finished


@dataclass(frozen=True)
class Source:
    """One image file that is to become an item."""

    path: Path  # as it was found: it may be missing, or lead out of the folder
    name: str  # relative to the folder, with forward slashes
    label: str
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Added:
    """What `add_folder` did."""

    name: str
    count: int
    skipped: list[str]  # "cats/broken.jpg: The photo is damaged or cut short."


def list_sources(folder: Path) -> list[Source]:
    """The images of a folder, sorted by name.

    Raises:
        GalleryError: the folder is not there, holds no image, or its metadata.csv is not usable.
    """
    if not folder.is_dir():
        raise GalleryError(f"There is no folder {str(folder)!r}.", "Check the path.")
    table = folder / "metadata.csv"
    sources = _from_table(folder, table) if table.exists() else _from_classes(folder)
    if not sources:
        raise GalleryError(
            f"The folder {str(folder)!r} holds no image.",
            f"Put {', '.join(sorted(SUFFIXES))} files into it, one subfolder per class.",
        )
    return sorted(sources, key=lambda source: source.name)


def _from_classes(folder: Path) -> list[Source]:
    sources = []
    for path in folder.rglob("*"):
        parts = [_text(part) for part in path.relative_to(folder).parts]
        hidden = any(part.startswith(".") for part in parts)
        if hidden or path.suffix.lower() not in SUFFIXES or path.is_dir():
            continue
        label = parts[0] if len(parts) > 1 else ""
        sources.append(Source(path, "/".join(parts), label))
    return sources


def _text(name: str) -> str:
    """A file name as text that can be stored: what is not UTF-8 in it is spelled out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _from_table(folder: Path, table: Path) -> list[Source]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GalleryError("metadata.csv cannot be read.", "Save it as UTF-8 CSV.") from error
    if not rows or "file_name" not in rows[0]:
        raise GalleryError(
            "metadata.csv has no column called file_name.",
            "Give it a header with file_name and label.",
        )
    sources = {}
    for row in rows:
        values = {key: value or "" for key, value in row.items() if key}
        name = values.pop("file_name") or "(a row without file_name)"
        label = values.pop("label", "")
        sources[name] = Source(folder / name, name, label, values)
    return list(sources.values())


def add_folder(folder: Path, name: str, progress: Progress | None = None) -> Added:
    """Make the gallery `name` in the user's home from a folder of images.

    Long images are stored at most SIDE pixels long. Files that cannot be read are skipped and
    listed. Interrupted, the next call with the same folder goes on where this one stopped.

    Raises:
        GalleryError: the name or the folder cannot be used, or no image could be read.
        StorageError: the disk refused.
    """
    check_name(name)
    sources = list_sources(folder)
    staged = _stage(name, sources)
    root = folder.resolve()
    skipped: list[str] = []
    if progress:
        progress(0, len(sources))
    for start in range(0, len(sources), SHARD):
        skipped += _write_range(staged, root, start, sources[start : start + SHARD])
        if progress:
            progress(min(start + SHARD, len(sources)), len(sources))
    if len(skipped) == len(sources):
        raise GalleryError(
            f"None of the {len(sources)} images in {str(folder)!r} can be read.",
            f"The first: {skipped[0]}",
        )
    write_card(staged, {"name": name, "title": name, "source": "folder", "skipped": skipped})
    final = settings().home / "galleries" / name
    replace_folder(staged, final)
    shutil.rmtree(final / NOTES, ignore_errors=True)
    return Added(name, len(sources) - len(skipped), skipped)


def _stage(name: str, sources: list[Source]) -> Path:
    """The unfinished gallery's folder, emptied unless it was begun from these very files."""
    staged = settings().home / "galleries" / f".{name}.partial"
    listing = hashlib.sha256(repr([_stamp(source) for source in sources]).encode()).hexdigest()
    note = staged / NOTES / "listing"
    if not (note.exists() and note.read_text("utf-8") == listing):
        shutil.rmtree(staged, ignore_errors=True)
        make_folder(note.parent)
        write_text(note, listing)
    for half_written in staged.glob(".items-*"):
        half_written.unlink(missing_ok=True)
    return staged


def _stamp(source: Source) -> tuple:
    try:
        stat = source.path.stat()
        size, changed = stat.st_size, stat.st_mtime_ns
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        size, changed = -1, -1
    return source.name, source.label, sorted(source.metadata.items()), size, changed


def _write_range(staged: Path, root: Path, start: int, sources: list[Source]) -> list[str]:
    """Write one shard unless it is there; give what it had to skip."""
    shard = staged / f"items-{start:08d}.parquet"
    note = staged / NOTES / f"skipped-{start:08d}.json"
    if shard.exists() and note.exists():
        return json.loads(note.read_text("utf-8"))
    items, skipped = [], []
    for source in sources:
        try:
            image = stored(inside(root, source.path))
            items.append(Item(source.name, source.label, image, source.metadata))
        except PhotoError as error:
            skipped.append(f"{source.name}: {error.message}")
    write_text(note, json.dumps(skipped))
    write_shard(shard, items)
    return skipped


def inside(root: Path, path: Path) -> Path:
    """The file that a path leads to, if that lies in the folder `root`, which is no link.

    Raises:
        PhotoError: it does not, or is no file.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise PhotoError("It is missing.", "Check its name.") from error
    if root not in real.parents:
        # A link that leads out of the folder could publish a file that was not meant.
        raise PhotoError("It lies outside the folder.", "Copy it into the folder.")
    if not real.is_file():
        raise PhotoError("It is not a file.", "Replace it by an image.")
    return real


def stored(path: Path) -> bytes:
    """The bytes that a gallery keeps of an image file: upright and at most SIDE pixels long.

    It is encoded anew, which leaves out where and when a photo was taken: as PNG when small, since
    JPEG would show, else as JPEG.
    """
    photo = photos.shrink(photos.load(path), SIDE)
    return photos.to_png(photo) if max(photo.shape[:2]) <= SMALL else photos.to_jpeg(photo)
