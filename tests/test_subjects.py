"""The sheet of forty photographs in docs/subjects.md: whose they are, and what it says of them."""

import json
import re
import struct
import zlib
from collections import Counter

import cv2
import numpy as np
import pytest

from docs import gcompris, subjects
from lookalike.errors import LookalikeError

README = """Copyright: Someone
Source: https://example.org/a
License: Public Domain
Files:
free.webp

Copyright: Another
License: CC-BY-SA-4.0
Files: kept.webp
"""


def names(text):
    """A name as Qt stores it: its length, a hash, UTF-16."""
    return struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")


def rcc(folder, files):
    """Qt's binary resources: one folder with files in it, every second one compressed."""
    stored, texts, nodes = b"", names(folder), []
    for number, (name, data) in enumerate(files.items()):
        packed = struct.pack(">I", len(data)) + zlib.compress(data) if number % 2 else data
        nodes.append(struct.pack(">IHII8x", len(texts), number % 2, 0, len(stored)))
        stored += struct.pack(">I", len(packed)) + packed
        texts += names(name)
    top = struct.pack(">IHII8x", 0, 2, 1, 1) + struct.pack(">IHII8x", 0, 2, len(files), 2)
    data = 24
    tree, named = data + len(stored), data + len(stored) + len(top + b"".join(nodes))
    head = struct.pack(">4sIIIII", b"qres", 3, tree, data, named, 0)
    return head + stored + top + b"".join(nodes) + texts


def test_only_photographs_that_are_free_for_any_use_are_taken(tmp_path, monkeypatch):
    photo = np.full((20, 30, 3), (200, 30, 30), np.uint8)
    webp = cv2.imencode(".webp", photo)[1].tobytes()
    files = {"README": README.encode(), "free.webp": webp, "kept.webp": webp, "unsaid.webp": webp}
    (tmp_path / "tools.rcc").write_bytes(rcc("images", files))
    monkeypatch.setattr(gcompris, "RESOURCES", tmp_path)
    (picture,) = gcompris.pictures("tools", "images")
    assert (picture.name, picture.author) == ("tools/images/free.webp", "Someone")
    assert picture.source == "https://example.org/a"
    assert picture.load().shape == photo.shape


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(gcompris, "RESOURCES", tmp_path)
    with pytest.raises(LookalikeError, match="apt-get install gcompris-qt-data"):
        subjects.chosen()


def test_the_verdicts_are_of_the_shipped_weights_and_the_page_counts_them():
    judged = json.loads(subjects.VERDICTS.read_text())
    assert judged["weights"] == subjects.weights()
    text, table = subjects.TEXT.read_text().split(subjects.TABLE)
    counted = dict(re.findall(r"^\| \w+ \| (\w+): .* \| (\d+) \|$", text, re.MULTILINE))
    assert {name: int(count) for name, count in counted.items()} == Counter(
        judged["verdicts"].values()
    )
    rows = re.findall(r"^\| (\d+) \| \[(.*?)\].* \| (\w+) \|$", table, re.MULTILINE)
    assert [(f"{name}.webp", verdict) for _, name, verdict in rows] == list(
        judged["verdicts"].items()
    )
    assert len(rows) == sum(subjects.COUNTS.values()) == 40
