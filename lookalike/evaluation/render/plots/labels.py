"""Where the names of points go, so that they cover neither points nor each other."""

from collections.abc import Sequence

PLACES = ("top right", "bottom right", "top left", "bottom left", "top center", "bottom center")
LETTER = (0.018, 0.07)  # width and height of a label's letter, as shares of a narrow plot
STEP = (0.08, 0.05)  # how far short labels must lie apart, likewise
MARK = 0.02  # half of a marker's, likewise


def places(x: Sequence[float], y: Sequence[float], names: Sequence[str]) -> list[str]:
    """Of each point: the side on which its label covers the fewest points and labels."""
    points = list(zip(shares(x), shares(y), strict=True))
    taken = [(a - MARK, b - MARK, a + MARK, b + MARK) for a, b in points]
    chosen = []
    for (a, b), name in zip(points, names, strict=True):
        boxes = {place: _box(a, b, place, LETTER[0] * (len(name) + 1)) for place in PLACES}
        best = min(PLACES, key=lambda place: sum(_overlap(boxes[place], box) for box in taken))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def shares(values: Sequence[float]) -> list[float]:
    """Where each value lies between the least, 0, and the greatest, 1."""
    low, width = min(values), (max(values) - min(values)) or 1.0
    return [(value - low) / width for value in values]


def _box(a: float, b: float, place: str, width: float) -> tuple[float, float, float, float]:
    left = {"right": a, "left": a - width, "center": a - width / 2}[place.split()[1]]
    bottom = b if place.startswith("top") else b - LETTER[1]
    return left, bottom, left + width, bottom + LETTER[1]


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)


def spaced(x: Sequence[float], y: Sequence[float]) -> list[bool]:
    """Of points along a line: whether each lies so far from those named before that it can be too.

    Args:
        x: shares of the plot's width, in [0, 1]; y, of its height.
    """
    named: list[tuple[float, float]] = []
    chosen = []
    for a, b in zip(x, y, strict=True):
        chosen.append(all(abs(a - c) > STEP[0] or abs(b - d) > STEP[1] for c, d in named))
        if chosen[-1]:
            named.append((a, b))
    return chosen
