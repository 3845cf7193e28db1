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
from lookalike.training.sources import Rgba, Sources, item_mask

Shape: TypeAlias = tuple[int, int]  # height, width
Masks: TypeAlias = list[np.ndarray]  # (h, w) bool per subject: where it is seen
Draw: TypeAlias = Callable[[Sources, Shape, np.random.Generator], tuple[np.ndarray, Masks]]


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
        return max(self.boxes, key=lambda box: rank(Proposal(box, 1.0, ""), self.photo))


# Drawing.


def tight_box(mask: np.ndarray) -> Box | None:
    """The extent of the true pixels of a (h, w) mask; None if there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _place(rgba: Rgba, shape: Shape, rng: np.random.Generator, scale: float) -> Rgba:
    """The cut-out turned, scaled and moved onto an empty (h, w, 4) canvas.

    `scale` is its longer side as a share of the canvas's: at a share of each side, it fits.
    """
    box = tight_box(rgba[..., 3] > 127)
    if box is None:
        return np.zeros((*shape, 4), np.uint8)
    rgba = rgba[box[1] : box[3], box[0] : box[2]]
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
    height, width = rgba.shape[:2]
    turn = rng.normal(0, 8) if rng.random() < 0.85 else rng.uniform(-180, 180)
    stretch = rng.uniform(0.88, 1.14)
    angle = np.deg2rad(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    spin = spin @ np.diag([stretch, 1 / stretch])
    corners = spin @ (np.array([[-1, 1, 1, -1], [-1, -1, 1, 1]]) * [[width / 2], [height / 2]])
    extent = np.ptp(corners, axis=1)
    zoom = scale * min(shape[1] / extent[0], shape[0] / extent[1])
    spread = 0.16 if rng.random() < 0.7 else 0.3
    centre = np.clip(rng.normal(0.5, spread, 2), 0.08, 0.92)
    # Mostly inside the photo: a cut-off subject is the exception.
    if rng.random() < 0.85:
        half = zoom * extent / 2 / [shape[1], shape[0]]
        centre = np.clip(centre, np.minimum(half, 0.5), np.maximum(1 - half, 0.5))
    matrix = spin * zoom
    middle = centre * [shape[1], shape[0]] - matrix @ [width / 2, height / 2]
    if zoom < 0.5:  # warpAffine samples four pixels only; shrink by area first
        rgba = cv2.resize(rgba, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
        matrix = matrix @ np.diag([width / rgba.shape[1], height / rgba.shape[0]])
    return cv2.warpAffine(
        np.ascontiguousarray(rgba), np.column_stack([matrix, middle]), shape[::-1]
    )


def _relight(colour: Photo, rng: np.random.Generator) -> Photo:
    """Another exposure, contrast and colour of light."""
    gain = rng.uniform(0.7, 1.2) * rng.normal(1, 0.05, 3)
    curve = 255 * np.linspace(0, 1, 256)[:, None] ** rng.uniform(0.75, 1.35) * gain
    return cv2.LUT(colour, np.clip(curve, 0, 255).astype(np.uint8)[None])


def _shadow(canvas: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = alpha.shape
    right, down = rng.normal(0, 0.03) * width, rng.uniform(0, 0.05) * height
    move = np.array([[1, 0, right], [0, 1, down]], np.float32)
    dark = cv2.warpAffine(alpha, move, (width, height))
    dark = cv2.GaussianBlur(dark, (0, 0), rng.uniform(0.008, 0.04) * max(height, width))
    return canvas * (1 - rng.uniform(0.2, 0.6) * dark[..., None])


def _paste(
    canvas: np.ndarray, placed: Rgba, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay a placed cut-out over float32 RGB; gives the canvas and the (h, w) bool of its item."""
    alpha: np.ndarray = placed[..., 3].astype(np.float32) / 255
    colour = np.ascontiguousarray(placed[..., :3])
    if rng.random() < 0.6:
        colour = _relight(colour, rng)
    if rng.random() < 0.4:
        canvas = _shadow(canvas, alpha, rng)
    if rng.random() < 0.3:
        alpha = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 1.0))
    mixed = canvas * (1 - alpha[..., None]) + colour * alpha[..., None]
    return mixed, alpha > 0.5


def texture(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """A drawn background, (h, w, 3) float32: flat, gradient, clouds, noise or stripes."""
    height, width = shape
    first, second = rng.uniform(0, 255, (2, 3))
    if rng.random() < 0.3:  # greys
        first, second = np.repeat(rng.uniform(0, 255, (2, 1)), 3, axis=1)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    kind = rng.integers(5)
    if kind == 0:
        share = np.zeros(shape)
    elif kind == 1:
        angle = rng.uniform(0, 2 * np.pi)
        share = np.clip(x * np.cos(angle) + y * np.sin(angle), -1, 1) / 2 + 0.5
    elif kind == 2:
        share = np.clip(np.hypot(x - rng.random(), y - rng.random()), 0, 1)
    elif kind == 3:
        share = _clouds(shape, rng)
    else:
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(4, 60)
        share = 0.5 + 0.5 * np.sin(pitch * (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi)
        share = np.round(share) if rng.random() < 0.5 else share
    canvas = first + (second - first) * share[..., None]
    grain = rng.standard_normal((*shape, 1), np.float32) * np.float32(rng.uniform(0, 10))
    return canvas.astype(np.float32) + grain


def _clouds(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    total = np.zeros(shape, np.float32)
    for octave in range(1, 6):
        grid = rng.random((2**octave, 2**octave)).astype(np.float32)
        total += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC) / 2**octave
    return (total - total.min()) / max(1e-6, float(np.ptp(total)))


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
        canvas = _relight(canvas, rng)
    if rng.random() < 0.4:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.002, 0.025) * max(shape))
    return canvas.astype(np.float32)


# The kinds of picture.


def _subjects(
    found: Sources, canvas: np.ndarray, scales: list[float], rng: np.random.Generator
) -> tuple[np.ndarray, Masks]:
    masks: Masks = []
    for scale in scales:
        placed = _place(
            found.cutouts[rng.integers(len(found.cutouts))](), canvas.shape[:2], rng, scale
        )
        mask = placed[..., 3] > 127
        if any((mask & other).sum() > 0.25 * other.sum() for other in masks):
            continue  # it would hide one that was there
        canvas, mask = _paste(canvas, placed, rng)
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


KINDS = {  # kind of picture: how it is drawn, its share
    "scene": (_scene, 0.62),
    "full": (_full, 0.1),
    "plain": (_plain, 0.11),
    "grey": (_grey, 0.08),
    "empty": (_empty, 0.09),
}


def compose(found: Sources, seed: int, index: int, side: int) -> Composite:
    """The picture of this number.

    Args:
        found: what to make it of.
        seed: of the whole set.
        index: the picture's number in the set.
        side: its longer side, pixels.

    Returns:
        The picture, with a tight box for every subject that covers at least 0.1 % of it.
    """
    rng = np.random.default_rng([seed, index])
    kind = str(rng.choice(list(KINDS), p=[share for _, share in KINDS.values()]))
    ratio = float(np.clip(np.exp(rng.normal(0, 0.28)), 0.5, 2.0))
    shape = (
        (side, max(1, round(side * ratio))) if ratio < 1 else (max(1, round(side / ratio)), side)
    )
    canvas, masks = KINDS[kind][0](found, shape, rng)
    photo = _finish(canvas, rng)
    boxes = [tight_box(mask) for mask in masks if mask.mean() >= 0.001]
    return Composite(photo, [box for box in boxes if box], kind)


def _finish(canvas: np.ndarray, rng: np.random.Generator) -> Photo:
    """What a camera does to all of it: blur, light that falls off, noise, JPEG."""
    height, width = canvas.shape[:2]
    if rng.random() < 0.15:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.3, 1.0) * max(height, width) / 320)
    if rng.random() < 0.25:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        slope = rng.uniform(-0.35, 0.35, 2)
        canvas = (
            canvas * (1 + slope[0] * (x / width - 0.5) + slope[1] * (y / height - 0.5))[..., None]
        )
    if rng.random() < 0.25:
        noise = rng.standard_normal(canvas.shape, np.float32)
        canvas = canvas + noise * np.float32(rng.uniform(1, 12))
    if rng.random() < 0.1:
        canvas = np.repeat(canvas.mean(axis=2, keepdims=True), 3, axis=2)
    photo = np.clip(np.rint(canvas), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))]
        photo = cv2.imdecode(cv2.imencode(".jpg", photo, quality)[1], cv2.IMREAD_COLOR)
    return photo
