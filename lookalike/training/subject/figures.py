"""Drawn clutter for composites: people, arms that reach in, bars and leaves. Never a subject.

Everything is a layer of the canvas's size, (h, w, 4) uint8 RGBA, to be laid over it.
"""

from itertools import pairwise

import cv2
import numpy as np

from lookalike.training.subject.drawing import clouds
from lookalike.training.subject.sources import Rgba, Shape

SKIN = np.array([[250, 214, 188], [228, 184, 150], [196, 142, 108], [148, 98, 70], [90, 58, 44]])


def skin(rng: np.random.Generator) -> np.ndarray:
    """A tone of skin, (3,) RGB."""
    place = rng.uniform(0, len(SKIN) - 1)
    before = int(place)
    after = min(before + 1, len(SKIN) - 1)
    return SKIN[before] + (place - before) * (SKIN[after] - SKIN[before]) + rng.normal(0, 6, 3)


def cloth(rng: np.random.Generator) -> np.ndarray:
    """A colour of cloth, (3,) RGB: mostly muted."""
    grey = rng.uniform(15, 235)
    return grey + (rng.uniform(15, 235, 3) - grey) * rng.uniform(0, 1) ** 1.5


def tube(shape: Shape, points: np.ndarray, radii: list[float]) -> np.ndarray:
    """(h, w) uint8 mask of a chain of circles and what lies between them: a limb, a bar."""
    mask = np.zeros(shape, np.uint8)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    for (start, end), (first, last) in zip(pairwise(points), pairwise(radii), strict=True):
        outline = np.concatenate([start + first * ring, end + last * ring])
        hull = cv2.convexHull(np.rint(outline * 16).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, 255, cv2.LINE_AA, shift=4)
    return mask


def solid(mask: np.ndarray, colour: np.ndarray, rng: np.random.Generator, woven: bool) -> Rgba:
    """Paint a (h, w) uint8 mask as something round: darker to its edge, lit from one side."""
    painted = np.zeros((*mask.shape, 4), np.uint8)
    left, top, width, height = cv2.boundingRect(mask)
    if width and height:  # else it is out of the picture
        inside = slice(top, top + height), slice(left, left + width)
        painted[inside] = _rounded(mask[inside], colour, rng, woven)
    return painted


def _rounded(mask: np.ndarray, colour: np.ndarray, rng: np.random.Generator, woven: bool) -> Rgba:
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    light = 0.6 + 0.4 * np.sqrt(np.minimum(1, depth / max(1.0, 0.7 * float(depth.max()))))
    slope = cv2.Sobel(cv2.GaussianBlur(mask, (0, 0), 0.04 * max(mask.shape)), cv2.CV_32F, 1, 0)
    side = rng.choice([-1, 1]) * slope / max(1.0, float(np.abs(slope).max()))
    light = light + rng.uniform(0, 0.2) * side
    if woven:  # folds
        light = light * (1 + rng.uniform(0.1, 0.5) * (clouds(mask.shape[:2], rng) - 0.5))
    grain = rng.standard_normal(mask.shape, np.float32) * np.float32(rng.uniform(0, 6))
    lit = colour * light[..., None] + grain[..., None]
    return np.dstack([np.clip(lit, 0, 255).astype(np.uint8), mask])


def over(layers: list[Rgba]) -> Rgba:
    """One layer of several, the last on top."""
    merged = layers[0].copy()
    for layer in layers[1:]:
        left, top, width, height = cv2.boundingRect(layer[..., 3])
        inside = slice(top, top + height), slice(left, left + width)
        under, upper = merged[inside], layer[inside]
        alpha = upper[..., 3:].astype(np.float32) / 255
        under[..., :3] = under[..., :3] * (1 - alpha) + upper[..., :3] * alpha
        under[..., 3] = np.maximum(under[..., 3], upper[..., 3])
    return merged


def person(shape: Shape, rng: np.random.Generator) -> Rgba:
    """Somebody standing about, seen whole or in part: eight heads high, as artists count."""
    unit = rng.uniform(0.6, 1.9) * shape[0] / 8
    origin = np.array([rng.uniform(-0.05, 1.05) * shape[1], rng.uniform(-0.3, 0.4) * shape[0]])
    tone, shirt, trousers = skin(rng), cloth(rng), cloth(rng)

    def part(points: list, radii: list[float], colour: np.ndarray, woven: bool = True) -> Rgba:
        placed = origin + unit * np.array(points, float)
        return solid(tube(shape, placed, [unit * r for r in radii]), colour, rng, woven)

    layers = []
    for side in (-1, 1):
        step = side * 0.4 + rng.normal(0, 0.25)
        knee, foot = [step, 5.8], [step + rng.normal(0, 0.15), 7.8]
        layers.append(part([[side * 0.35, 3.9], knee, foot], [0.45, 0.32, 0.22], trousers))
    layers.append(part([[0, 0.6], [0, 1.4]], [0.22, 0.26], tone, False))
    layers.append(part([[0, 1.75], [0, 3.8]], [0.85, 0.62], shirt))
    for side in (-1, 1):
        elbow = [side * rng.uniform(0.9, 1.6), rng.uniform(2.2, 3.0)]
        hand = [elbow[0] + rng.normal(0, 0.6), elbow[1] + rng.uniform(-0.6, 1.3)]
        bare = rng.random() < 0.5
        layers.append(part([elbow, hand], [0.22, 0.16], tone if bare else shirt, not bare))
        layers.append(part([[side * 0.72, 1.5], elbow], [0.32, 0.25], shirt))
        layers.append(part([hand, hand], [0.22, 0.18], tone, False))
    layers.append(part([[0, 0.32], [0, 0.3]], [0.48, 0.48], cloth(rng) * 0.5))  # hair
    layers.append(part([[0, 0.45], [0, 0.62]], [0.36, 0.3], tone, False))
    return over(layers)


def arm(shape: Shape, target: np.ndarray, rng: np.random.Generator) -> Rgba:
    """An arm from the picture's border whose hand ends at `target`, (x, y) in pixels."""
    thick = rng.uniform(0.035, 0.09) * min(shape)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    start = target - along * 1.5 * max(shape)
    wrist = target - along * thick * 2.2
    tone = skin(rng)
    layers = [solid(tube(shape, np.stack([start, wrist]), [1.9 * thick, thick]), tone, rng, False)]
    if rng.random() < 0.6:  # a sleeve
        cuff = wrist - along * thick * rng.uniform(0.5, 5)
        sleeve = tube(shape, np.stack([start, cuff]), [2.6 * thick, 1.4 * thick])
        layers.append(solid(sleeve, cloth(rng), rng, True))
    palm = np.stack([wrist + along * thick * 0.3, wrist + along * thick * 1.2])
    layers.append(solid(tube(shape, palm, [thick, 1.1 * thick]), tone, rng, False))
    for place in (-0.85, -0.3, 0.25, 0.8):
        layers.append(_finger(shape, palm[1], along, across * place, thick, tone, rng))
    thumb = across * 1.1 * rng.choice([-1, 1])
    layers.append(_finger(shape, palm[0], along, thumb, thick, tone, rng))
    return over(layers)


def _finger(
    shape: Shape,
    palm: np.ndarray,
    along: np.ndarray,
    aside: np.ndarray,
    thick: float,
    tone: np.ndarray,
    rng: np.random.Generator,
) -> Rgba:
    root = palm + aside * thick
    bent = along + aside * rng.normal(0.15, 0.15)
    tip = root + bent * thick * rng.uniform(1.0, 2.3)
    mask = tube(shape, np.stack([root, tip]), [0.34 * thick, 0.26 * thick])
    return solid(mask, tone * rng.uniform(0.92, 1.05), rng, False)


def bar(shape: Shape, through: np.ndarray, rng: np.random.Generator) -> Rgba:
    """A pole, a branch or a cable that runs through a point, (x, y) in pixels."""
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)]) * max(shape)
    bend = rng.normal(0, 0.06, 2) * max(shape)
    points = np.stack([through - 1.5 * along, through + bend, through + 1.5 * along])
    thick = rng.uniform(0.006, 0.05) * min(shape)
    return solid(tube(shape, points, [thick] * 3), cloth(rng), rng, rng.random() < 0.5)


def leaves(shape: Shape, rng: np.random.Generator) -> Rgba:
    """Something ragged that grows in from one border: leaves, cloth, paper."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inward = [x / width, 1 - x / width, y / height, 1 - y / height][rng.integers(4)]
    ragged = clouds(shape, rng) * rng.uniform(0.2, 0.9) + inward
    mask = (ragged < rng.uniform(0.25, 0.6)).astype(np.uint8) * 255
    return solid(cv2.GaussianBlur(mask, (0, 0), 1), cloth(rng), rng, True)
