"""Caltech-101: photographs and drawings of objects in 101 classes (CC BY 4.0).

Li, Andreeto, Ranzato and Perona, https://doi.org/10.22002/D1.20086. The class of backgrounds is
left out. The eight parent classes are those of caltech101_parents.toml.
"""

import tomllib
from functools import cache
from pathlib import Path

from lookalike.errors import GalleryError
from lookalike.galleries.sources.data_set import DataSet, Entry

BACKGROUND = "background_google"


@cache
def parent_classes() -> dict[str, str]:
    """The parent class of each of the 101 classes, in the data set's own spelling."""
    table = tomllib.loads(Path(__file__).with_name("caltech101_parents.toml").read_text("utf-8"))
    return {name: parent for parent, group in table.items() for name in group["classes"]}


@cache
def _spelling() -> dict[str, str]:
    return {name.lower(): name for name in parent_classes()}


class Caltech101(DataSet):
    """Caltech-101 without its background class."""

    name = "caltech101"
    title = "Caltech-101"
    about = "{count} pictures of objects in up to 101 classes; the background class is left out."
    licence = "CC BY 4.0"
    source = "https://doi.org/10.22002/D1.20086"
    paper = "Fei-Fei, Fergus and Perona 2007, https://doi.org/10.1016/j.cviu.2005.09.012"
    hub = "flwrlabs/caltech101"
    revision = "afb5a6ba4fe9311de42497984d33266bb86e2bb9"

    def canonical(self, label: str) -> str | None:
        """The class in the data set's own spelling: the hub's copy is in lower case."""
        if label.lower() == BACKGROUND:
            return None
        if label.lower() not in _spelling():
            raise GalleryError(
                f"Caltech-101 has no class called {label!r}.",
                "Give a folder that holds a folder per class, or Parquet files with the class "
                "of each image in the column label.",
            )
        return _spelling()[label.lower()]

    def parents(self, entries: list[Entry]) -> dict[str, str]:
        """The parent classes of the classes that are there."""
        return {label: parent_classes()[label] for label in sorted({one.label for one in entries})}
