"""How far claimed probabilities are from what came true.

Expected calibration error with bins of equal mass: Nguyen and O'Connor 2015,
https://aclanthology.org/D15-1182.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.calibration.curves import fit_curves
from lookalike.calibration.pairs import Pairs

BINS = 15
FOLDS = 5
SPLITS = 10  # into folds: which queries fall together moves an error by a third


@dataclass(frozen=True)
class Bin:
    """Results of much the same claimed probability."""

    pairs: int
    claimed: float  # mean probability
    right: float  # share that was right


def cross_fitted(pairs: Pairs, split: int = 0) -> np.ndarray:
    """The probability of each result by curves that its own query had no part in, (m, k).

    NaN where there is no result, and everywhere when there is only one query.

    Args:
        split: seed of the split of the queries into FOLDS folds.
    """
    fold = np.random.default_rng(split).permutation(len(pairs.distances)) % FOLDS
    found = np.full(pairs.distances.shape, np.nan)
    for number in range(FOLDS):
        held, curves = fold == number, fit_curves(pairs.of(fold != number))
        if curves and held.any():
            part = pairs.of(held)
            found[held] = np.where(part.there, curves(part.distances, part.media), np.nan)
    return found


def cross_fitted_error(pairs: Pairs) -> float | None:
    """The mean `expected_error` of `cross_fitted` over SPLITS splits; None where there is none."""
    errors = [
        expected_error(reliability(cross_fitted(pairs, split), pairs.right))
        for split in range(SPLITS)
    ]
    known = [error for error in errors if error is not None]
    return float(np.mean(known)) if known else None


def reliability(probabilities: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Results by rising probability, in bins of equal size but for one; fewer if there are fewer.

    Args:
        probabilities, right: of one shape; where a probability is NaN there is no result.
    """
    there = ~np.isnan(probabilities)
    claimed, came_true = probabilities[there], right[there]
    parts = np.array_split(np.argsort(claimed, kind="stable"), bins)
    return [
        Bin(len(part), float(claimed[part].mean()), float(came_true[part].mean()))
        for part in parts
        if len(part)
    ]


def expected_error(bins: Sequence[Bin]) -> float | None:
    """The mean gap between what was claimed and what came true, by pairs; None without any."""
    total = sum(one.pairs for one in bins)
    if not total:
        return None
    return sum(one.pairs * abs(one.claimed - one.right) for one in bins) / total
