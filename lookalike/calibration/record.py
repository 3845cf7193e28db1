"""What an index keeps of its calibration, in its meta.json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np

from lookalike.calibration.curves import Curve, Curves

Same = Literal["kind", "label"]  # what a right result shares with the query


@dataclass(frozen=True)
class Calibration:
    """How likely results of one index are right, and how near random words come."""

    curves: Curves | None = None  # None: there are no labels to tell
    same: Same = "label"
    queries: int = 0  # held-out images that the curves are fitted on
    expected_error: float | None = None  # of their probabilities: `cross_fitted_error`
    words: list[float] = field(default_factory=list)  # quantiles of random words' best distances

    def __post_init__(self) -> None:
        if not (np.isfinite(self.words).all() and (np.diff(self.words) >= 0).all()):
            raise ValueError("the quantiles of random words must be numbers and ascend")
        if self.same not in ("kind", "label"):
            raise ValueError(f"a right result shares a kind or a label, not {self.same!r}")

    def closer_than_words(self, distances: np.ndarray) -> np.ndarray:
        """The share of random words whose best result is farther away, per distance."""
        farther = np.linspace(1, 0, len(self.words))
        return np.interp(distances, self.words, farther, left=1.0, right=0.0)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """A calibration as `dataclasses.asdict` gives it.

        Raises:
            ValueError, TypeError, KeyError: it is none.
        """
        curves = kept["curves"]
        if curves is not None:
            by_medium = {name: Curve(**one) for name, one in curves["by_medium"].items()}
            curves = Curves(Curve(**curves["overall"]), by_medium)
        return cls(**{**kept, "curves": curves})
