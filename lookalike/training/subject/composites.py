"""Composites for the subject detector: cut-outs on backgrounds, with the boxes they cover.

Every picture is a function of (seed, index), so a set can be made again anywhere that has the same
sources.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from lookalike.detectors.base import Proposal, rank
from lookalike.photos import Box, Photo
from lookalike.training.subject.drawing import finish, paste, place, relight, texture, tight_box
from lookalike.training.subject.sources import Shape, Sources, item_mask

Masks: TypeAlias = list[np.ndarray]  # (h, w) bool per subject: where it is seen
Draw: TypeAlias = Callable[[Sources, Shape, np.random.Generator], tuple[np.ndarray, Masks]]
Kinds: TypeAlias = dict[str, tuple[Draw, float]]


@dataclass(frozen=True)
class Composite:
    """One picture and the tight boxes of its subjects; none in a pure background."""

    photo: Photo  # (h, w, 3) uint8 RGB
    boxes: list[Box]
    kind: str

    def main(self) -> Box | None:
        """The subject that `rank` prefers at equal confidence: large and near the middle."""
        if not self.boxes:
            return None
        return max(self.boxes, key=lambda box: rank(Proposal(box, 1.0, ""), self.photo.shape[:2]))


def background(found: Sources, shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """(h, w, 3) float32 RGB: a crop of a photograph, or a drawn texture."""
    if rng.random() < 0.3:
        return texture(shape, rng)
    photo = found.backgrounds[rng.integers(len(found.backgrounds))]()
    height, width = photo.shape[:2]
    # A small photo has a subject in its middle, so only a corner of it serves.
    small = min(height, width) < 400
    share = rng.uniform(0.25, 0.45) if small else rng.uniform(0.15, 1.0) ** 1.3
    ratio = shape[1] / shape[0]
    crop_h = max(8, int(share * min(height, width / ratio)))
    crop_w = max(8, min(width, int(crop_h * ratio)))
    if small:
        top, left = rng.integers(2) * (height - crop_h), rng.integers(2) * (width - crop_w)
    else:
        top, left = rng.integers(height - crop_h + 1), rng.integers(width - crop_w + 1)
    piece = photo[top : top + crop_h, left : left + crop_w]
    if rng.random() < 0.5:
        piece = np.ascontiguousarray(piece[:, ::-1])
    way = cv2.INTER_AREA if crop_h > shape[0] else cv2.INTER_CUBIC
    canvas = cv2.resize(piece, shape[::-1], interpolation=way)
    if rng.random() < 0.4:
        canvas = relight(canvas, rng)
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.002, 0.025) * max(shape))
    return canvas.astype(np.float32)


# The kinds of picture.


def _subjects(
    found: Sources, canvas: np.ndarray, scales: list[float], rng: np.random.Generator
) -> tuple[np.ndarray, Masks]:
    masks: Masks = []
    for scale in scales:
        placed = place(
            found.cutouts[rng.integers(len(found.cutouts))](), canvas.shape[:2], rng, scale
        )
        mask = placed[..., 3] > 127
        if any((mask & other).sum() > 0.25 * other.sum() for other in masks):
            continue  # it would hide one that was there
        canvas, mask = paste(canvas, placed, rng)
        masks = [other & ~mask for other in masks] + [mask]
    return canvas, masks


def _scene(found: Sources, shape: Shape, rng: np.random.Generator) -> tuple[np.ndarray, Masks]:
    count = rng.choice([1, 2, 3], p=[0.8, 0.14, 0.06])
    scales = [float(rng.uniform(0.25, 0.95))]
    scales += [scales[0] * float(rng.uniform(0.3, 0.8)) for _ in range(count - 1)]
    return _subjects(found, background(found, shape, rng), scales, rng)


def _full(found: Sources, shape: Shape, rng: np.random.Generator) -> tuple[np.ndarray, Masks]:
    scales = [float(rng.uniform(0.9, 1.25))]
    return _subjects(found, background(found, shape, rng), scales, rng)


def _empty(found: Sources, shape: Shape, rng: np.random.Generator) -> tuple[np.ndarray, Masks]:
    return background(found, shape, rng), []


def _plain(found: Sources, shape: Shape, rng: np.random.Generator) -> tuple[np.ndarray, Masks]:
    """A catalogue picture as it is, on white or off-white paper of any margin."""
    photo = found.plain[rng.integers(len(found.plain))]()
    return _onto(photo.astype(np.float32), item_mask(photo), shape, rng, (255.0, 255.0, 255.0))


def _grey(found: Sources, shape: Shape, rng: np.random.Generator) -> tuple[np.ndarray, Masks]:
    item = found.grey[rng.integers(len(found.grey))]()
    photo = np.repeat(item[..., None], 3, axis=2).astype(np.float32)
    if rng.random() < 0.15:  # the same catalogue, printed dark on white
        photo = 255 - photo
    return _onto(photo, (item > 24).astype(np.uint8), shape, rng, tuple(photo[0, 0].tolist()))


def _onto(
    photo: np.ndarray,
    mask: np.ndarray,
    shape: Shape,
    rng: np.random.Generator,
    colour: tuple,
) -> tuple[np.ndarray, Masks]:
    """Fit a small picture and its item's mask onto a larger sheet of its own background."""
    height, width = photo.shape[:2]
    zoom = min(shape[0] / height, shape[1] / width) * (
        1.0 if rng.random() < 0.5 else rng.uniform(0.5, 1.3)
    )
    free = np.array([shape[1] - zoom * width, shape[0] - zoom * height])
    move = free / 2 + rng.normal(0, 0.12, 2) * np.abs(free)
    matrix = np.column_stack([np.eye(2) * zoom, move])
    size = shape[::-1]
    way = (
        cv2.INTER_AREA
        if zoom < 1
        else rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST])
    )
    sheet = cv2.warpAffine(photo, matrix, size, flags=int(way), borderValue=colour)
    placed = cv2.warpAffine(mask * 255, matrix, size)
    if rng.random() < 0.3:
        sheet = sheet * rng.uniform(0.75, 1.0)
    return sheet, [placed > 127]


KINDS: Kinds = {  # kind of picture: how it is drawn, its share
    "scene": (_scene, 0.62),
    "full": (_full, 0.1),
    "plain": (_plain, 0.11),
    "grey": (_grey, 0.08),
    "empty": (_empty, 0.09),
}


def compose(found: Sources, seed: int, index: int, side: int, kinds: Kinds = KINDS) -> Composite:
    """The picture of this number.

    Args:
        found: what to make it of.
        seed: of the whole set.
        index: the picture's number in the set.
        side: its longer side, pixels.
        kinds: of picture, and how often each is drawn.

    Returns:
        The picture, with a tight box for every subject that covers at least 0.1 % of it.
    """
    rng = np.random.default_rng([seed, index])
    kind = str(rng.choice(list(kinds), p=[share for _, share in kinds.values()]))
    ratio = float(np.clip(np.exp(rng.normal(0, 0.28)), 0.5, 2.0))
    shape = (
        (side, max(1, round(side * ratio))) if ratio < 1 else (max(1, round(side / ratio)), side)
    )
    canvas, masks = kinds[kind][0](found, shape, rng)
    photo = finish(canvas, rng)
    boxes = [tight_box(mask) for mask in masks if mask.mean() >= 0.001]
    return Composite(photo, [box for box in boxes if box], kind)
