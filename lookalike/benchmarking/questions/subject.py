"""Does the detector's first proposal cover the subject, on composites it was not trained on?"""

from typing import Any

from lookalike.training.subject import judging
from lookalike.training.subject.composites import KINDS
from lookalike.training.subject.hard import HARD

KINDS_OF = {"easier": KINDS, "harder": HARD}
COMPOSITES = 2000  # of the easier kinds, and again of the harder ones
SEED = 7


def measure_subject() -> dict[str, Any]:
    """Shares of composites whose top proposal has IoU of at least 0.5 and 0.75 with the truth."""
    rows = [
        {"composites": name, **row}
        for name, kinds in KINDS_OF.items()
        for row in judging.measure(COMPOSITES, SEED, kinds=kinds)
    ]
    return {"seed": SEED, "rows": rows}
