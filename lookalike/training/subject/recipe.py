"""How the subject detector is trained: every setting, and what it means for a step."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class SubjectRecipe:
    """Everything that decides what comes out, apart from the sources."""

    pictures: int = 12000  # composites, rendered once
    easier: int = 5000  # of them, the first, of the easier kinds
    picture_side: int = 320  # their longer side, pixels
    steps: int = 2400  # optimiser steps
    batch: int = 32  # pictures per step
    side: int = 320  # input of the exported model, pixels
    first_side: int = 256  # input in the first part: two thirds of the work per picture
    first_part: float = 0.45  # share of the steps
    rate: float = 0.002  # AdamW's, at its highest; cosine to 2 % of it
    decay: float = 0.0005  # weight decay, of weights only
    warmup: int = 200  # steps
    seed: int = 7
    report: int = 50  # steps between two checkpoints
    threads: int = 1
    compiled: bool = True  # by torch.compile: twice as fast, but needs a C++ compiler


RECIPE = SubjectRecipe()


def side_at(step: int, recipe: SubjectRecipe) -> int:
    """Input side of a step: two stages, so that only two shapes are compiled."""
    return recipe.first_side if step < recipe.first_part * recipe.steps else recipe.side


def rate_at(step: int, recipe: SubjectRecipe) -> float:
    """Learning rate of a step: linear warm-up, then a cosine to 2 %."""
    if step < recipe.warmup:
        return recipe.rate * (step + 1) / recipe.warmup
    progress = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return recipe.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
