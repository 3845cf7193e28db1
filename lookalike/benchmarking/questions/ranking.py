"""How much should a lone detector's confidence count when its proposals are ranked?

Measured on composites of the training sources, from which `rank`'s weight was chosen; what comes of
it on held-out ones is `python -m lookalike.benchmarking subject`.
"""

from typing import Any

import numpy as np

from lookalike.benchmarking.questions.subject import KINDS_OF
from lookalike.detectors import registry
from lookalike.detectors.base import CONFIDENCE_WEIGHT, rank
from lookalike.training.subject import judging, sources
from lookalike.training.subject.composites import Composite

COMPOSITES = 600  # of the easier kinds, and again of the harder ones
SEED = 99
WEIGHTS = (1.0, CONFIDENCE_WEIGHT, 0.25)


def measure_ranking() -> dict[str, Any]:
    """Shares of composites whose first proposal has IoU of at least 0.5 and 0.75, by weight."""
    found = sources.find(sources.data_folder(None), "train")
    overlaps = {
        name: np.array(
            [_overlaps(made) for made in judging.pictures(found, COMPOSITES, SEED, kinds)]
        )
        for name, kinds in KINDS_OF.items()
    }
    rows = [
        {
            "composites": name,
            "weight of confidence": weight,
            "iou_50": float((first >= 0.5).mean()),
            "iou_75": float((first >= 0.75).mean()),
        }
        for name, of in overlaps.items()
        for weight, first in zip(WEIGHTS, of.T, strict=True)
    ]
    return {"seed": SEED, "composites": COMPOSITES, "rows": rows}


def _overlaps(made: Composite) -> list[float]:
    """For each weight the IoU of the proposal that comes first with the main subject."""
    truth = made.main()
    assert truth is not None
    *found, whole = registry.load("yolo", "subject").propose(made.photo, most=20)
    return [
        judging.iou(
            max(found or [whole], key=lambda one: rank(one, made.photo.shape[:2], weight)).box,
            truth,
        )
        for weight in WEIGHTS
    ]
