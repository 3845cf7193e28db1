"""Where the names of points go, so that they cover neither points nor each other."""

from collections.abc import Sequence

PLACES = ("top right", "bottom right", "top left", "bottom left", "top center", "bottom center")
LABEL = (0.2, 0.07)  # width and height of a label, as shares of a narrow plot
MARK = 0.02  # half of a marker's, likewise


def places(x: Sequence[float], y: Sequence[float]) -> list[str]:
    """Of each point: the side on which its label covers the fewest points and labels."""
    points = list(zip(_shares(x), _shares(y), strict=True))
    taken = [(a - MARK, b - MARK, a + MARK, b + MARK) for a, b in points]
    chosen = []
    for a, b in points:
        boxes = {place: _box(a, b, place) for place in PLACES}
        best = min(PLACES, key=lambda place: sum(_overlap(boxes[place], box) for box in taken))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def _shares(values: Sequence[float]) -> list[float]:
    low, width = min(values), (max(values) - min(values)) or 1.0
    return [(value - low) / width for value in values]


def _box(a: float, b: float, place: str) -> tuple[float, float, float, float]:
    left = {"right": a, "left": a - LABEL[0], "center": a - LABEL[0] / 2}[place.split()[1]]
    bottom = b if place.startswith("top") else b - LABEL[1]
    return left, bottom, left + LABEL[0], bottom + LABEL[1]


def _overlap(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)
