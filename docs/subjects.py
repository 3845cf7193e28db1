"""Draw docs/subjects.jpg: forty held-out photos with the first proposal of the subject detector.

python docs/subjects.py --data FOLDER, with caltech101/ and fashion-products/ in the folder. What
was right is for people to say: subjects.json holds the verdicts, for one set of weights.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # run as a script, from anywhere

from lookalike import cards  # noqa: E402
from lookalike.detectors import yolo  # noqa: E402
from lookalike.detectors.base import Proposal  # noqa: E402
from lookalike.galleries.splits import held_out  # noqa: E402
from lookalike.photos import Photo  # noqa: E402
from lookalike.training import sources  # noqa: E402

SHEET, TEXT, VERDICTS = HERE / "subjects.jpg", HERE / "subjects.md", HERE / "subjects.json"
TABLE = "<!-- written by subjects.py -->\n"
COUNTS = {"caltech101": 26, "fashion-products": 6, "wallpapers": 8}
COLUMNS, CELL = 8, 160  # pixels
MARKS = {  # verdict: colour of its frame, RGB
    "right": (40, 160, 60),  # the subject, tightly enough to search by
    "loose": (235, 170, 30),  # the subject, but much cut off or much beside it
    "wrong": (210, 40, 40),  # something else, or part of it only
    "none": (120, 120, 120),  # there is no subject to find
    "": (200, 200, 200),  # not judged
}


@dataclass(frozen=True)
class Chosen:
    """A photo of the sheet."""

    name: str  # "caltech101/emu/image_0010.jpg"
    load: sources.Load


def chosen(data: Path) -> list[Chosen]:
    """The photos, by a hash of their name; at most one per class, so that kinds are mixed."""
    lists = {
        name: [Chosen(f"{name}/{item}", load) for item, load in sources.shards(data, name)]
        for name in ("caltech101", "fashion-products")
    }
    out = {
        name: [one for one in photos if held_out(one.name.split("/", 1)[1])]
        for name, photos in lists.items()
    }
    out["wallpapers"] = [
        Chosen(f"wallpapers/{_short(path)}", partial(sources.read_photo, path))
        for path in sources.wallpaper_files(True)
    ]
    return [one for name, count in COUNTS.items() for one in _first(out[name], count)]


def _short(path: Path) -> str:
    """The package's folder and the name of a wallpaper."""
    inside = "contents" in path.parts
    return path.parts[path.parts.index("contents") - 1] if inside else path.name


def _first(photos: Iterable[Chosen], count: int) -> list[Chosen]:
    classes: dict[str, Chosen] = {}
    for one in sorted(photos, key=lambda one: hashlib.sha256(one.name.encode()).hexdigest()):
        parts = one.name.split("/")
        classes.setdefault(parts[1] if len(parts) == 3 else one.name, one)
    return list(classes.values())[:count]


def cell(number: int, photo: Photo, found: Proposal, verdict: str) -> Photo:
    """A thumbnail with its number, its box and the colour of its verdict."""
    sheet, (left, top, width, _) = yolo.letterbox(photo, CELL - 8)
    scale = width / photo.shape[1]
    x1, y1, x2, y2 = (round(value * scale) for value in found.box)
    corners = (left + x1, top + y1), (left + x2 - 1, top + y2 - 1)
    cv2.rectangle(sheet, *corners, (0, 0, 0), 3)
    cv2.rectangle(sheet, *corners, (90, 255, 60), 1)
    framed = cv2.copyMakeBorder(sheet, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=MARKS[verdict])
    cv2.rectangle(framed, (4, 4), (26, 20), MARKS[verdict], -1)
    cv2.putText(framed, str(number), (6, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1)
    return framed


def main() -> None:
    """Choose, propose, draw, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    photos = chosen(parser.parse_args().data)
    weights = cards.verify(yolo.embedded_file().parent)["sha256"]
    judged = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    verdicts = judged.get("verdicts", {}) if judged.get("weights") == weights else {}
    detector = yolo.Yolo()
    cells, rows = [], ["| | photo | verdict |", "| --- | --- | --- |"]
    for number, one in enumerate(photos, 1):
        photo, verdict = one.load(), verdicts.get(one.name, "")
        cells.append(cell(number, photo, detector.propose(photo)[0], verdict))
        rows.append(f"| {number} | {one.name} | {verdict or 'not judged'} |")
    lines = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    drawn = cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(SHEET), drawn, [cv2.IMWRITE_JPEG_QUALITY, 82])
    before = TEXT.read_text().split(TABLE)[0] if TEXT.exists() else ""
    TEXT.write_text(before + TABLE + "\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
