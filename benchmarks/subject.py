"""Does the detector's first proposal cover the subject, on composites it was not trained on?"""

from typing import Any

from lookalike.evaluation import subject

COMPOSITES = 500
SEED = 7


def measure() -> dict[str, Any]:
    """Shares of composites whose top proposal has IoU of at least 0.5 and 0.75 with the truth."""
    return {"composites": COMPOSITES, "seed": SEED, **subject.measure(COMPOSITES, SEED)}
