"""Draw docs/subjects.jpg: forty ordinary photos with the first proposal of the subject detector.

python docs/subjects.py, with Debian's gcompris-qt-data installed. What was right is for people to
say: subjects.json holds the verdicts, for one set of weights of each network.
"""

import hashlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # run as a script, from anywhere

from docs.gcompris import Picture, pictures  # noqa: E402
from lookalike import cards  # noqa: E402
from lookalike.detectors import coco, registry, yolo  # noqa: E402
from lookalike.detectors.base import Proposal  # noqa: E402
from lookalike.photos import Photo  # noqa: E402

SHEET, TEXT, VERDICTS = HERE / "subjects.jpg", HERE / "subjects.md", HERE / "subjects.json"
TABLE = "<!-- written by subjects.py -->\n"
COUNTS = {  # activity and folder of GCompris: photos of it
    ("categorization", "tools"): 8,
    ("categorization", "others"): 8,  # things of the house
    ("categorization", "fishes"): 4,
    ("categorization", "monuments"): 4,
    ("categorization", "renewable"): 4,  # windmills, dams, solar cells
    ("explore_farm_animals", "animals"): 6,
    ("explore_world_animals", "animals"): 6,
}
COLUMNS, CELL = 8, 160  # pixels
MARKS = {  # verdict: colour of its frame, RGB
    "right": (40, 160, 60),  # the subject, tightly enough to search by
    "loose": (235, 170, 30),  # the subject, but much cut off or much beside it
    "wrong": (210, 40, 40),  # something else, or part of it only
    "": (200, 200, 200),  # not judged
}


def chosen() -> list[Picture]:
    """The photos: some of each folder, by a hash of their name."""
    return [
        picture
        for folder, count in COUNTS.items()
        for picture in sorted(pictures(*folder), key=_hash)[:count]
    ]


def _hash(picture: Picture) -> str:
    return hashlib.sha256(picture.name.encode()).hexdigest()


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


def weights() -> dict[str, str]:
    """The sha256 of both networks, of which the verdicts are."""
    files = {"coco": coco.weights_file(), "subject": yolo.embedded_file()}
    return {name: cards.verify(file.parent)["sha256"] for name, file in files.items()}


def main() -> None:
    """Choose, propose, draw, and write the table."""
    photos = chosen()
    judged = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    verdicts = judged.get("verdicts", {}) if judged.get("weights") == weights() else {}
    detector = registry.load("yolo", "embedded")
    cells, rows = [], ["| | photo | by | verdict |", "| --- | --- | --- | --- |"]
    for number, one in enumerate(photos, 1):
        photo, verdict = one.load(), verdicts.get(one.name, "")
        cells.append(cell(number, photo, detector.propose(photo)[0], verdict))
        name, said = one.name.removesuffix(".webp"), verdict or "not judged"
        rows.append(f"| {number} | [{name}]({one.source}) | {one.author} | {said} |")
    lines = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    drawn = cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(SHEET), drawn, [cv2.IMWRITE_JPEG_QUALITY, 82])
    before = TEXT.read_text().split(TABLE)[0] if TEXT.exists() else ""
    TEXT.write_text(before + TABLE + "\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
