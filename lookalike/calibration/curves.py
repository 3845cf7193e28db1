"""Probability by distance: a monotone curve, fitted to pairs by isotonic regression.

Zadrozny and Elkan 2002, https://doi.org/10.1145/775047.775151. Their steps are softened twice: what
one step says rests on at least BIN pairs and is drawn towards the middle as by Laplace's rule of
succession, so that no handful of pairs makes a certainty; and between steps the curve is straight.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lookalike.calibration.pairs import Pairs

BIN = 20  # pairs, at least, behind each point of a curve
MEDIUM_PAIRS = 200  # with so many pairs, of which so many right, a medium has its own curve
MEDIUM_RIGHT = 20
DIGITS = 6  # of what is kept


@dataclass(frozen=True)
class Curve:
    """Probabilities at some distances; between them the curve is straight, beyond them flat."""

    distances: Sequence[float]  # ascending
    probabilities: Sequence[float]  # in [0, 1], none higher than the one before

    def __post_init__(self) -> None:
        x, y = np.asarray(self.distances, float), np.asarray(self.probabilities, float)
        if x.shape != y.shape or x.ndim != 1 or not len(x):
            raise ValueError("a curve needs as many probabilities as distances, and one at least")
        if not (np.isfinite(x).all() and (np.diff(x) >= 0).all()):
            raise ValueError("a curve's distances must be numbers and ascend")
        if not ((y >= 0) & (y <= 1)).all() or (np.diff(y) > 0).any():
            raise ValueError("a curve's probabilities must lie in [0, 1] and never rise")

    def __call__(self, distances: np.ndarray) -> np.ndarray:
        """The probability at each distance; 0 where that is not a number."""
        found = np.interp(distances, self.distances, self.probabilities)
        return np.where(np.isnan(found), 0.0, found)


@dataclass(frozen=True)
class Curves:
    """A curve over all pairs, and one for each medium that has enough of them."""

    overall: Curve
    by_medium: dict[str, Curve] = field(default_factory=dict)

    def __call__(self, distances: np.ndarray, media: np.ndarray) -> np.ndarray:
        """The probabilities of results, by distance and medium; arrays of one shape."""
        found = self.overall(distances)
        for medium, curve in self.by_medium.items():
            of_it = media == medium
            found[of_it] = curve(distances[of_it])
        return found


def fit_curves(pairs: Pairs) -> Curves | None:
    """The curves of these pairs; None when there is no pair."""
    there = pairs.there
    distances, right, media = (part[there] for part in (pairs.distances, pairs.right, pairs.media))
    if not len(distances):
        return None
    by_medium = {}
    for medium in sorted(set(media) - {""}):
        of_it = media == medium
        if of_it.sum() >= MEDIUM_PAIRS and right[of_it].sum() >= MEDIUM_RIGHT:
            by_medium[medium] = fit(distances[of_it], right[of_it])
    return Curves(fit(distances, right), by_medium)


def fit(distances: np.ndarray, right: np.ndarray) -> Curve:
    """The curve of (n,) distances, at least one and all finite, and whether each is right."""
    from sklearn.isotonic import isotonic_regression  # here: serving needs no scikit-learn

    counts, x, hits = _binned(distances, right)
    steps = isotonic_regression(
        hits / counts, sample_weight=counts, y_min=0, y_max=1, increasing=False
    )
    first = np.flatnonzero(np.diff(steps, prepend=np.inf))  # bin of each step
    of_step, hits_of_step = np.add.reduceat(counts, first), np.add.reduceat(hits, first)
    drawn = np.repeat((hits_of_step + 1) / (of_step + 2), np.diff([*first, len(steps)]))
    y = np.maximum.accumulate(drawn[::-1])[::-1]  # small steps are drawn more than large ones
    nearest = float(distances.min())
    return _curve(np.append(nearest, x), np.append(y[0], y))


def _binned(distances: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bins of at least BIN pairs, nearest first: how many, their mean distance, how many right.

    Equal distances share a bin: they have one probability.
    """
    order = np.argsort(distances, kind="stable")
    x, y = distances[order].astype(float), right[order].astype(float)
    last = np.append(np.diff(x) > 0, True)  # of its distance
    starts = [0]
    for end in (np.flatnonzero(last) + 1).tolist():
        if end - starts[-1] >= BIN and len(x) - end >= BIN:
            starts.append(end)
    counts = np.diff([*starts, len(x)]).astype(float)
    return counts, np.add.reduceat(x, starts) / counts, np.add.reduceat(y, starts)


def _curve(x: np.ndarray, y: np.ndarray) -> Curve:
    """A curve through these points, without those that change nothing.

    It begins with certainty at distance 0, unless a pair was at it: what is no distance away is a
    copy. From there to the nearest pair it falls straight: nothing is known of what lies between.
    """
    if x[0] > 0:
        x, y = np.append(0.0, x), np.append(1.0, y)
    flat = np.zeros(len(y), bool)  # inside a flat stretch
    flat[1:-1] = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:])
    return Curve(
        [float(f"{one:.{DIGITS}g}") for one in x[~flat]],
        [round(float(one), DIGITS) for one in y[~flat]],
    )
