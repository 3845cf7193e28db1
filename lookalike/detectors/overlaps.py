"""How much boxes overlap, and which of several on the same thing stays."""

import numpy as np


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of each box (n, 4) with each other (m, 4): (n, m) in [0, 1]."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    joined = areas(boxes)[:, None] + areas(others)[None] - shared
    return shared / np.maximum(joined, 1e-9)


def areas(boxes: np.ndarray) -> np.ndarray:
    """Of (n, 4) boxes, x1, y1, x2, y2; none is negative."""
    return np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)


def suppress(boxes: np.ndarray, scores: np.ndarray, most: float) -> np.ndarray:
    """Non-maximum suppression: the numbers of the boxes that stay, the best first.

    Args:
        boxes: (n, 4) x1, y1, x2, y2.
        scores: (n,), higher is better.
        most: IoU above which the worse of two boxes goes.
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        first, order = order[0], order[1:]
        kept.append(first)
        order = order[overlaps(boxes[[first]], boxes[order])[0] <= most]
    return np.array(kept, int)
