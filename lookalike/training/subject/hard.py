"""The harder composites: lit and shaded like their scene, half hidden, held, among people."""

from collections.abc import Callable

import cv2
import numpy as np

from lookalike.photos import Box
from lookalike.training.subject.composites import Kinds, Masks, background
from lookalike.training.subject.drawing import place, relight, shadow, tight_box
from lookalike.training.subject.figures import arm, bar, leaves, person
from lookalike.training.subject.rooms import room, studio
from lookalike.training.subject.sources import Rgba, Shape, Sources

MOST_HIDDEN = 0.35  # share of a subject that what is in front may cover
Drawn = tuple[np.ndarray, Masks]


# Laying a thing into its scene.


def matched(placed: Rgba, canvas: np.ndarray, rng: np.random.Generator) -> Rgba:
    """A cut-out nearer to the light and colours that the scene has where it lies."""
    inside = placed[..., 3] > 127
    if not inside.any():
        return placed
    item = placed[inside][:, :3].mean(axis=0) + 1
    scene = canvas[inside].mean(axis=0) + 1
    gain = 1 + rng.uniform(0, 0.5) * (np.clip(scene / item, 0.4, 1.8) - 1)
    across = np.linspace(-1, 1, placed.shape[1])[:, None] * rng.normal(0, 0.2)
    down = np.linspace(-1, 1, placed.shape[0])[:, None, None] * rng.normal(0, 0.15)
    lit = placed[..., :3] * gain * (1 + across + down)
    return np.dstack([np.clip(lit, 0, 255).astype(np.uint8), placed[..., 3]])


def standing(canvas: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The shadows of a thing that stands: a dark line of contact, and one that it casts."""
    box = tight_box(alpha > 0.5)
    if box is None:
        return canvas
    left, top, right, bottom = box
    size = alpha.shape[::-1]
    flat = rng.uniform(0.08, 0.4)  # of its height, as the lamp stands high or low
    lean = rng.uniform(-0.7, 0.7)
    cast = np.array([[1, -lean, lean * bottom], [0, flat, bottom * (1 - flat)]])
    dark = cv2.warpAffine(alpha, cast, size)
    dark = cv2.GaussianBlur(dark, (0, 0), rng.uniform(0.005, 0.025) * max(size))
    touch = np.zeros_like(alpha)
    middle, half = ((left + right) // 2, bottom - 1), max(1, round((right - left) * 0.42))
    cv2.ellipse(touch, middle, (half, max(1, (bottom - top) // 25)), 0, 0, 360, 1.0, -1)
    touch = cv2.GaussianBlur(touch, (0, 0), rng.uniform(0.003, 0.012) * max(size))
    depth = np.maximum(rng.uniform(0.15, 0.55) * dark, rng.uniform(0.3, 0.7) * touch)
    return canvas * (1 - depth[..., None])


def lay(canvas: np.ndarray, placed: Rgba, rng: np.random.Generator) -> Drawn:
    """A placed cut-out in the scene's light, with its shadow: the canvas, and where it is seen."""
    alpha: np.ndarray = placed[..., 3].astype(np.float32) / 255
    colour = matched(placed, canvas, rng)[..., :3]
    if rng.random() < 0.4:
        colour = relight(np.ascontiguousarray(colour), rng)
    cast = [standing, shadow, None][rng.choice(3, p=[0.55, 0.25, 0.2])]
    if cast:
        canvas = cast(canvas, alpha, rng)
    soft = cv2.GaussianBlur(alpha, (0, 0), rng.uniform(0.3, 0.9) * max(1, max(alpha.shape) / 400))
    mixed = canvas * (1 - soft[..., None]) + colour * soft[..., None]
    return mixed, [alpha > 0.5]


def cover(canvas: np.ndarray, masks: Masks, front: Rgba, most: float = MOST_HIDDEN) -> Drawn:
    """Lay something over all of it that is no subject, unless it hides too much of one."""
    alpha = front[..., 3:].astype(np.float32) / 255
    hidden = alpha[..., 0] > 0.5
    if any((hidden & mask).sum() > most * mask.sum() for mask in masks):
        return canvas, masks
    mixed = canvas * (1 - alpha) + front[..., :3] * alpha
    return mixed, [mask & ~hidden for mask in masks]


# What pictures are built of.


def _scene(found: Sources, shape: Shape, rng: np.random.Generator) -> np.ndarray:
    drawn = [background, _room, _studio][rng.choice(3, p=[0.5, 0.35, 0.15])]
    return drawn(found, shape, rng)


def _room(found: Sources, shape: Shape, rng: np.random.Generator) -> np.ndarray:
    return room(shape, rng)


def _studio(found: Sources, shape: Shape, rng: np.random.Generator) -> np.ndarray:
    return studio(shape, rng)


def _items(
    found: Sources, canvas: np.ndarray, scales: list[float], rng: np.random.Generator
) -> Drawn:
    """Cut-outs one after the other; one that would hide much of an earlier one is left out."""
    masks: Masks = []
    for scale in scales:
        load = found.cutouts[rng.integers(len(found.cutouts))]
        placed = place(load(), canvas.shape[:2], rng, scale)
        mask = placed[..., 3] > 127
        if any((mask & other).sum() > 0.25 * other.sum() for other in masks):
            continue
        canvas, (seen,) = lay(canvas, placed, rng)
        masks = [other & ~seen for other in masks] + [seen]
    return canvas, masks


def _people(canvas: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Up to `most` people who stand behind what is laid next, out of focus at times."""
    for _ in range(rng.integers(0, most + 1)):
        layer = person(canvas.shape[:2], rng)
        if rng.random() < 0.5:
            layer = cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.002, 0.012) * max(layer.shape))
        canvas, _ = cover(canvas, [], layer)
    return canvas


def _edge_of(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A point (x, y) on the rim of a (h, w) mask: where a hand would hold it."""
    rim = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    rows, columns = np.nonzero(rim if rim.any() else np.ones_like(mask))
    chosen = rng.integers(len(rows))
    return np.array([columns[chosen], rows[chosen]], float)


def _front(found: Sources, masks: Masks, shape: Shape, rng: np.random.Generator) -> Rgba:
    """Something that is in the way: a bar, leaves, an arm, or a thing too near to be sharp."""
    kind = rng.integers(4)
    mask = masks[0] if masks else np.ones(shape, bool)
    if kind == 0:
        return bar(shape, _edge_of(mask, rng), rng)
    if kind == 1:
        return leaves(shape, rng)
    if kind == 2:
        return arm(shape, _edge_of(mask, rng), rng)
    load = found.cutouts[rng.integers(len(found.cutouts))]
    near = place(load(), shape, rng, float(rng.uniform(0.4, 0.9)))
    corner = np.array([rng.choice([-1, 1]), rng.choice([-1, 1])]) * rng.uniform(0.3, 0.5, 2)
    move = np.column_stack([np.eye(2), corner * [shape[1], shape[0]]])
    near = cv2.warpAffine(near, move, shape[::-1])
    return cv2.GaussianBlur(near, (0, 0), rng.uniform(0.01, 0.03) * max(shape))


def _vignette(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.7:
        return canvas
    height, width = canvas.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return canvas * (1 - rng.uniform(0.1, 0.5) * (x**2 + y**2)[..., None] / 2)


# The kinds.


def _table(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """Things that stand in a room or on a table."""
    largest = float(rng.uniform(0.3, 0.85))
    scales = [largest, *(largest * rng.uniform(0.25, 0.7, rng.integers(0, 4)))]
    return _items(found, room(shape, rng), scales, rng)


def _crowd(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """One thing among people and smaller things."""
    canvas = _people(_scene(found, shape, rng), 3, rng)
    largest = float(rng.uniform(0.35, 0.85))
    scales = [largest, *(largest * rng.uniform(0.2, 0.6, rng.integers(0, 5)))]
    return _items(found, canvas, scales, rng)


def _held(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """A thing in one or two hands, or with hands that reach for it."""
    canvas = _people(_scene(found, shape, rng), 1, rng)
    canvas, masks = _items(found, canvas, [float(rng.uniform(0.3, 0.8))], rng)
    for _ in range(rng.integers(1, 3) if masks else 0):
        canvas, masks = cover(canvas, masks, arm(shape, _edge_of(masks[0], rng), rng))
    return canvas, masks


def _hidden(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """A thing partly behind something else."""
    scales = [float(rng.uniform(0.4, 0.95)), *rng.uniform(0.15, 0.4, rng.integers(0, 2))]
    canvas, masks = _items(found, _scene(found, shape, rng), scales, rng)
    for _ in range(rng.integers(1, 3)):
        canvas, masks = cover(canvas, masks, _front(found, masks, shape, rng))
    return canvas, masks


def _paper(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """One thing, or two, on a photographer's paper, with their shadows."""
    scales = [float(rng.uniform(0.35, 0.95)), *rng.uniform(0.15, 0.4, rng.integers(0, 2))]
    return _items(found, studio(shape, rng), scales, rng)


def _close(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """A thing that fills the frame or is cut off by it."""
    canvas, masks = _items(found, _scene(found, shape, rng), [float(rng.uniform(0.85, 1.3))], rng)
    if rng.random() < 0.3:
        canvas, masks = cover(canvas, masks, _front(found, masks, shape, rng))
    return canvas, masks


def _bystanders(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """People and no thing: nothing to propose."""
    return _people(_scene(found, shape, rng), 3, rng), []


def _photograph(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
    """An ordinary photo whose box is known, whole or cropped around its subject."""
    for _ in range(40):
        photo = found.photographs[rng.integers(len(found.photographs))]()
        box = tight_box(photo[..., 3] > 0)
        if box:
            return _cropped(photo, box, max(shape), rng)
    return background(found, shape, rng), []


def _cropped(photo: Rgba, box: Box, side: int, rng: np.random.Generator) -> Drawn:
    height, width = photo.shape[:2]
    spare = np.array([box[0], box[1], width - box[2], height - box[3]])
    cut = (spare * rng.uniform(0, 0.9, 4) * (rng.random() < 0.5)).astype(int)
    photo = photo[cut[1] : height - cut[3], cut[0] : width - cut[2]]
    zoom = side / max(photo.shape[:2])
    size = [max(1, round(length * zoom)) for length in photo.shape[1::-1]]
    photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    return photo[..., :3].astype(np.float32), [photo[..., 3] > 127]


def _taken(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    def drawn(found: Sources, shape: Shape, rng: np.random.Generator) -> Drawn:
        canvas, masks = draw(found, shape, rng)
        return _vignette(canvas, rng), masks

    return drawn


HARD: Kinds = {  # kind of picture: how it is drawn, its share
    "table": (_taken(_table), 0.2),
    "crowd": (_taken(_crowd), 0.22),
    "held": (_taken(_held), 0.16),
    "hidden": (_taken(_hidden), 0.16),
    "paper": (_taken(_paper), 0.1),
    "close": (_taken(_close), 0.12),
    "bystanders": (_taken(_bystanders), 0.04),
}

# What is trained on beside the easier kinds: photos too, whose boxes are too rough to judge by.
TRAINED: Kinds = {name: (draw, 0.6 * share) for name, (draw, share) in HARD.items()} | {
    "photograph": (_photograph, 0.4)
}
