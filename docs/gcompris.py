"""Ordinary photographs from Debian's gcompris-qt-data: free for any use, and not trained on.

They lie in Qt's binary resources. A README in each folder says who took them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.galleries.sources.things.rcc import resources
from lookalike.photos import Photo

RESOURCES = Path("/usr/share/gcompris-qt/rcc")
FREE = ("Public Domain", "CC0-1.0")


@dataclass(frozen=True)
class Picture:
    """A photograph and where it is from."""

    name: str  # "categorization/tools/hammer1.webp"
    data: bytes
    author: str
    source: str  # address

    def load(self) -> Photo:
        """(h, w, 3) uint8 RGB."""
        return photos.load(self.data)


def pictures(activity: str, folder: str) -> list[Picture]:
    """The photographs in a folder of one of GCompris' activities that are free for any use.

    Args:
        activity: name of the file of resources.
        folder: last folder of their path.

    Raises:
        LookalikeError: the Debian package is not installed.
    """
    file = RESOURCES / f"{activity}.rcc"
    if not file.exists():
        raise LookalikeError(
            "The Debian package gcompris-qt-data is not installed.",
            "Install it: apt-get install gcompris-qt-data.",
        )
    there = {
        path.rpartition("/")[2]: data
        for path, data in resources(file.read_bytes())
        if path.split("/")[-2] == folder
    }
    return sorted(
        (
            Picture(f"{activity}/{folder}/{name}", there[name], author, source)
            for name, licence, author, source in _said(there["README"].decode())
            if name.endswith(".webp") and licence in FREE and name in there
        ),
        key=lambda picture: picture.name,
    )


def _said(readme: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, licence, author and source of each file that a README speaks of."""
    for stanza in readme.split("\n\n"):
        facts = dict(re.findall(r"^(Copyright|License|Source): *(.*)", stanza, re.MULTILINE))
        for name in stanza.partition("Files:")[2].split():
            yield name, facts["License"].strip(), facts["Copyright"], facts.get("Source", "")
