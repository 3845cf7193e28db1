"""Reliability diagrams side by side: what was claimed, across, and what came true, upward.

On the dotted diagonal both are equal; below it, too much was claimed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lookalike.plotting.figure import NARROW, WIDE
from lookalike.plotting.looks import Look
from lookalike.plotting.svg import element, line, said, short, text

LEAST = 148.0  # pixels of a diagram, at least
LEFT, TOP, RIGHT, BOTTOM = 32.0, 24.0, 12.0, 22.0  # around a diagram's square, in its own space
FOOT = 24.0  # pixels below all of them, for the title
TICKS = ((0.0, "0"), (0.5, "0.5"), (1.0, "1"))
RADIUS = 2.6  # pixels of a mark


@dataclass(frozen=True)
class Diagram:
    """One diagram."""

    name: str
    claimed: Sequence[float]  # of each bin, in [0, 1], rising
    right: Sequence[float]
    says: Sequence[str]  # each bin, when it is pointed at
    look: Look


@dataclass(frozen=True)
class Reliability:
    """A figure of them."""

    diagrams: Sequence[Diagram]
    title: str
    widths: Sequence[int] = (WIDE, NARROW)

    def height(self, width: int) -> float:
        """In pixels."""
        rows = -(-len(self.diagrams) // self._columns(width))
        return rows * (TOP + self._side(width) + BOTTOM) + FOOT

    def _columns(self, width: int) -> int:
        return max(int(width // LEAST), 1)

    def _side(self, width: int) -> float:
        return width / self._columns(width) - LEFT - RIGHT

    def drawn(self, width: int) -> str:
        """The figure at this width."""
        columns, side = self._columns(width), self._side(width)
        parts = []
        for place, diagram in enumerate(self.diagrams):
            row, column = divmod(place, columns)
            shift = f"translate({column * width / columns:.1f} {row * (TOP + side + BOTTOM):.1f})"
            parts.append(element("g", *_diagram(diagram, side), transform=shift))
        foot = self.height(width) - 8
        return "".join([*parts, text(self.title, width / 2, foot, "middle", class_="lk-soft")])


def _diagram(diagram: Diagram, side: float) -> Iterator[str]:
    """One of them in a space of its own."""

    def at(claimed: float, right: float) -> tuple[float, float]:
        return LEFT + claimed * side, TOP + (1 - right) * side

    yield text(short(diagram.name), LEFT, TOP - 9)
    for value, words in TICKS:
        yield line(*at(value, 0), *at(value, 1), class_="lk-grid")
        yield line(*at(0, value), *at(1, value), class_="lk-grid")
        yield text(words, at(value, 0)[0], TOP + side + 15, "middle", class_="lk-tick")
        yield text(words, LEFT - 6, at(0, value)[1] + 4, "end", class_="lk-tick")
    yield line(*at(0, 0), *at(1, 1), class_="lk-zero")
    points = [at(*pair) for pair in zip(diagram.claimed, diagram.right, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield element("polyline", points=path, stroke=diagram.look.colour, class_="lk-line")
    for (x, y), words in zip(points, diagram.says, strict=True):
        dot = element("circle", cx=x, cy=y, r=RADIUS, fill=diagram.look.colour)
        yield said(words, dot, class_="lk-point")
