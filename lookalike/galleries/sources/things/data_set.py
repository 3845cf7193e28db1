"""The gallery of things: what `gallery build things` makes."""

from collections import Counter
from pathlib import Path
from typing import Any

from lookalike.galleries.sources.data_set import DataSet, Entry, halves
from lookalike.galleries.sources.rows import Rows
from lookalike.galleries.sources.things import notice
from lookalike.galleries.sources.things.packages import MEDIA
from lookalike.galleries.sources.things.pictures import Pictures
from lookalike.galleries.sources.things.table import things
from lookalike.galleries.splits import place

QUERIES = 310  # pictures that are held out, as far as they can be


class Things(DataSet):
    """Pictures of everyday things; a tenth, photographs first, is held out."""

    name = "things"
    title = "Things"
    about = (
        "{count} pictures of everyday things in colour: photographs, paintings, 3-D pictures and "
        "drawings, each with its name, its kind, its author and its licence."
    )
    licence = "free, by item: see the metadata and ATTRIBUTION.csv"
    source = "https://packages.debian.org and https://www.npmjs.com; README.md names the packages"
    paper = ""
    hub = ""
    revision = ""
    levels = {"kind": ("kind",)}  # noqa: RUF012
    details = {  # noqa: RUF012
        key: (key,) for key in ("medium", "author", "licence", "source")
    }

    def open(self, path: Path | None) -> Pictures:
        """The pictures of the packages installed here, or of their folders below a path.

        Raises:
            GalleryError: a package is missing; it is named with the command that installs it.
        """
        return Pictures(things(), path)

    def entries(self, rows: Rows) -> list[Entry]:
        """What every row becomes, without copies of earlier ones; see `DataSet.entries`."""
        assert isinstance(rows, Pictures)
        return [entry for entry in super().entries(rows) if entry.row not in rows.copies]

    def parents(self, entries: list[Entry]) -> dict[str, str]:
        """The kind of each name."""
        return {
            entry.label: entry.metadata["kind"]
            for entry in sorted(entries, key=lambda entry: entry.label)
        }

    def facts(self, rows: Rows, entries: list[Entry]) -> dict[str, Any]:
        """For the card: how many items of each kind and so on, and which pairs look the same."""
        assert isinstance(rows, Pictures)
        items, _ = halves(_readable(rows, entries))
        names = rows.values("name")
        return {
            "counts": {key: _counts(items, key) for key in ("medium", "kind", "licence")}
            | {"package": dict(Counter(entry.name.partition("/")[0] for entry in items))},
            "near_copies": [[names[row] for row in pair] for pair in rows.near],
        }

    def notices(self, rows: Rows, entries: list[Entry]) -> dict[str, str]:
        """README, attributions and licences, which travel with the pictures."""
        assert isinstance(rows, Pictures)
        return notice.texts(_readable(rows, entries))

    def _held_out(self, rows: Rows, names: list[str]) -> list[bool]:
        """By a hash of the name, photographs first, as long as another picture has the name.

        A picture that looks all but the same as another stays an item: finding that one shows
        nothing.
        """
        assert isinstance(rows, Pictures)
        out = rows.copies | rows.lost
        twins = {row for pair in rows.near for row in pair}
        left = Counter(thing.name for row, thing in enumerate(rows.things) if row not in out)
        chosen: set[int] = set()
        for row in sorted(range(len(names)), key=lambda row: _turn(rows, names, row)):
            label = rows.things[row].name
            if len(chosen) < QUERIES and row not in out | twins and left[label] > 1:
                chosen.add(row)
                left[label] -= 1
        return [row in chosen for row in range(len(names))]


def _readable(rows: Pictures, entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.row not in rows.lost]


def _turn(rows: Pictures, names: list[str], row: int) -> tuple[int, float]:
    return MEDIA.index(rows.things[row].medium), place(names[row])


def _counts(items: list[Entry], key: str) -> dict[str, int]:
    return dict(Counter(entry.metadata[key] for entry in items).most_common())
