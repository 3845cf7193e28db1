"""How series are told apart: by colour and by mark, never by colour alone."""

from dataclasses import dataclass
from math import cos, pi, sin

from lookalike.plotting.svg import element

# In this order. Each stands out from white and from near-black.
COLOURS = (
    "#d64e22", "#1f8a9e", "#b8860f", "#8f63a8", "#3f8f5b", "#4a7fc1", "#c65b82", "#7d8590",
    "#8a8a2e", "#9c6a4a",
)  # fmt: skip


def _regular(corners: int, turn: float = 0.0, inner: float = 1.0) -> list[tuple[float, float]]:
    """Corners around (0, 0), the first one on top; with `inner`, every second one nearer."""
    steps = corners if inner == 1.0 else 2 * corners
    radii = [1.0 if step % 2 == 0 else inner for step in range(steps)]
    angles = [2 * pi * step / steps + turn for step in range(steps)]
    return [(r * sin(a), -r * cos(a)) for r, a in zip(radii, angles, strict=True)]


_ARM = 0.34  # half of the width of a cross's arm
_CROSS = [
    (-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM),
    (_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM),
]  # fmt: skip
_X = [((x - y) * 0.75, (x + y) * 0.75) for x, y in _CROSS]
SHAPES: dict[str, list[tuple[float, float]]] = {  # corners, of about the same area
    "circle": [(0.9 * x, 0.9 * y) for x, y in _regular(24)],
    "square": [(-0.87, -0.87), (0.87, -0.87), (0.87, 0.87), (-0.87, 0.87)],
    "diamond": _regular(4),
    "triangle": _regular(3),
    "cross": _CROSS,
    "star": _regular(5, inner=0.45),
    "hexagon": _regular(6),
    "x": _X,
    "triangle-down": _regular(3, pi),
    "pentagon": _regular(5),
}


@dataclass(frozen=True)
class Look:
    """Of a series."""

    colour: str
    shape: str  # of SHAPES
    hollow: bool = False
    radius: float = 5.5  # pixels

    def mark(self, x: float, y: float) -> str:
        """The mark at a place."""
        r = self.radius * 1.15
        points = " ".join(f"{x + r * a:.1f},{y + r * b:.1f}" for a, b in SHAPES[self.shape])
        fill = "none" if self.hollow else self.colour
        return element(
            "polygon", points=points, fill=fill, stroke=self.colour, stroke_width=2,
            stroke_linejoin="round", pointer_events="all",
        )  # fmt: skip


def look(position: int) -> Look:
    """Of the method or engine at this position; 100 of them look different."""
    turn, at = divmod(position, len(COLOURS))
    # Beyond the last colour they come again, each with another mark.
    return Look(COLOURS[at], list(SHAPES)[(at + turn) % len(SHAPES)])
