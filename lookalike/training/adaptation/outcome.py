"""What training gave, and whether it helped."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookalike.evaluation.intervals import Interval
from lookalike.training.adaptation.layers import Precision
from lookalike.training.embeddings.loop import Progress
from lookalike.training.embeddings.recipe import Recipe

OnEpoch = Callable[[dict[str, float]], None]  # gets an epoch's row of the curve


@dataclass(frozen=True)
class Outcome:
    """The layer of the best epoch, and what it found on the validation share."""

    layer: dict[str, np.ndarray]  # weight (dimension, d) and bias (dimension,), float32
    recipe: Recipe
    progress: Progress
    frozen: Precision
    adapted: Precision
    difference: Interval  # of P@10, adapted minus frozen

    @property
    def helped(self) -> bool:
        """Whether P@10 rose by more than what other validation images might have shown."""
        return self.difference.low > 0

    def sentence(self) -> str:
        """Whether it helped, in one sentence."""
        change = self.difference
        between = f"{change.mean:+.3f}, 95 % interval {change.low:+.3f} to {change.high:+.3f}"
        verdict = "It helped" if self.helped else "It did not help"
        unsure = "" if self.helped or change.high < 0 else ", which may be chance"
        return (
            f"{verdict}: of {len(self.adapted.each):,} validation images, P@10 is "
            f"{self.adapted.mean:.3f} instead of {self.frozen.mean:.3f} ({between}){unsure}."
        )


def line(row: dict[str, float]) -> str:
    """An epoch's row of the curve as a line on the terminal."""
    return (
        f"epoch {row['epoch']:.0f}: loss {row['loss']:.3f}, P@10 {row['score']:.3f} "
        f"(frozen {row['frozen']:.3f}), averaged over classes {row['by_class']:.3f} "
        f"(frozen {row['frozen_by_class']:.3f})"
    )
