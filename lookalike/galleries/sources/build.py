"""Make a gallery from a data set: the hub's, or files on this machine."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike.errors import GalleryError, unknown_name
from lookalike.galleries.folder import SIDE
from lookalike.galleries.sources.caltech101 import Caltech101
from lookalike.galleries.sources.data_set import DataSet, Entry, halves
from lookalike.galleries.sources.fashion_mnist import FashionMnist
from lookalike.galleries.sources.fashion_products import FashionProducts
from lookalike.galleries.sources.food101 import Food101
from lookalike.galleries.sources.rows import Rows
from lookalike.galleries.sources.things import Things
from lookalike.galleries.staging import ITEMS, PART, QUERIES, Staging, parts
from lookalike.progress import Progress
from lookalike.settings import settings
from lookalike.storage.locks import changing

DATA_SETS: dict[str, DataSet] = {
    one.name: one for one in (Things(), FashionMnist(), Caltech101(), FashionProducts(), Food101())
}
NAMES = list(DATA_SETS)


@dataclass(frozen=True)
class Built:
    """What `build` made."""

    folder: Path
    items: int
    queries: int  # held-out images
    skipped: list[str]  # "cup/image_0001.jpg: The photo is damaged or cut short."


def build(
    name: str,
    size: str | None = None,
    output: Path | None = None,
    source: Path | None = None,
    progress: Progress | None = None,
) -> Built:
    """Build a gallery by name. Interrupted, the same call goes on where this one stopped.

    Args:
        name: one of NAMES.
        size: how many items, or "full"; the data set's default unless given. Any other size than
            the default becomes part of the name, so that both galleries stand side by side.
        output: folder to put it into; the user's galleries unless given.
        source: where the data is read from, such as Parquet files in the layout of the hub; where
            the data set usually is unless given.
        progress: called now and then with the images done and all.

    Raises:
        UnknownNameError: no such gallery can be built.
        GalleryError: the data cannot be read, or something else is in the gallery's place.
        LookalikeError: the size is not usable, or another process is building the gallery.
        StorageError: the disk refused; an older gallery stays as it was.
    """
    if name not in DATA_SETS:
        raise unknown_name("gallery to build", name, NAMES)
    data_set = DATA_SETS[name]
    size = data_set.default_size if size is None else size
    data_set.check_size(size)
    called = name if size == data_set.default_size else f"{name}-{size}"
    final = (output or settings().home / "galleries") / called
    _check_place(final, data_set)
    rows = data_set.open(source)
    entries = data_set.choose(data_set.entries(rows), size)
    with changing(f"The gallery {called}", f"gallery-{called}"):
        return _make(final, data_set, rows, entries, progress)


def _check_place(final: Path, data_set: DataSet) -> None:
    """Refuse to replace anything but a gallery of this data set: it may be someone's own."""
    if not final.exists():
        return
    card = _card_in(final)
    if card.get("source") != data_set.source:
        raise GalleryError(
            f"{str(final)!r} is there already and is no gallery of {data_set.title}.",
            "Move it away, or give another folder with --output.",
        )
    if len(card.get("segments", [])) > 1:
        raise GalleryError(
            f"Images have been added to the gallery {final.name}, which a new one would lack.",
            "Move it away, or give another folder with --output.",
        )


def _card_in(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _make(
    final: Path, data_set: DataSet, rows: Rows, entries: list[Entry], progress: Progress | None
) -> Built:
    items, queries = halves(entries)
    order = [entry.name for entry in data_set.query_order(queries)]
    staging = Staging(final, _plan(rows, entries), rows, order)
    skipped: dict[str, list[str]] = {ITEMS: [], QUERIES: []}
    done = 0
    for part in [*parts(ITEMS, items), *parts(QUERIES, queries)]:
        if progress:
            progress(done, len(entries))
        skipped[part.kind] += staging.write(part)
        done += len(part.entries)
    if progress:
        progress(done, len(entries))
    built = Built(
        final,
        items=len(items) - len(skipped[ITEMS]),
        queries=len(queries) - len(skipped[QUERIES]),
        skipped=skipped[ITEMS] + skipped[QUERIES],
    )
    _check_any(built, data_set)
    staging.finish(_card(built, data_set, rows, entries), data_set.notices(rows, entries))
    return built


def _plan(rows: Rows, entries: list[Entry]) -> str:
    """A digest of all that decides what is stored; what another plan began is begun anew."""
    plan = repr([rows.stamp, SIDE, PART, entries])
    return hashlib.sha256(plan.encode("utf-8", "backslashreplace")).hexdigest()


def _check_any(built: Built, data_set: DataSet) -> None:
    if built.items:
        return
    if built.skipped:
        raise GalleryError(
            f"None of the {len(built.skipped)} images of {data_set.title} can be read.",
            f"The first: {built.skipped[0]}",
        )
    raise GalleryError(
        f"There is no image of {data_set.title} to search in.",
        "Give more of it: about a fifth of the images is held out.",
    )


def _card(built: Built, data_set: DataSet, rows: Rows, entries: list[Entry]) -> dict[str, Any]:
    called = built.folder.name
    return {
        "name": called,
        "title": data_set.title
        if called == data_set.name
        else f"{data_set.title}, {built.items:,} images",
        "description": data_set.description(built.items, built.queries),
        "source": data_set.source,
        "paper": data_set.paper,
        "licence": data_set.licence,
        "read_from": rows.origin,
        "queries": built.queries,
        "parents": data_set.parents(entries),
        "levels": list(data_set.levels),
        "skipped": built.skipped,
        **data_set.facts(rows, entries),
    }
