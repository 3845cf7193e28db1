"""YOLO11n finds the main subject, through Ultralytics' YOLO class.

YOLO11: https://docs.ultralytics.com/models/yolo11/ (AGPL-3.0). The embedded weights know one class,
"subject", and are ONNX: they find what COCO has no name for. The hub's are Ultralytics' own for
COCO's 80 classes, of which any may be the subject.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from lookalike import cards
from lookalike.detectors.base import Detector, Proposal
from lookalike.detectors.download import pinned_file
from lookalike.detectors.session import open_session
from lookalike.errors import WeightsError, unknown_name
from lookalike.photos import Photo, shrink


@dataclass(frozen=True)
class DetectorWeights:
    """Which trained parameters a detector runs with."""

    name: str  # "subject" or "hub"
    source: Literal["embedded", "hub"]
    location: str  # folder under models/, or address
    input_size: int  # longest side that the detector sees, pixels
    licence: str
    trained_on: str
    sha256: str = ""  # of the weights file; embedded ones carry it in card.json


EMBEDDED = DetectorWeights(
    name="subject",
    source="embedded",
    location="yolo/subject",
    input_size=320,
    licence="AGPL-3.0",
    trained_on="composites: cut-outs on photographs; card.json names the sources",
)
HUB = DetectorWeights(
    name="hub",
    source="hub",
    location="https://github.com/ultralytics/assets/releases/download/v8.3.0/yolo11n.pt",
    input_size=640,
    licence="AGPL-3.0",
    trained_on="COCO",
    # As huggingface.co/Ultralytics/YOLO11 lists yolo11n.pt, which is the same file.
    sha256="0ebbc80d4a7680d14987a577cd21342b65ecfd94632bd9a8da63ae6417644ee1",
)
WEIGHTS = (EMBEDDED, HUB)  # the first is the default

CONFIDENCE = 0.1  # below it a region is no proposal; low, because ranking decides and people choose
OVERLAP = 0.6  # IoU above which the less confident of two regions is dropped
OVERSAMPLING = 4  # pixels along a side that are averaged into one of the network's, at least


class Yolo(Detector):
    """YOLO11n.

    Args:
        weights: "subject" or "hub".
        confidence: lowest score of a proposal, in [0, 1].

    Raises:
        WeightsError: the weights are missing, damaged, or cannot be downloaded.
        UnknownNameError: there are no such weights.
    """

    name = "yolo"

    def __init__(self, weights: str = "subject", confidence: float = CONFIDENCE) -> None:
        known = {spec.name: spec for spec in WEIGHTS}
        if weights not in known:
            raise unknown_name("set of yolo weights", weights, list(known))
        self.weights = known[weights]
        self.confidence = confidence
        embedded = self.weights.source == "embedded"
        path = embedded_file(self.weights) if embedded else hub_file(self.weights)
        self._lock = threading.Lock()  # Ultralytics' predictor holds the photo that it works on
        self._model = keep_quiet().YOLO(str(path), task="detect")
        # Ultralytics loads the file when it first predicts.
        self._predict(np.zeros((self.weights.input_size, self.weights.input_size, 3), np.uint8))
        if embedded:
            self._model.predictor.model.backend.session = open_session(path)

    def warm(self) -> None:
        """Run once on a blank photo: the first run takes longer than the rest."""
        self.propose(np.full((64, 64, 3), 255, np.uint8))

    def _detect(self, photo: Photo) -> list[Proposal]:
        height, width = photo.shape[:2]
        sheet, (left, top, fitted_width, fitted_height) = letterbox(photo, self.weights.input_size)
        found = self._predict(sheet)
        scale = np.tile([width / fitted_width, height / fitted_height], 2)
        boxes = np.rint((found[:, :4] - [left, top, left, top]) * scale)
        boxes = np.clip(boxes, 0, [width, height, width, height]).astype(int)
        source = f"yolo@{self.weights.name}"
        # The one class of the embedded weights, "subject", says nothing of what it is.
        names = self._model.names if self.weights.source == "hub" else {}
        return [
            Proposal((x1, y1, x2, y2), min(1.0, float(score)), source, names.get(int(kind)))
            for (x1, y1, x2, y2), (score, kind) in zip(boxes.tolist(), found[:, 4:6], strict=True)
            if x2 > x1 and y2 > y1
        ]

    def _predict(self, sheet: Photo) -> np.ndarray:
        """(side, side, 3) uint8 RGB to (n, 6) float32: x1, y1, x2, y2, score, class."""
        import torch

        # As a tensor: Ultralytics' own preparation of an array waits on threads for longer than
        # the network runs when the machine is busy.
        planes = np.ascontiguousarray(sheet.transpose(2, 0, 1)[None], np.float32) / 255
        # One thread for what Ultralytics does around ONNX Runtime, which has its own: on 320 x 320
        # pixels a second thread costs more than it gives.
        threads = 1 if self.weights.source == "embedded" else None
        with self._lock, own_threads(threads):
            (result,) = self._model.predict(
                torch.from_numpy(planes),
                imgsz=self.weights.input_size,
                conf=self.confidence,
                iou=OVERLAP,
                agnostic_nms=True,
                max_det=20,
                device="cpu",
                save=False,
                verbose=False,
            )
        return result.boxes.data.cpu().numpy()


def letterbox(photo: Photo, side: int) -> tuple[Photo, tuple[int, int, int, int]]:
    """Fit a photo into the middle of a grey square, as YOLO was trained.

    Args:
        photo: (h, w, 3) uint8 RGB; large ones are shrunk by area, small ones enlarged.
        side: of the square, pixels.

    Returns:
        (side, side, 3) uint8 RGB, and the photo's left, top, width and height on it.
    """
    # Every third pixel of a 12-megapixel photo is still more than the network sees, and averaging
    # all of them would take longer than the network does.
    step = max(1, max(photo.shape) // (OVERSAMPLING * side))
    photo = shrink(photo[::step, ::step], side)
    height, width = photo.shape[:2]
    if max(height, width) < side:
        scale = side / max(height, width)
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        photo = cv2.resize(photo, (width, height), interpolation=cv2.INTER_LINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    sheet = np.full((side, side, 3), 114, np.uint8)
    sheet[top : top + height, left : left + width] = photo
    return sheet, (left, top, width, height)


def embedded_file(spec: DetectorWeights = EMBEDDED) -> Path:
    """The trained ONNX file, checked against its card: the user's own, or the shipped one.

    Raises:
        WeightsError: there is none, or it differs from its card.
    """
    folder = cards.find(spec.location)
    try:
        return folder / cards.verify(folder)["file"]
    except WeightsError as error:
        hint = "Make them again with `python -m lookalike train subject`."
        raise WeightsError(error.message, hint) from error


def hub_file(spec: DetectorWeights = HUB) -> Path:
    """The hub's weights; see `download.pinned_file`."""
    return pinned_file(spec.location, spec.sha256, "yolo/hub", "the embedded weights")


# Ultralytics, kept quiet.


@cache
def keep_quiet() -> Any:
    """Import Ultralytics, without its phoning home, installing packages or writing settings."""
    import torch
    from PIL import Image

    os.environ.update(
        YOLO_OFFLINE="true",  # else it asks two name servers whether there is a network
        YOLO_AUTOINSTALL="false",
        YOLO_VERBOSE="false",
        # Its ONNX reader asks for the onnx package, which only exporting needs.
        ULTRALYTICS_SKIP_REQUIREMENTS_CHECKS="true",
        ULTRALYTICS_SAFE_LOAD="true",  # torch.load(weights_only=True)
    )
    save, image_open = torch.save, Image.open
    with _settings_elsewhere(), own_threads(), np.printoptions():
        import ultralytics
        from ultralytics.nn import tasks
        from ultralytics.utils import checks, events
    torch.save, Image.open = save, image_open  # it puts its own in place
    # Again in its variables, for when it was imported before the environment was set. The setting
    # is written past its own setter, which would save it to the disk.
    dict.__setitem__(ultralytics.SETTINGS, "sync", False)
    events.events.enabled = False
    checks.AUTOINSTALL = False
    tasks.SAFE_LOAD = True
    return ultralytics


@contextmanager
def _settings_elsewhere() -> Iterator[None]:
    """Importing Ultralytics writes settings.json; let it be in a folder that goes away."""
    before = os.environ.get("YOLO_CONFIG_DIR")
    with tempfile.TemporaryDirectory(prefix="lookalike-") as folder:
        os.environ["YOLO_CONFIG_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["YOLO_CONFIG_DIR"]
            else:
                os.environ["YOLO_CONFIG_DIR"] = before


@contextmanager
def own_threads(count: int | None = None) -> Iterator[None]:
    """Run with `count` threads of torch, and leave torch's and OpenCV's as they were.

    Ultralytics sets both for the whole process.
    """
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        if count is not None:
            torch.set_num_threads(count)
        yield
    finally:
        if torch.get_num_threads() != before[0]:
            torch.set_num_threads(before[0])
        if cv2.getNumThreads() != before[1]:
            cv2.setNumThreads(before[1])
