"""Small stand-ins for the packages that things are made of, laid out as they are installed."""

import struct
import zlib

import numpy as np
from PIL import Image

from lookalike.galleries.sources.things.packages import PACKAGES
from lookalike.galleries.sources.things.table import Thing
from tests.pictures import encoded

STAMPS, GCOMPRIS, EMOJI, OPENCLIPART = PACKAGES


def noise(number, height=100, width=80):
    """A picture that looks like no other number's, (h, w, 3) uint8."""
    coarse = np.random.default_rng(number).integers(0, 200, (5, 4, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.NEAREST))


def cut_out(number, margin=30):
    """The same as PNG, in the middle of a clear margin."""
    photo = noise(number)
    rgba = np.zeros((photo.shape[0] + 2 * margin, photo.shape[1] + 2 * margin, 4), np.uint8)
    rgba[margin:-margin, margin:-margin, :3] = photo
    rgba[margin:-margin, margin:-margin, 3] = 255
    return encoded(rgba)


def webp(number, **options):
    """The same as WebP without loss."""
    return encoded(noise(number, **options), "WEBP", lossless=True)


def thing(package, file, name, kind="mammal", medium="", part=""):
    """A row of the table, with what holds for the whole package."""
    return Thing(
        package,
        file,
        name,
        kind,
        medium or package.medium,
        package.author,
        package.licence,
        package.source,
        part,
    )


def write(root, package, file, data):
    """A file of a package below `root`."""
    path = package.find(root) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_resources(root, activity, files):
    """An activity's .rcc file of GCompris; `files` by path below src/activities."""
    full = {f"gcompris/src/activities/{path}": data for path, data in files.items()}
    write(root, GCOMPRIS, f"{activity}.rcc", rcc(full))


def rcc(files):
    """Qt's binary resources, format version 3: every second file is compressed."""
    tree = {}
    for path, data in files.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = data
    names, stored, nodes, queue = b"", b"", [], [("", tree)]
    for number, (name, content) in enumerate(queue):  # grows while it is read: level by level
        if isinstance(content, dict):
            nodes.append((len(names), 2, len(content), len(queue)))
            queue += sorted(content.items())
        else:
            packed = struct.pack(">I", len(content)) + zlib.compress(content)
            packed = packed if number % 2 else content
            nodes.append((len(names), number % 2, 0, len(stored)))
            stored += struct.pack(">I", len(packed)) + packed
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    table = b"".join(struct.pack(">IHII8x", *node) for node in nodes)
    data = 24
    head = struct.pack(">4sIIIII", b"qres", 3, data + len(stored), data, 0, 0)
    head = head[:16] + struct.pack(">II", data + len(stored) + len(table), 0)
    return head + stored + table + names
