"""Where the names of points go, so that they cover neither points nor each other. All in pixels."""

from collections.abc import Sequence

from lookalike.plotting.svg import width_of

PLACES = ("top right", "bottom right", "top left", "bottom left", "top center", "bottom center")
HEIGHT = 15.0  # of a name
ASIDE = 6.0  # how far a name begins beside its point
STEP = (26.0, 15.0)  # how far short names must lie apart, across or down
MARK = 6.0  # half of a mark
OUTSIDE = 20.0  # how much worse it is to leave the plot than to cover as much of another name

Point = tuple[float, float]  # from the left, from the top
Box = tuple[float, float, float, float]  # left, top, right, bottom


def places(points: Sequence[Point], names: Sequence[str], plot: Box) -> list[str]:
    """Of each point: the side on which its name covers the fewest points and names, in the plot."""
    taken = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in points]
    chosen = []
    for point, name in zip(points, names, strict=True):
        boxes = {place: _box(point, place, width_of(name)) for place in PLACES}
        best = min(PLACES, key=lambda place: _cost(boxes[place], taken, plot))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def _cost(box: Box, taken: Sequence[Box], plot: Box) -> float:
    outside = (box[2] - box[0]) * (box[3] - box[1]) - _overlap(box, plot)
    return OUTSIDE * outside + sum(_overlap(box, other) for other in taken)


def _box(point: Point, place: str, width: float) -> Box:
    x, y = point
    left = {"right": x + ASIDE, "left": x - ASIDE - width, "center": x - width / 2}
    top = y - HEIGHT - 4 if place.startswith("top") else y + 4
    start = left[place.split()[1]]
    return start, top, start + width, top + HEIGHT


def _overlap(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0) * max(height, 0)


def spaced(points: Sequence[Point]) -> list[bool]:
    """Of points along a line: whether each is so far from those named before that it can be too."""
    named: list[Point] = []
    chosen = []
    for x, y in points:
        chosen.append(all(abs(x - a) > STEP[0] or abs(y - b) > STEP[1] for a, b in named))
        if chosen[-1]:
            named.append((x, y))
    return chosen
