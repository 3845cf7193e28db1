"""The images of a folder: a folder per class, or flat with a metadata.csv."""

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path

from lookalike import photos
from lookalike.errors import GalleryError, PhotoError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
SIDE = 512  # pixels; longer images are stored scaled down to this
SMALL = 64  # pixels; up to this, images are stored without loss


@dataclass(frozen=True)
class Source:
    """One image file that is to become an item."""

    path: Path  # as it was found: it may be missing, or lead out of the folder
    name: str  # relative to the folder, with forward slashes
    label: str
    metadata: dict[str, str] = field(default_factory=dict)
    problem: str = ""  # why it cannot be read, where that is known already


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
    sources: list[Source] = []

    def note(error: OSError) -> None:
        closed = Path(error.filename)
        if closed == folder:
            raise GalleryError(
                f"The folder {str(folder)!r} cannot be entered.", "Change who may enter it."
            ) from error
        sources.append(_source(folder, closed, "The folder cannot be entered."))

    for place, subfolders, names in os.walk(folder, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                sources.append(_source(folder, Path(place, name)))
    return sources


def _source(folder: Path, path: Path, problem: str = "") -> Source:
    parts = [_text(part) for part in path.relative_to(folder).parts]
    label = parts[0] if len(parts) > 1 else ""
    return Source(path, "/".join(parts), label, problem=problem)


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
