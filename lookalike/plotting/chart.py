"""Points and lines between two axes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lookalike.plotting.axes import Axis
from lookalike.plotting.figure import NARROW, WIDE
from lookalike.plotting.labels import ASIDE, places, spaced
from lookalike.plotting.looks import Look
from lookalike.plotting.svg import element, line, said, short, text, width_of

RIGHT, TOP, BOTTOM = 14, 12, 44  # pixels around the plot; on the left, what the ticks need
KEY = 24  # pixels of a row of the legend, and of a mark in it with the gaps around it
TICK = 11.5  # pixels, letters

Ends = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Series:
    """Points of one look."""

    x: Sequence[float]
    y: Sequence[float]
    says: Sequence[str]  # each point, when it is pointed at
    look: Look
    key: str = ""  # in the legend
    words: Sequence[str] = ()  # beside each point; along a line, where there is room
    x_ends: Ends = ()  # of each point's whiskers
    y_ends: Ends = ()
    joined: bool = False  # by a line
    faint: bool = False


@dataclass(frozen=True)
class Chart:
    """A figure of series."""

    x: Axis
    y: Axis
    series: Sequence[Series]
    tall: float = 400  # pixels, without the legend
    upright: float | None = None  # where a dotted line stands
    widths: Sequence[int] = (WIDE, NARROW)

    def height(self, width: int) -> float:
        """In pixels."""
        return self.tall + KEY * len(self._legend_rows(width))

    def drawn(self, width: int) -> str:
        """The figure at this width."""
        frame = _Frame(self, width)
        parts = [*frame.grid(), *frame.titles(), *self._legend(width)]
        if self.upright is not None:
            at = frame.at(self.upright, self.y.low)[0]
            parts.append(line(at, frame.top, at, frame.bottom, class_="lk-zero"))
        # What is faint lies below, and names above everything.
        for one in sorted(self.series, key=lambda one: not one.faint):
            parts.append(frame.series(one))
        parts += frame.names(self.series)
        return "".join(parts)

    def _legend_rows(self, width: int) -> list[list[Series]]:
        rows: list[list[Series]] = []
        left = 0.0
        for one in (one for one in self.series if one.key):
            needs = KEY + 8 + width_of(one.key)
            if not rows or left + needs > width:
                rows.append([])
                left = 0.0
            rows[-1].append(one)
            left += needs
        return rows

    def _legend(self, width: int) -> Iterator[str]:
        for number, row in enumerate(self._legend_rows(width)):
            left, y = 0.0, KEY * number + 10.0
            for one in row:
                yield one.look.mark(left + 8, y)
                yield text(one.key, left + 18, y + 4)
                left += KEY + 8 + width_of(one.key)


class _Frame:
    """Where everything goes at one width."""

    def __init__(self, chart: Chart, width: int) -> None:
        self.x, self.y = chart.x, chart.y
        ticks = max((width_of(words, TICK) for _, words in self.y.ticks), default=0.0)
        self.left = ticks + 10 + (18 if self.y.title else 0)
        self.right = float(width - RIGHT)
        self.bottom = chart.height(width) - BOTTOM
        self.top = chart.height(width) - chart.tall + TOP

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of two numbers."""
        return (
            self.left + self.x.share(x) * (self.right - self.left),
            self.bottom - self.y.share(y) * (self.bottom - self.top),
        )

    def grid(self) -> Iterator[str]:
        """The lines and words of the ticks."""
        last = -1e9
        for value, words in self.x.ticks:
            x = self.at(value, self.y.low)[0]
            if self.x.grid:
                yield line(x, self.top, x, self.bottom, class_="lk-grid")
            half = width_of(words, TICK) / 2
            if x - half > last:  # words that would cover the last ones are left out
                yield text(words, x, self.bottom + 17, "middle", class_="lk-tick")
                last = x + half + 4
        for value, words in self.y.ticks:
            y = self.at(self.x.low, value)[1]
            if self.y.grid:
                yield line(self.left, y, self.right, y, class_="lk-grid")
            yield text(words, self.left - 8, y + 4, "end", class_="lk-tick")

    def titles(self) -> Iterator[str]:
        """The axes' titles."""
        middle = (self.left + self.right) / 2
        yield text(self.x.title, middle, self.bottom + 37, "middle", class_="lk-soft")
        if self.y.title:
            y = (self.top + self.bottom) / 2
            turn = f"rotate(-90 12 {y:.0f})"
            yield text(self.y.title, 12, y, "middle", class_="lk-soft", transform=turn)

    def series(self, one: Series) -> str:
        """The line, whiskers and marks of a series."""
        parts = []
        points = [self.at(x, y) for x, y in zip(one.x, one.y, strict=True)]
        if one.joined:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(element("polyline", points=path, stroke=one.look.colour, class_="lk-line"))
        for number, (x, y) in enumerate(points):
            mark = [*self._whiskers(one, number), one.look.mark(x, y)]
            parts.append(said(one.says[number], *mark, class_="lk-point"))
        return element("g", *parts, class_="lk-faint" if one.faint else None)

    def _whiskers(self, one: Series, number: int) -> Iterator[str]:
        stroke = {"stroke": one.look.colour, "class_": "lk-whisker"}
        if one.x_ends:
            (a, y), (b, _) = (self.at(end, one.y[number]) for end in one.x_ends[number])
            yield line(a, y, b, y, **stroke)
        if one.y_ends:
            (x, a), (_, b) = (self.at(one.x[number], end) for end in one.y_ends[number])
            yield line(x, a, x, b, **stroke)

    def names(self, series: Sequence[Series]) -> Iterator[str]:
        """The words beside points, each on the side where it covers least."""
        named = [pair for one in series if one.words for pair in self._named(one)]
        plot = (self.left, self.top - TOP, self.right + RIGHT, self.bottom)
        points, words = [at for at, _ in named], [short(name) for _, name in named]
        for (x, y), name, side in zip(points, words, places(points, words, plot), strict=True):
            yield _beside(x, y, name, side)

    def _named(self, one: Series) -> Iterator[tuple[tuple[float, float], str]]:
        """The points with words; along a line, those that have room."""
        points = [self.at(x, y) for x, y in zip(one.x, one.y, strict=True)]
        fits = spaced(points) if one.joined else [True] * len(points)
        for point, words, shown in zip(points, one.words, fits, strict=True):
            if shown:
                yield point, words


def _beside(x: float, y: float, words: str, side: str) -> str:
    upright, across = side.split()
    anchor, shift = {
        "right": ("start", ASIDE),
        "left": ("end", -ASIDE),
        "center": ("middle", 0.0),
    }[across]
    down = -8 if upright == "top" else 17
    return text(words, x + shift, y + down, anchor, class_="lk-name")
