"""What travels with the pictures of things: a README, who made each, and the licences' texts."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from lookalike.galleries.sources.data_set import Entry, halves
from lookalike.galleries.sources.things.packages import PACKAGES

ADDRESSES = {  # of every licence that a picture may be under; those of LICENCES lie beside it
    "public domain": "https://creativecommons.org/publicdomain/mark/1.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "GPL-2.0-or-later": "licences/GPL-2.0.txt",
    "GPL-3.0-or-later": "licences/GPL-3.0.txt",
    "MIT": "licences/MIT.txt",
}
LICENCES = Path(__file__).parent / "licences"
README = """\
# Things

{items} pictures of everyday things, and {queries} more that are held out for asking, made by
`python -m lookalike gallery build things` from these packages:

{packages}

Each picture has its name (the label), its kind, its medium, its author, its licence and its source
as metadata; ATTRIBUTION.csv lists them. Names and kinds were given by hand. Pictures were laid on
white, freed of white margins, and scaled down to at most 192 pixels; nothing else was changed. The
pictures remain under their own licences: a work that is made from them keeps to those.

{tables}"""


def texts(entries: list[Entry]) -> dict[str, str]:
    """The files that lie beside the pictures, by path."""
    licences = {f"licences/{path.name}": path.read_text("utf-8") for path in LICENCES.glob("*.txt")}
    return {"README.md": _readme(entries), "ATTRIBUTION.csv": _attribution(entries), **licences}


def _readme(entries: list[Entry]) -> str:
    items, queries = halves(entries)
    licences = {name: f"[{name}]({address})" for name, address in ADDRESSES.items()}
    tables = [
        _table("medium", items, queries, {}),
        _table("licence", items, queries, licences),
        _table("kind", items, queries, {}),
    ]
    return README.format(
        items=f"{len(items):,}",
        queries=f"{len(queries):,}",
        packages="\n".join(_package(package.name, entries) for package in PACKAGES),
        tables="\n".join(tables),
    )


def _package(name: str, entries: list[Entry]) -> str:
    package = next(one for one in PACKAGES if one.name == name)
    count = sum(entry.name.startswith(f"{name}/") for entry in entries)
    return f"- {package.title}, {package.source}: {count:,} pictures"


def _table(key: str, items: list[Entry], queries: list[Entry], shown: dict[str, str]) -> str:
    found, asked = _count(key, items), _count(key, queries)
    order = sorted(found | asked, key=lambda value: (-found[value], value))
    rows = [
        f"| {shown.get(value, value)} | {found[value]:,} | {asked[value]:,} |" for value in order
    ]
    return "\n".join([f"| {key} | items | held out |", "| --- | ---: | ---: |", *rows, ""])


def _count(key: str, entries: Iterable[Entry]) -> Counter[str]:
    return Counter(entry.metadata[key] for entry in entries)


def _attribution(entries: list[Entry]) -> str:
    text = io.StringIO()
    columns = ["author", "licence", "source"]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", "name", *columns])
    for entry in sorted(entries, key=lambda entry: entry.name):
        writer.writerow([entry.name, entry.label, *(entry.metadata[key] for key in columns)])
    return text.getvalue()
