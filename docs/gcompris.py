"""Ordinary photographs from Debian's gcompris-qt-data: free for any use, and not trained on.

They lie in Qt's binary resources (https://doc.qt.io/qt-6/resources.html): a tree of nodes, their
names and their data, each in a part of its own. A README in each folder says who took them.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.photos import Photo

RESOURCES = Path("/usr/share/gcompris-qt/rcc")
FREE = ("Public Domain", "CC0-1.0")
FOLDER, COMPRESSED = 2, 1  # flags of a node
NODE = struct.Struct(">IHII8x")  # name, flags, two that depend on them, time of change


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


def resources(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file of a .rcc file, of format version 2 or 3."""
    magic, version, tree, data, names = struct.unpack_from(">4sIIII", content)
    assert magic == b"qres" and version in (2, 3)

    def walk(number: int, above: str) -> Iterator[tuple[str, bytes]]:
        named, flags, first, second = NODE.unpack_from(content, tree + number * NODE.size)
        (length,) = struct.unpack_from(">H", content, names + named)
        start = names + named + 6  # behind the length and a hash
        name = content[start : start + 2 * length].decode("utf-16-be") if number else ""
        path = f"{above}/{name}".lstrip("/")
        if flags & FOLDER:
            for child in range(second, second + first):
                yield from walk(child, path)
            return
        (size,) = struct.unpack_from(">I", content, data + second)
        inside = content[data + second + 4 : data + second + 4 + size]
        yield path, zlib.decompress(inside[4:]) if flags & COMPRESSED else inside

    yield from walk(0, "")


def _said(readme: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, licence, author and source of each file that a README speaks of."""
    for stanza in readme.split("\n\n"):
        facts = dict(re.findall(r"^(Copyright|License|Source): *(.*)", stanza, re.MULTILINE))
        for name in stanza.partition("Files:")[2].split():
            yield name, facts["License"].strip(), facts["Copyright"], facts.get("Source", "")
