"""Augmentation of one small picture, drawn from one generator.

Pictures are (side, side, 3) uint8 RGB. OpenCV takes a tenth of a millisecond for one; the same in
batches of floats would cost a good part of the network's step.
"""

import cv2
import numpy as np

from lookalike.photos import Photo
from lookalike.training.embeddings.recipe import Augmentation

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# RGB to YIQ: turning I and Q turns the hue and keeps the lightness.
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
RGB = np.linalg.inv(YIQ)


def change(picture: Photo, settings: Augmentation, rng: np.random.Generator) -> Photo:
    """A copy with another light and other colours, blurred, compressed, or covered in part."""
    if rng.random() < settings.photo:
        picture = on_background(picture, rng)
    made = recolour(picture, settings, rng)
    if rng.random() < settings.blur:
        made = cv2.GaussianBlur(made, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < settings.jpeg:
        made = through_jpeg(made, int(rng.integers(20, 80)))
    if rng.random() < settings.erase:
        erase(made, rng)
    return made


def random_box(smallest: float, rng: np.random.Generator) -> np.ndarray:
    """A crop of at least `smallest` of the area, half of them mirrored; (5,) float32."""
    area = rng.uniform(smallest, 1)
    longest = np.log(min(1 / area, 4 / 3))  # sides of at most 4 : 3 that fit into the square
    ratio = np.exp(rng.uniform(-longest, longest))
    width, height = np.sqrt(area * ratio), np.sqrt(area / ratio)
    left, top = rng.uniform(size=2) * (1 - np.array([width, height]))
    return np.array([left, top, width, height, rng.random() < 0.5], np.float32)


def move(
    picture: Photo, box: np.ndarray, side: int, settings: Augmentation, rng: np.random.Generator
) -> Photo:
    """Crop to the box, mirror, turn and shift, in one interpolation; the border is repeated.

    Args:
        picture: (s, s, 3) uint8.
        box: (5,) left, top, width and height of the crop as shares, and whether it is mirrored.
        side: of the result, pixels.

    Returns:
        (side, side, 3) uint8.
    """
    full = picture.shape[0]
    left, top, width, height, mirrored = (float(value) for value in box)
    across, down = width * full / side, height * full / side
    turn = np.deg2rad(rng.uniform(-settings.turn, settings.turn))
    x, y = rng.uniform(-settings.shift, settings.shift, 2) * side
    cos, sin, half = np.cos(turn), np.sin(turn), (side - 1) / 2
    # From the result's pixels to the picture's, around the middle of each.
    flip = -1.0 if mirrored else 1.0
    rows = np.array([[across * cos * flip, -across * sin], [down * sin * flip, down * cos]])
    centre = np.array([(left + width / 2) * full - 0.5, (top + height / 2) * full - 0.5])
    offset = centre - rows @ np.array([half + x, half + y])
    matrix = np.column_stack([rows, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        picture, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def recolour(picture: Photo, settings: Augmentation, rng: np.random.Generator) -> Photo:
    """Change brightness, contrast, saturation and hue by one matrix."""
    light, contrast = 1 + rng.uniform(-settings.light, settings.light, 2)
    if rng.random() < settings.dark:
        light = rng.uniform(0.3, 0.6)
    saturation = 1 + rng.uniform(-settings.colour, settings.colour)
    if rng.random() < settings.grey:
        saturation = 0.0
    turn = np.deg2rad(rng.uniform(-settings.hue, settings.hue))
    cos, sin = np.cos(turn) * saturation, np.sin(turn) * saturation
    change = RGB @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ YIQ
    mean = float(np.asarray(cv2.mean(picture)[:3]) @ LUMA)
    matrix = np.column_stack([change * light * contrast, np.full(3, mean * light * (1 - contrast))])
    return cv2.transform(picture, matrix)


def through_jpeg(picture: Photo, quality: int) -> Photo:
    """What JPEG leaves of it."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded: np.ndarray = cv2.imdecode(data, cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return np.ascontiguousarray(decoded[..., ::-1])


def erase(picture: Photo, rng: np.random.Generator) -> None:
    """Cover one rectangle with one colour (Zhong et al. 2020), in place."""
    side = picture.shape[0]
    height, width = (int(share * side) for share in rng.uniform(0.15, 0.5, 2))
    top, left = int(rng.integers(0, side - height)), int(rng.integers(0, side - width))
    picture[top : top + height, left : left + width] = rng.integers(0, 256, 3)


def on_background(picture: Photo, rng: np.random.Generator) -> Photo:
    """A bright item on black, put on a flat or slanted background; half of them inverted."""
    side = picture.shape[0]
    # The background is exactly 0, the item hardly ever below a fifth.
    matte = np.minimum(picture.astype(np.float32) / 51, 1)
    ground = np.empty((side, side, 3), np.float32)
    ground[:] = rng.uniform(0, 300, 3) if rng.random() < 0.5 else rng.uniform(0, 300)
    if rng.random() < 0.5:
        steps = np.linspace(-80, 80, side, dtype=np.float32)
        ground += rng.uniform(-1, 1) * steps[:, None, None] + rng.uniform(-1, 1) * steps[:, None]
    shown = picture * matte + np.clip(ground, 0, 255) * (1 - matte)
    return (255 - shown if rng.random() < 0.5 else shown).astype(np.uint8)
