"""Shares as cells of a table, the darker the higher, each with its number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, floor, radians, sin

from lookalike.plotting.looks import COLOURS
from lookalike.plotting.svg import element, said, short, text, width_of

CELL = (44.0, 27.0)  # pixels, gap included
GAP = 2.0
TURN = 35.0  # degrees, of columns' names that are wider than a cell
SHADE = (0.05, 0.7)  # opacity: from nearly clear, so that a cell keeps to the page's background


@dataclass(frozen=True)
class HeatMap:
    """Rows by columns."""

    values: Sequence[Sequence[float]]
    says: Sequence[Sequence[str]]  # each cell, when it is pointed at
    columns: Sequence[str]
    rows: Sequence[str]
    high: float | None = None  # value of the darkest shade; the highest one unless given

    @property
    def widths(self) -> Sequence[int]:
        """One: where it has no room it can be scrolled."""
        return [round(self._left + len(self.columns) * CELL[0] + self._lean)]

    def height(self, width: int) -> float:
        """In pixels."""
        return self._top + CELL[1] * len(self.rows) + GAP

    @property
    def _left(self) -> float:
        return max(width_of(short(name)) for name in self.rows) + 14

    @property
    def _turned(self) -> bool:
        return max(width_of(short(name)) for name in self.columns) > CELL[0] - 4

    @property
    def _top(self) -> float:
        longest = max(width_of(short(name)) for name in self.columns)
        return 18 + longest * sin(radians(TURN)) if self._turned else 24

    @property
    def _lean(self) -> float:
        """How far the last column's name hangs over."""
        if not self._turned:
            return 4.0
        return max(0.0, width_of(short(self.columns[-1])) * cos(radians(TURN)) - CELL[0] / 2) + 4

    def drawn(self, width: int) -> str:
        """The figure."""
        return "".join([*self._names(), *self._cells()])

    def _names(self) -> Iterator[str]:
        for place, name in enumerate(self.columns):
            x, y = self._left + CELL[0] * (place + 0.5), self._top - 8
            if self._turned:
                turn = f"rotate(-{TURN:.0f} {x:.0f} {y:.0f})"
                yield text(short(name), x, y, class_="lk-soft", transform=turn)
            else:
                yield text(short(name), x, y, "middle", class_="lk-soft")
        for place, name in enumerate(self.rows):
            y = self._top + CELL[1] * (place + 0.5) + 4
            yield text(short(name), self._left - 8, y, "end", class_="lk-soft")

    def _cells(self) -> Iterator[str]:
        low = floor(10 * min(map(min, self.values))) / 10  # the tenth below the least
        span = (self.high or max(map(max, self.values))) - low or 1.0
        for row, (values, says) in enumerate(zip(self.values, self.says, strict=True)):
            for column, (value, words) in enumerate(zip(values, says, strict=True)):
                yield self._cell(row, column, value, words, (value - low) / span)

    def _cell(self, row: int, column: int, value: float, words: str, depth: float) -> str:
        x, y = self._left + CELL[0] * column, self._top + CELL[1] * row
        shade = SHADE[0] + (SHADE[1] - SHADE[0]) * min(max(depth, 0.0), 1.0)
        box = element(
            "rect", x=x + GAP / 2, y=y + GAP / 2, width=CELL[0] - GAP, height=CELL[1] - GAP,
            fill=COLOURS[1], fill_opacity=f"{shade:.2f}",
        )  # fmt: skip
        middle = x + CELL[0] / 2, y + CELL[1] / 2 + 4
        number = text(f"{value:.2f}".replace("-", "−"), *middle, "middle", class_="lk-number")
        return said(words, box, number, class_="lk-cell")
