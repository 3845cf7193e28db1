"""Galleries that a user makes and changes: a folder's images come in, single ones go out.

The work is cut into files of SHARD images, in the order of their names. What is there is not made
again, so an interrupted run goes on where it stopped; until its card is written, nobody sees it.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.folder import Source, inside, list_sources, stored
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.galleries.shards import Item, Shards
from lookalike.galleries.writer import (
    check_name,
    extend_card,
    write_card,
    write_removed,
    write_shard,
)
from lookalike.progress import Progress
from lookalike.settings import settings
from lookalike.storage.files import make_folder, replace_folder, sha256_file, write_text
from lookalike.storage.locks import changing

SHARD = 256  # images per file: what an interruption can cost
NOTES = ".notes"  # folder of what an interrupted run has found out, gone once it is finished


@dataclass(frozen=True)
class Added:
    """What `add_folder` did."""

    name: str
    count: int  # images that came in
    replaced: int  # how many of those took the place of an older image of the same name
    present: int  # images that were there already
    skipped: list[str]  # "cats/broken.jpg: The photo is damaged or cut short."


def add_folder(
    folder: Path, name: str, progress: Progress | None = None, anew: bool = False
) -> Added:
    """Bring a folder's images into the gallery `name` in the user's home; it is made if need be.

    An image whose name the gallery holds already is left out when the file is the same, and takes
    the older one's place when it has changed. Long images are stored at most `folder.SIDE` pixels
    long. Files that cannot be read are skipped and listed. Interrupted, the next call with the
    same folder goes on where this one stopped.

    Args:
        progress: called now and then with the images done and all.
        anew: make the gallery from this folder alone, in the place of an older one.

    Raises:
        GalleryError: the name, the folder or the gallery cannot be used, or no image could be
            read.
        LookalikeError: another process is changing the gallery.
        StorageError: the disk refused; an older gallery stays as it was.
    """
    check_name(name)
    sources = list_sources(folder)
    with changing(f"The gallery {name}", f"gallery-{name}"):
        gallery = None if anew or not _exists(name) else _own(name)
        run = _Run(folder, sources, progress)
        return run.extend(gallery) if gallery else run.make(name)


def remove_items(name: str, items: Sequence[str]) -> int:
    """Mask items of a gallery in the user's home, by their names; how many that were.

    Raises:
        GalleryError: it holds no item of such a name, which leaves all as it was.
        LookalikeError: another process is changing the gallery.
        StorageError: the disk refused.
    """
    open_gallery(name)
    with changing(f"The gallery {name}", f"gallery-{name}"):
        gallery = _own(name)
        ids = _live_ids(gallery)
        unknown = [item for item in items if item not in ids]
        if unknown:
            raise GalleryError(
                f"The gallery {name} holds no image called {unknown[0]!r}.",
                "Nothing was removed; an image is called as in the folder that it came from"
                + (f", like {next(iter(ids))!r}." if ids else "."),
            )
        removed = {ids[item] for item in items}
        write_removed(gallery, removed)
        return len(removed)


def _exists(name: str) -> bool:
    return any((folder / name / "card.json").exists() for folder in settings().folders("galleries"))


def _own(name: str) -> Gallery:
    gallery = open_gallery(name)
    if gallery.folder.parent != settings().home / "galleries":
        raise GalleryError(
            f"The gallery {name} is part of Lookalike and stays as it is.",
            "Use another name; with `gallery add --anew`, a gallery of yours goes before it.",
        )
    return gallery


def _live_ids(gallery: Gallery) -> dict[str, int]:
    return {gallery.names[item_id]: item_id for item_id in np.flatnonzero(gallery.live).tolist()}


class _Run:
    """One folder on its way into a gallery."""

    def __init__(self, folder: Path, sources: list[Source], progress: Progress | None) -> None:
        self._folder = folder
        self._root = folder.resolve()
        self._sources = sources
        self._progress = progress
        self._done = 0
        self._report(0)

    def _report(self, more: int) -> None:
        self._done += more
        if self._progress:
            self._progress(self._done, len(self._sources))

    def make(self, name: str) -> Added:
        """A gallery of these images alone, in the place of any other."""
        final = settings().home / "galleries" / name
        staged = final.with_name(f".{name}.partial")
        _resume(staged, self._sources, "", lambda: shutil.rmtree(staged, ignore_errors=True))
        skipped = self._write(staged, self._sources)
        if len(skipped) == len(self._sources):
            raise GalleryError(
                f"None of the {len(skipped)} images in {str(self._folder)!r} can be read.",
                f"The first: {skipped[0]}",
            )
        write_card(staged, {"name": name, "title": name, "source": "folder", "skipped": skipped})
        replace_folder(staged, final)
        shutil.rmtree(final / NOTES, ignore_errors=True)
        return Added(name, len(self._sources) - len(skipped), 0, 0, skipped)

    def extend(self, gallery: Gallery) -> Added:
        """Append what the gallery does not hold, and mask what that replaces."""
        place = gallery.folder
        new = self._not_in(gallery)
        _resume(place, new, gallery.fingerprint, lambda: _clear(gallery))
        skipped = self._write(place, new, _next_number(gallery))
        ids = _live_ids(gallery)
        added = Shards(_beyond(gallery))
        replaced = [ids[name] for name in added.names if name in ids]
        if len(added):
            # In this order: killed in between, the next run takes what is masked for new.
            if replaced:
                write_removed(gallery, replaced)
            extend_card(gallery, added, {"skipped": skipped})
        shutil.rmtree(place / NOTES, ignore_errors=True)
        present = len(self._sources) - len(new)
        return Added(gallery.name, len(added), len(replaced), present, skipped)

    def _not_in(self, gallery: Gallery) -> list[Source]:
        """The files that are not items already, byte for byte and with what is said of them."""
        held, ids = _Held(gallery), _live_ids(gallery)
        new = []
        for source in self._sources:
            item_id = ids.get(source.name)
            if item_id is None or not held.same(item_id, source, self._root):
                new.append(source)
            else:
                self._report(1)
        return new

    def _write(self, place: Path, sources: list[Source], number: int = 0) -> list[str]:
        """Write one file per range of sources unless it is there; what had to be skipped."""
        skipped: list[str] = []
        for start in range(0, len(sources), SHARD):
            part = sources[start : start + SHARD]
            skipped += _write_range(place, number + start, part, self._root)
            self._report(len(part))
        return skipped


class _Held:
    """What a gallery knows of the files that its items came from."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._sha256s = gallery.items.source_sha256s()
        self._metadata = gallery.items.metadata()

    def same(self, item_id: int, source: Source, root: Path) -> bool:
        """Whether an item is what adding this file would give."""
        described = self._gallery.labels[item_id], self._metadata[item_id]
        if described != (source.label, source.metadata):
            return False
        try:
            path = inside(root, source.path)
            if recorded := self._sha256s[item_id]:
                return sha256_file(path) == recorded
            return stored(path) == self._gallery[item_id].image  # added by an earlier version
        except (OSError, PhotoError):
            return False  # reading it as a new one will say why it can't be


def _beyond(gallery: Gallery) -> list[Path]:
    """Files of an addition that the card does not count yet."""
    return sorted({*gallery.folder.glob("items-*.parquet")} - {*gallery.items.paths})


def _next_number(gallery: Gallery) -> int:
    """One that sorts behind the gallery's own files."""
    last = gallery.items.paths[-1].stem.removeprefix("items-")
    return max(len(gallery), int(last) + 1)


def _clear(gallery: Gallery) -> None:
    for left in _beyond(gallery):
        left.unlink()
    shutil.rmtree(gallery.folder / NOTES, ignore_errors=True)


def _resume(place: Path, sources: list[Source], before: str, clear: Callable[[], None]) -> None:
    """Keep what an interrupted run left if it was of these very files; clear it otherwise.

    Args:
        before: the fingerprint of the items that these come after.
    """
    listing = repr([before, SHARD, *map(_stamp, sources)])
    wanted = hashlib.sha256(listing.encode("utf-8", "backslashreplace")).hexdigest()
    note = place / NOTES / "listing"
    if not (note.exists() and note.read_text("utf-8") == wanted):
        clear()
        make_folder(note.parent)
        write_text(note, wanted)
    for half_written in place.glob(".items-*"):
        half_written.unlink(missing_ok=True)


def _stamp(source: Source) -> tuple:
    try:
        stat = source.path.stat()
        size, changed = stat.st_size, stat.st_mtime_ns
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        size, changed = -1, -1
    return source.name, source.label, sorted(source.metadata.items()), size, changed


def _write_range(place: Path, number: int, sources: list[Source], root: Path) -> list[str]:
    """Write one file unless that was done; give what had to be skipped."""
    shard = place / f"items-{number:08d}.parquet"
    note = place / NOTES / f"skipped-{number:08d}.json"
    if note.exists():
        known = json.loads(note.read_text("utf-8"))
        if shard.exists() or len(known) == len(sources):
            return known
    items, skipped = [], []
    for source in sources:
        try:
            items.append(_item(source, root))
        except PhotoError as error:
            skipped.append(f"{source.name}: {error.message}")
    write_text(note, json.dumps(skipped))
    if items:
        write_shard(shard, items)
    return skipped


def _item(source: Source, root: Path) -> Item:
    if source.problem:
        raise PhotoError(source.problem, "Change who may enter it.")
    path = inside(root, source.path)
    image = stored(path)
    return Item(source.name, source.label, image, source.metadata, sha256_file(path))
