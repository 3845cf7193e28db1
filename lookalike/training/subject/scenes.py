"""Does the first proposal cover an object? Measured on real photographs.

Nobody boxed what is on them: the objects are those that a larger detector, SSD-MobileNetV2, is sure
of. So this is a proxy: it counts as wrong what that detector misses or has no name for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.detectors.base import Detector
from lookalike.detectors.overlaps import areas, overlaps, suppress
from lookalike.errors import LookalikeError
from lookalike.galleries.splits import place
from lookalike.photos import Photo
from lookalike.training.subject.sources import read_bytes

SURE = 0.5  # least score of an object
SAME = 0.5  # IoU above which two of its boxes are of one object
LEAST = 0.03  # least area of an object, as a share of the photo
RIGHT = 0.5  # least IoU of a proposal that covers an object
SHARES = {  # by `splits.place` of the photo's name
    "measured": (0.0, 0.2),
    "calibrated": (0.2, 0.5),  # the ranking is fitted to these
    "trained": (0.5, 1.0),
}


@dataclass(frozen=True)
class Scene:
    """A photograph and its objects."""

    name: str
    load: Callable[[], Photo]  # (h, w, 3) uint8 RGB
    objects: np.ndarray  # (n, 4) x1, y1, x2, y2 in pixels, the largest first


def scenes(data: Path, share: str) -> Iterator[Scene]:
    """The photographs of a share, those without objects too.

    Args:
        data: folder of photos/, Parquet shards with name, image and objects.
        share: one of SHARES.

    Raises:
        LookalikeError: there are no such shards.
    """
    import pyarrow.parquet as pq

    files = sorted((data / "photos").glob("*.parquet"))
    if not files:
        raise LookalikeError(
            f"There are no Parquet shards in {str(data / 'photos')!r}.",
            "Put photographs there with columns name, image (bytes) and objects (score, box).",
        )
    low, high = SHARES[share]
    for file in files:
        for row in pq.read_table(file, columns=["name", "image", "objects"]).to_pylist():
            if low <= place(row["name"]) < high:
                load = partial(read_bytes, row["image"]["bytes"])
                yield Scene(row["name"], load, _objects(row["objects"], load().shape))


def _objects(found: list[dict[str, Any]], shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape[:2]
    sure = [one for one in found if one["score"] >= SURE]
    boxes = np.array([one["box"] for one in sure]).reshape(-1, 4)
    boxes = np.clip(boxes, 0, [width, height, width, height])
    boxes = boxes[suppress(boxes, np.array([one["score"] for one in sure]), SAME)]
    boxes = boxes[areas(boxes) >= LEAST * width * height]
    return boxes[np.argsort(-areas(boxes), kind="stable")]


def measure(detector: Detector, data: Path, share: str = "measured") -> dict[str, Any]:
    """How often the first proposal is right.

    Returns:
        "photos", how many have objects; "right", the share whose first proposal covers an object,
        "main", the largest one; "offered", the share with a proposal of the largest one, before
        the whole photo.
    """
    judged = np.array(
        [
            judge(detector, scene.load(), scene.objects)
            for scene in scenes(data, share)
            if len(scene.objects)
        ]
    )
    right, main, offered = judged.mean(axis=0).tolist()
    return {"photos": len(judged), "right": right, "main": main, "offered": offered}


def judge(detector: Detector, photo: Photo, objects: np.ndarray) -> tuple[bool, bool, bool]:
    """Whether the first proposal covers an object, and the largest; whether any covers that."""
    proposed = detector.propose(photo)
    boxes = np.array([found.box for found in proposed[:-1] or proposed], float)
    covered = overlaps(boxes, objects) >= RIGHT
    return bool(covered[0].any()), bool(covered[0, 0]), bool(covered[:, 0].any())
