"""Scenes for methods that look for the same thing again, and noise."""

import cv2
import numpy as np


def textured(seed=0, side=240):
    """A photo of its own: discs and bars of many sizes and colours on a grey ground."""
    chance = np.random.default_rng(seed)
    image = np.full((side, side, 3), 128, np.uint8)
    for _ in range(60):
        x, y = chance.integers(20, side - 20, 2).tolist()
        size = int(chance.integers(4, 24))
        colour = chance.integers(0, 256, 3).tolist()
        if chance.random() < 0.5:
            cv2.circle(image, (x, y), size, colour, -1)
        else:
            cv2.rectangle(image, (x, y), (x + size, y + size // 2), colour, -1)
    return image


def moved(image, angle, scale):
    """The photo turned (degrees) and scaled about its middle, on the same grey ground."""
    side = len(image)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), angle, scale)
    return cv2.warpAffine(image, matrix, (side, side), borderValue=(128, 128, 128))


def noise(seed):
    """60 x 60 pixels of every colour."""
    return np.random.default_rng(seed).integers(0, 256, (60, 60, 3), np.uint8)
