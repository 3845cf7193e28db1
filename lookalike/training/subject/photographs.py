"""Boxes of ordinary photographs that nobody marked: where two ways of finding them agree.

One is GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004), which splits a photo into what is like
its border and what is not; the other is the detector that is there already. Alone, each is wrong
too often to learn from.
"""

from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np

from lookalike.detectors.base import Detector
from lookalike.galleries.splits import held_out
from lookalike.photos import Box, Photo, shrink
from lookalike.training.subject.drawing import tight_box
from lookalike.training.subject.judging import iou
from lookalike.training.subject.scenes import LEAST, scenes
from lookalike.training.subject.sources import Load, Rgba, on_white, shards

SIDE = 80  # longer side of what GrabCut sees, pixels: its time grows with the area
BORDER = 0.04  # share of each side that is taken for background
AGREED = 0.78  # least IoU of the two boxes
SURE = 0.3  # least score of the detector's


def find(data: Path, detector: Detector) -> list[Load]:
    """Photographs of Caltech-101's training share, without those on white.

    Returns:
        One loader per photo of (h, w, 4) uint8: RGB, and 255 in the subject's box; 0 everywhere
        where the two ways disagree.
    """
    photos = [load for name, load in shards(data, "caltech101") if not held_out(name)]
    return [_boxed(load, detector) for load in photos]


def with_objects(data: Path, salient: Path | None = None) -> list[Load]:
    """Photographs of photos/ that are for training, opaque in the box of their main object.

    It is the largest that SSD-MobileNetV2 is sure of, else what a salience network boxed.

    Args:
        data: folder of photos/.
        salient: Parquet of set, name and parts (box, area as a share), the largest part first;
            data/labels.parquet if none, where that is there.

    Returns:
        One loader per photo of (h, w, 4) uint8.
    """
    boxes = _salient(salient or data / "labels.parquet")
    found: list[Load] = []
    for scene in scenes(data, "trained"):
        box = scene.objects[0] if len(scene.objects) else boxes.get(scene.name)
        if box is not None:
            x1, y1, x2, y2 = np.rint(box).astype(int).tolist()
            found.append(partial(_opaque_in, scene.load, (x1, y1, x2, y2)))
    return found


def _salient(file: Path) -> dict[str, np.ndarray]:
    """Box of the largest salient part of each photo, where it is large enough for a subject."""
    import pyarrow.parquet as pq

    rows = pq.read_table(file).to_pylist() if file.exists() else []
    return {
        row["name"]: np.array(row["parts"][0]["box"])
        for row in rows
        if row["set"] == "photos" and row["parts"] and row["parts"][0]["area"] >= LEAST
    }


def _opaque_in(load: Load, box: Box | None) -> Rgba:
    photo = load()
    alpha = np.zeros(photo.shape[:2], np.uint8)
    if box:
        alpha[box[1] : box[3], box[0] : box[2]] = 255
    return np.dstack([photo, alpha])


def _boxed(load: Load, detector: Detector) -> Load:
    box = cache(lambda: None if on_white(load()) else agreed(load(), detector))

    def loaded() -> Rgba:
        return _opaque_in(load, box())

    return loaded


def agreed(photo: Photo, detector: Detector) -> Box | None:
    """The mean of GrabCut's box and the detector's first; None if they disagree."""
    first = detector.propose(photo)[0]
    if first.score < SURE:
        return None
    cut = foreground_box(photo)
    if cut is None or iou(cut, first.box) < AGREED:
        return None
    x1, y1, x2, y2 = ((a + b) // 2 for a, b in zip(cut, first.box, strict=True))
    return x1, y1, x2, y2


def foreground_box(photo: Photo) -> Box | None:
    """The extent of what differs from the photo's border; None if nothing or nearly all does."""
    small = shrink(photo, SIDE)
    height, width = small.shape[:2]
    mask = np.full((height, width), cv2.GC_BGD, np.uint8)
    y, x = 1 + int(height * BORDER), 1 + int(width * BORDER)
    mask[y : height - y, x : width - x] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)  # GrabCut's clusters start at random
    ignored, models = (0, 0, width, height), (np.zeros((1, 65)), np.zeros((1, 65)))
    cv2.grabCut(small, mask, ignored, *models, 3, cv2.GC_INIT_WITH_MASK)
    item = _large_parts(((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8))
    box = tight_box(item)
    if box is None or not 0.06 < item.mean() < 0.75:
        return None
    scale = np.tile([photo.shape[1] / width, photo.shape[0] / height], 2)
    x1, y1, x2, y2 = np.rint(box * scale).astype(int).tolist()
    return x1, y1, x2, y2


def _large_parts(mask: np.ndarray) -> np.ndarray:
    """(h, w) bool of a uint8 mask, without specks: parts of a twelfth of the largest one stay."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[:, cv2.CC_STAT_AREA] * (np.arange(len(stats)) > 0)
    large = (areas > 0) & (areas >= areas.max() / 12)
    return large[labels]
