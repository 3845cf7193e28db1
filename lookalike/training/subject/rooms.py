"""Drawn places for composites: rooms with a floor or a table, and a photographer's paper."""

import cv2
import numpy as np

from lookalike.training.subject.drawing import clouds
from lookalike.training.subject.figures import cloth
from lookalike.training.subject.sources import Shape


def room(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """A wall, what hangs or stands there, and a floor or table: (h, w, 3) float32 RGB."""
    height, width = shape
    canvas = _surface(shape, rng, 1.0)
    for _ in range(rng.integers(0, 4)):
        _panel(canvas, rng)
    horizon = min(height - 1, round(float(rng.uniform(0.3, 0.8)) * height))
    floor = _surface((height - horizon, width), rng, rng.uniform(1, 8))
    if rng.random() < 0.5:
        _planks(floor, rng)
    canvas[horizon:] = floor * np.linspace(rng.uniform(0.7, 1), 1, len(floor))[:, None, None]
    edge = max(1, round(float(rng.uniform(0.003, 0.03)) * height))
    if rng.random() < 0.6:  # the skirting, or the table's edge
        canvas[horizon : horizon + edge] *= rng.uniform(0.5, 1.3)
    canvas = canvas * _lamp(shape, rng)
    if rng.random() < 0.7:  # out of focus
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.001, 0.02) * max(shape))
    return canvas.astype(np.float32)


def studio(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """Seamless paper, near-white to grey, sometimes tinted: (h, w, 3) float32 RGB."""
    paper = rng.uniform(190, 254) if rng.random() < 0.7 else rng.uniform(20, 190)
    colour = np.clip(paper + rng.normal(0, 5, 3), 0, 255)
    ramp = np.linspace(1, rng.uniform(0.75, 1.05), shape[0])[:, None, None]
    canvas = colour * ramp * (0.5 + 0.5 * _lamp(shape, rng))
    return np.clip(canvas, 0, 255).astype(np.float32)


def _surface(shape: Shape, rng: np.random.Generator, stretch: float) -> np.ndarray:
    """Plaster, carpet or wood: one colour, its blotches drawn out sideways by `stretch`."""
    high, wide = max(2, shape[0]), max(2, round(shape[1] / stretch))
    blotches = cv2.resize(clouds((high, wide), rng), shape[::-1])
    colour = cloth(rng) * 0.6 + 90 * rng.random()
    grain = rng.standard_normal((*shape, 1), np.float32) * np.float32(rng.uniform(0, 9))
    return colour * (1 + rng.uniform(0.05, 0.5) * (blotches[..., None] - 0.5)) + grain


def _panel(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """A window, a picture, a door or a cupboard on the wall, in place."""
    height, width = canvas.shape[:2]
    high, wide = rng.uniform(0.15, 0.7, 2) * [height, width]
    left, top = rng.uniform(-0.2, 0.9) * width, rng.uniform(-0.2, 0.6) * height
    frame, inside = cloth(rng), cloth(rng)
    corners = [round(float(value)) for value in (left, top, left + wide, top + high)]
    rim = max(1, round(float(rng.uniform(0.005, 0.03)) * max(height, width)))
    cv2.rectangle(canvas, corners[:2], corners[2:], frame.tolist(), -1)
    inner = [corners[0] + rim, corners[1] + rim, corners[2] - rim, corners[3] - rim]
    cv2.rectangle(canvas, inner[:2], inner[2:], inside.tolist(), -1)
    for share in np.linspace(0, 1, rng.integers(2, 7))[1:-1]:  # shelves, or panes
        row = round(corners[1] + share * high)
        cv2.line(canvas, (corners[0], row), (corners[2], row), frame.tolist(), rim)


def _planks(floor: np.ndarray, rng: np.random.Generator) -> None:
    """Joints that run to one vanishing point, in place."""
    height, width = floor.shape[:2]
    vanishing = round(float(rng.uniform(0, 1)) * width), -round(float(rng.uniform(0.2, 2)) * height)
    shade = (floor.mean(axis=(0, 1)) * rng.uniform(0.5, 0.9)).tolist()
    for foot in np.arange(-2 * width, 3 * width, max(3, rng.uniform(0.04, 0.3) * width)):
        cv2.line(floor, vanishing, (round(float(foot)), 2 * height), shade, 1, cv2.LINE_AA)


def _lamp(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """(h, w, 1) light of one lamp: full near it, less in the far corner."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32) / max(shape)
    distance = np.hypot(x - rng.uniform(-0.2, 1.2), y - rng.uniform(-0.2, 1.2))
    return (1.1 - rng.uniform(0, 0.5) * distance)[..., None]
