"""Qt's binary resources, https://doc.qt.io/qt-6/resources.html, in which GCompris keeps pictures.

A file is a tree of nodes, their names and their data, each in a part of its own.
"""

import struct
import zlib
from collections.abc import Iterator

from lookalike.errors import GalleryError

KNOWN = (b"qres\0\0\0\2", b"qres\0\0\0\3")
HEAD = struct.Struct(">8sIII")  # one of those, and where tree, data and names begin
FOLDER, COMPRESSED = 2, 1  # flags of a node
NODE = struct.Struct(">IHII8x")  # name, flags, two that depend on them, time of change


def resources(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of each file of a .rcc file, of format version 2 or 3.

    Raises:
        GalleryError: it is no such file.
    """
    if len(content) < HEAD.size or content[:8] not in KNOWN:
        raise GalleryError(
            "The file holds no Qt resources of format version 2 or 3.",
            "Install gcompris-qt-data 3.2 or one that is near to it.",
        )
    _, tree, data, names = HEAD.unpack_from(content)

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
