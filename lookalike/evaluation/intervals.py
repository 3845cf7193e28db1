"""How far the mean over the queries could be off: bootstrap intervals.

The queries are a sample of all that could be asked. The bootstrap draws as many of them again,
with replacement, RESAMPLES times, and looks at how the mean moves (Efron and Tibshirani 1993,
chapter 14). The bounds are bias-corrected and accelerated (BCa): metrics pile up at 0 or at 1, and
there the plain percentile interval lies too close to that end.

All columns of a table share the drawn queries, so that hundreds of means cost little more than
one, and each has the interval that it would have alone. The same values in the same order give the
same interval; so keep queries in an order that doesn't depend on the gallery's, such as by name.

Two methods are compared by the differences of their values for the same queries. A query is then
drawn with both of its values, and queries that are hard for both methods don't widen the interval,
as they would if each method were drawn apart. Zero outside of it says that one of them is better.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import ConfigDict
from scipy.stats import bootstrap

RESAMPLES = 9999
BCA_QUERIES = 10_000  # BCa takes n² steps; beyond this many queries its bounds equal percentiles
CELLS = 2**20  # drawn queries held at once: what bounds the memory, at some 40 bytes each


@dataclass(frozen=True)
class Interval:
    """A mean over queries, and the bounds between which the mean over all queries should lie."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # as a part of report.json

    mean: float
    low: float
    high: float

    @property
    def told_apart(self) -> bool:
        """Of a difference: whether it leaves out 0. One of no width, as of one query, doesn't."""
        return self.low < self.high and (self.low > 0 or self.high < 0)

    def __str__(self) -> str:
        """0.929 [0.914, 0.943]."""
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]".replace("-", "−")

    def __neg__(self) -> "Interval":
        """The difference the other way round."""
        return Interval(-self.mean, -self.high, -self.low)


def of_mean(values: np.ndarray, level: float = 0.95, seed: int = 0) -> Interval:
    """The mean of one value per query, (m,), m >= 1, with its interval.

    Where all values are equal, as with one query, there is nothing to draw from: both bounds are
    the mean. That is no certainty: when all of m queries succeed, up to 3 / m of all may fail.

    Args:
        level: how often such an interval should hold the true mean, in (0, 1).
        seed: of the drawing.

    Raises:
        ValueError: there is no value, or one that is not finite.
    """
    return of_means({"": values}, level, seed)[""]


def of_means(
    table: Mapping[str, np.ndarray], level: float = 0.95, seed: int = 0
) -> dict[str, Interval]:
    """What `of_mean` gives for each of a table's columns, (m,) each, in one go.

    Raises:
        ValueError: columns differ in length, there is no value, or one that is not finite.
    """
    if not table:
        return {}
    values = _checked(table)
    least, spread = values.min(axis=1), np.ptp(values, axis=1)
    varied = spread > 0
    # From 0 to 1, so that the rounding in `_bounds` means the same for every column.
    scaled = (values - least[:, None]) / np.where(varied, spread, 1)[:, None]
    found = np.repeat(scaled.mean(axis=1)[None], 3, axis=0)
    if varied.any():
        found[1:, varied] = _bounds(scaled[varied], level, seed)
    rows = (least + spread * found).T.tolist()
    return {name: Interval(*row) for name, row in zip(table, rows, strict=True)}


def _checked(table: Mapping[str, np.ndarray]) -> np.ndarray:
    """The t columns as rows, (t, m) float64."""
    shapes = {np.shape(values) for values in table.values()}
    if len(shapes) > 1 or any(len(shape) != 1 or not shape[0] for shape in shapes):
        raise ValueError(f"values must have one shape (m,) with m >= 1, but got {sorted(shapes)}")
    values = np.array(list(table.values()), np.float64)
    if not np.isfinite(values).all():
        raise ValueError("values must be finite")
    return values


def _bounds(values: np.ndarray, level: float, seed: int) -> np.ndarray:
    """Lower and upper bounds, (2, t), of the means of (t, m) values, no row of them constant."""
    count = values.shape[1]

    def means(drawn: np.ndarray, axis: int = -1) -> np.ndarray:
        """(t, …) means over the queries whose positions are drawn, (…, n)."""
        rows = drawn.reshape(-1, drawn.shape[-1])
        cells = rows + count * np.arange(len(rows))[:, None]
        times = np.bincount(cells.ravel(), minlength=len(rows) * count).reshape(-1, count)
        # BCa counts the means below the sample's: equal ones must not differ by how they were added
        found = np.round(times @ values.T / drawn.shape[-1], 12)
        return found.T.reshape(-1, *drawn.shape[:-1])

    found = bootstrap(
        (np.arange(count),),
        means,
        n_resamples=RESAMPLES,
        batch=max(1, CELLS // count),
        vectorized=True,
        axis=-1,
        confidence_level=level,
        method="BCa" if count <= BCA_QUERIES else "percentile",
        rng=np.random.default_rng(seed),
    )
    return np.stack(found.confidence_interval)
