"""Histograms one above the other, over the same bins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import radians, sin

from lookalike.plotting.figure import NARROW, WIDE
from lookalike.plotting.svg import element, line, said, short, text, width_of

ROW = 62.0  # pixels of one histogram
BAR = 40.0  # pixels of a bar of 100 %
TICK = 11.0  # pixels, letters of the bins
NARROWEST = 28.0  # pixels, of a bar that has room for tenths of a percent
TURN = 35.0  # degrees, of bins' names that are wider than a bar


@dataclass(frozen=True)
class Bars:
    """One histogram."""

    name: str
    shares: Sequence[float]  # of each bin, in [0, 1]
    says: Sequence[str]  # each bar, when it is pointed at
    colour: str


@dataclass(frozen=True)
class Histograms:
    """A figure of them."""

    rows: Sequence[Bars]
    bins: Sequence[str]
    title: str  # of the bins
    widths: Sequence[int] = (WIDE, NARROW)

    def height(self, width: int) -> float:
        """In pixels."""
        return ROW * len(self.rows) + self._foot(width)

    def _foot(self, width: int) -> float:
        longest = max(width_of(name, TICK) for name in self.bins)
        return 30 + (longest * sin(radians(TURN)) + 12 if self._turned(width) else 18)

    def _turned(self, width: int) -> bool:
        return max(width_of(name, TICK) for name in self.bins) > self._step(width)

    @property
    def _left(self) -> float:
        return max(width_of(short(row.name)) for row in self.rows) + 12

    def _step(self, width: int) -> float:
        return (width - self._left - 6) / len(self.bins)

    def drawn(self, width: int) -> str:
        """The figure at this width."""
        rows = [
            part for place, row in enumerate(self.rows) for part in self._row(row, place, width)
        ]
        return "".join([*rows, *self._names(width)])

    def _row(self, row: Bars, place: int, width: int) -> Iterator[str]:
        foot, step = ROW * (place + 1), self._step(width)
        yield text(short(row.name), self._left - 8, foot - BAR / 2 + 4, "end", class_="lk-soft")
        yield line(self._left, foot, width - 6.0, foot, class_="lk-grid")
        for number, (share, words) in enumerate(zip(row.shares, row.says, strict=True)):
            x, high = self._left + step * number, BAR * share
            bar = element(
                "rect", x=x + 0.06 * step, y=foot - high, width=0.88 * step, height=high,
                fill=row.colour,
            )  # fmt: skip
            value = text(
                percent(share, step), x + step / 2, foot - high - 4, "middle", class_="lk-number"
            )
            yield said(words, bar, value, class_="lk-bar-of")

    def _names(self, width: int) -> Iterator[str]:
        step, y = self._step(width), ROW * len(self.rows) + 16
        for number, name in enumerate(self.bins):
            x = self._left + step * (number + 0.5)
            if self._turned(width):
                turn = f"rotate(-{TURN:.0f} {x:.0f} {y:.0f})"
                yield text(name, x + 4, y, "end", class_="lk-tick", transform=turn)
            else:
                yield text(name, x, y, "middle", class_="lk-tick")
        middle, foot = (self._left + width) / 2, self.height(width) - 6
        yield text(self.title, middle, foot, "middle", class_="lk-soft")


def percent(share: float, room: float) -> str:
    """As bars of so many pixels have room for: whole percents from ten on; "" for none."""
    if room < NARROWEST:
        return f"{100 * share:.0f}%" if share >= 0.005 else ""
    if not share:
        return ""
    return f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * max(share, 0.001):.1f}%"
