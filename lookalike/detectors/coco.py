"""YOLOv4-tiny finds objects of COCO's 80 kinds, and names them.

Bochkovskiy, Wang, Liao 2020, https://arxiv.org/abs/2004.10934, and Wang, Bochkovskiy, Liao 2021,
https://arxiv.org/abs/2011.08036. The weights are Darknet's, turned to ONNX by
training/subject/coco.py.
"""

import math
from pathlib import Path

import cv2
import numpy as np

from lookalike import cards
from lookalike.detectors.base import Detector, Proposal
from lookalike.detectors.overlaps import suppress
from lookalike.detectors.session import open_session
from lookalike.errors import WeightsError
from lookalike.photos import Photo

LOCATION = "yolo/coco"  # folder under models/
SIDE = 288  # the network sees about the area of a square of this side, pixels; 416 finds no more
STRIDE = 32  # sides of what it sees are multiples of it, pixels
CONFIDENCE = 0.1  # below it a region is no proposal; low, because ranking decides and people choose
OVERLAP = 0.6  # IoU above which the less confident of two regions is dropped, whatever their kind
OVERSAMPLING = 4  # pixels along a side that are averaged into one of the network's, at least
MOST = 20  # regions that are ranked


class YoloCoco(Detector):
    """YOLOv4-tiny.

    Args:
        confidence: lowest score of a proposal, in [0, 1].
        side: the network sees about the area of a square of this side, pixels.
        folder: of weights and card; the user's own, or the shipped ones, if none.

    Raises:
        WeightsError: the weights are missing or damaged.
    """

    name = "yolo@coco"

    def __init__(
        self, confidence: float = CONFIDENCE, side: int = SIDE, folder: Path | None = None
    ) -> None:
        self.confidence, self.side = confidence, side
        folder = folder or cards.find(LOCATION)
        self._session = open_session(weights_file(folder))
        self._kinds: list[str] = cards.read(folder)["kinds"]

    def _detect(self, photo: Photo) -> list[Proposal]:
        height, width = photo.shape[:2]
        seen = fitted(photo, self.side)
        planes = np.ascontiguousarray(seen.transpose(2, 0, 1)[None], np.float32) / 255
        boxes, kinds = self._session.run(None, {"photo": planes})
        scores = kinds.max(axis=1)
        likely = np.flatnonzero(scores >= self.confidence)
        kept = likely[suppress(boxes[likely], scores[likely], OVERLAP)[:MOST]]
        scale = np.tile([width / seen.shape[1], height / seen.shape[0]], 2)
        inside = np.clip(np.rint(boxes[kept] * scale), 0, [width, height, width, height])
        found = zip(inside.astype(int).tolist(), scores[kept], kinds[kept].argmax(1), strict=True)
        return [
            Proposal((x1, y1, x2, y2), min(1.0, float(score)), self.name, self._kinds[kind])
            for (x1, y1, x2, y2), score, kind in found
            if x2 > x1 and y2 > y1
        ]


def fitted(photo: Photo, side: int) -> Photo:
    """A photo as YOLOv4-tiny sees it: stretched a little, so that both sides fit its cells.

    Darknet stretches photos to its input, in training too; bands of grey around them would cost
    time. So a photo of any shape costs no more than a square.

    Args:
        photo: (h, w, 3) uint8 RGB.
        side: of a square with the same area, pixels.

    Returns:
        (h', w', 3) uint8 RGB; h' and w' are multiples of STRIDE, their product at most side².
    """
    height, width = photo.shape[:2]
    columns, rows = _grid(width / height, (side // STRIDE) ** 2)
    step = max(1, min(width // columns, height // rows) // (OVERSAMPLING * STRIDE))
    small = columns * STRIDE < width and rows * STRIDE < height
    way = cv2.INTER_AREA if small else cv2.INTER_LINEAR
    return cv2.resize(photo[::step, ::step], (columns * STRIDE, rows * STRIDE), interpolation=way)


def _grid(aspect: float, cells: int) -> tuple[int, int]:
    """Columns and rows, at most `cells` together, nearest to this ratio of width to height."""
    grids = [(cells // rows, rows) for rows in range(1, cells + 1)]
    return min(grids, key=lambda grid: abs(math.log(grid[0] / grid[1] / aspect)))


def weights_file(folder: Path | None = None) -> Path:
    """The ONNX file, checked against its card: the user's own, or the shipped one.

    Raises:
        WeightsError: there is none, or it differs from its card.
    """
    folder = folder or cards.find(LOCATION)
    try:
        return folder / cards.verify(folder)["file"]
    except WeightsError as error:
        hint = "Make them again with `python -m lookalike train coco`."
        raise WeightsError(error.message, hint) from error
