"""Axes: what is shown of the numbers, and where the ticks are."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from lookalike.plotting.svg import short

LEAST = 1e-3  # what is below stands there on a logarithmic axis
TICKS = 7  # of a linear axis, at most


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, both in the numbers' unit."""

    title: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]  # where, and what stands there
    log: bool = False
    grid: bool = True

    def share(self, value: float) -> float:
        """Where a number lies: 0 at `low`, 1 at `high`."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        return log10(max(value, LEAST) / self.low) / log10(self.high / self.low)


def decades(title: str, values: Sequence[float]) -> Axis:
    """A logarithmic axis around these values, with room for a name beside the outermost."""
    logs = [log10(max(value, LEAST)) for value in values]
    room = 0.12 * (max(logs) - min(logs)) + 0.06
    low, high = min(logs) - room, max(logs) + room
    steps = (1, 2, 5) if high - low < 2.2 else (1,)
    ticks = [step * 10.0**power for power in range(-4, 10) for step in steps]
    shown = [(tick, f"{tick:,.10g}") for tick in ticks if low <= log10(tick) <= high]
    return Axis(title, 10**low, 10**high, shown, log=True)


def shares(title: str, values: Sequence[float]) -> Axis:
    """An axis of shares, or differences of shares, around these values."""
    room = 0.08 * (max(values) - min(values)) + 0.01
    low, high = min(values) - room, max(values) + room
    step = _step(high - low)
    places = range(ceil(low / step), floor(high / step) + 1)
    ticks = [step * place for place in places if abs(step * place) < 1 + step / 2]
    digits = 2 if step >= 0.01 else 3
    words = [f"{tick:.{digits}f}".replace("-", "−") for tick in ticks]
    return Axis(title, low, high, list(zip(ticks, words, strict=True)))


def _step(width: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are at most TICKS ticks."""
    power = 10.0 ** floor(log10(width / TICKS))
    return next(power * step for step in (1, 2, 5, 10) if width / (power * step) < TICKS)


def names(words: Sequence[object], title: str = "") -> Axis:
    """An axis of names at 0, 1, 2, …; numbers, since names that agree would fall together.

    Upright, the first one is on top.
    """
    ticks = [(float(place), short(name)) for place, name in enumerate(words)]
    return Axis(title, len(ticks) - 0.4, -0.6, ticks, grid=False)
