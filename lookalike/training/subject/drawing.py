"""Drawing for composites: cut-outs turned, lit and laid onto a canvas, textures, the camera."""

import cv2
import numpy as np

from lookalike.photos import Box, Photo
from lookalike.training.subject.sources import Rgba, Shape


def tight_box(mask: np.ndarray) -> Box | None:
    """The extent of the true pixels of a (h, w) mask; None if there are none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def place(rgba: Rgba, shape: Shape, rng: np.random.Generator, scale: float) -> Rgba:
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


def relight(colour: Photo, rng: np.random.Generator) -> Photo:
    """Another exposure, contrast and colour of light."""
    gain = rng.uniform(0.7, 1.2) * rng.normal(1, 0.05, 3)
    curve = 255 * np.linspace(0, 1, 256)[:, None] ** rng.uniform(0.75, 1.35) * gain
    return cv2.LUT(colour, np.clip(curve, 0, 255).astype(np.uint8)[None])


def shadow(canvas: np.ndarray, alpha: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width = alpha.shape
    right, down = rng.normal(0, 0.03) * width, rng.uniform(0, 0.05) * height
    move = np.array([[1, 0, right], [0, 1, down]], np.float32)
    dark = cv2.warpAffine(alpha, move, (width, height))
    dark = cv2.GaussianBlur(dark, (0, 0), rng.uniform(0.008, 0.04) * max(height, width))
    return canvas * (1 - rng.uniform(0.2, 0.6) * dark[..., None])


def paste(
    canvas: np.ndarray, placed: Rgba, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lay a placed cut-out over float32 RGB; gives the canvas and the (h, w) bool of its item."""
    alpha: np.ndarray = placed[..., 3].astype(np.float32) / 255
    colour = np.ascontiguousarray(placed[..., :3])
    if rng.random() < 0.6:
        colour = relight(colour, rng)
    if rng.random() < 0.4:
        canvas = shadow(canvas, alpha, rng)
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
        share = clouds(shape, rng)
    else:
        angle, pitch = rng.uniform(0, np.pi), rng.uniform(4, 60)
        share = 0.5 + 0.5 * np.sin(pitch * (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi)
        share = np.round(share) if rng.random() < 0.5 else share
    canvas = first + (second - first) * share[..., None]
    grain = rng.standard_normal((*shape, 1), np.float32) * np.float32(rng.uniform(0, 10))
    return canvas.astype(np.float32) + grain


def clouds(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    total = np.zeros(shape, np.float32)
    for octave in range(1, 6):
        grid = rng.random((2**octave, 2**octave)).astype(np.float32)
        total += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC) / 2**octave
    return (total - total.min()) / max(1e-6, float(np.ptp(total)))


def finish(canvas: np.ndarray, rng: np.random.Generator) -> Photo:
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
