"""The reviewed tables: which pictures there are, what they show, and who made them."""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lookalike.galleries.sources.things.packages import PACKAGES, Package

HERE = Path(__file__).parent
LEFT_HALF = "left half"  # of a picture that shows its thing twice, side by side


@dataclass(frozen=True)
class Thing:
    """One picture: where it is, what it shows, and whom to thank."""

    package: Package
    file: str  # relative to the package's folder; see `Package`
    name: str  # "dog"
    kind: str  # "mammal"
    medium: str  # one of MEDIA
    author: str
    licence: str  # an SPDX identifier, or "public domain"
    source: str  # an address
    part: str = ""  # LEFT_HALF, or all of it

    @property
    def item(self) -> str:
        """What the gallery calls it: "stamps/animals/birds/crow.png"."""
        return f"{self.package.name}/{self.file}"


@cache
def things() -> tuple[Thing, ...]:
    """All pictures, package by package, in the order of their files."""
    return tuple(
        _thing(package, row) for package in PACKAGES for row in _rows(HERE / f"{package.name}.csv")
    )


def _thing(package: Package, row: dict[str, str]) -> Thing:
    name = canonical(row["name"])
    return Thing(
        package,
        row["file"],
        name,
        kinds()[name],
        row.get("medium") or package.medium,
        row.get("author") or package.author,
        row.get("licence") or package.licence,
        row.get("source") or package.source,
        row.get("part", ""),
    )


@cache
def kinds() -> dict[str, str]:
    """The kind of each name."""
    table = tomllib.loads((HERE / "kinds.toml").read_text("utf-8"))
    return {name: kind for kind, names in table.items() for name in names}


def canonical(word: str) -> str:
    """The name that the tables use for what a word means: "car" for "automobile"."""
    return synonyms().get(word, word)


@cache
def synonyms() -> dict[str, str]:
    """{word: name}"""
    return {row["word"]: row["name"] for row in _rows(HERE / "synonyms.csv")}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
