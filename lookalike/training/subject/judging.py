"""Does the first proposal cover the subject? Measured on composites that training never saw.

Their cut-outs and their backgrounds both come from the held-out share of the sources. The truth is
the box of the picture's main subject, by the rule of `composites.Composite.main`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.detectors import registry
from lookalike.detectors.base import Detector
from lookalike.photos import Box
from lookalike.training.subject import sources
from lookalike.training.subject.composites import KINDS, Composite, Kinds, compose

SIDES = (200, 1200)  # longer side of the photos, pixels: least and most
FIRST = 1_000_000  # index of the first picture: other numbers than training's, under any seed


@dataclass(frozen=True)
class Judged:
    """A picture's kind, and how much the proposals have of its main subject, as IoU in [0, 1]."""

    kind: str
    first: float  # of the first proposal
    best: float  # of the best one


def measure(
    count: int,
    seed: int,
    detector: Detector | None = None,
    data: Path | None = None,
    kinds: Kinds = KINDS,
) -> list[dict[str, Any]]:
    """Judge a detector's first proposals.

    Args:
        count: how many composites with a subject.
        seed: of the composites.
        detector: the default one if none.
        data: folder of caltech101/ and fashion-products/; see `sources.data_folder`.
        kinds: of picture: `composites.KINDS`, or the harder ones, `hard.HARD`.

    Returns:
        A row for all pictures, then one for each kind that came up: "kind", "pictures"; "iou_50"
        and "iou_75", shares whose first proposal has at least that IoU with the truth; and
        "any_iou_75", the share with such a proposal at any rank.

    Raises:
        LookalikeError: a data set or a Debian package is missing.
    """
    found = sources.find(sources.data_folder(data), "held-out")
    judged = list(judge(detector or registry.load(), pictures(found, count, seed, kinds)))
    drawn = sorted({found.kind for found in judged})
    return [_row("all", judged)] + [
        _row(kind, [found for found in judged if found.kind == kind]) for kind in drawn
    ]


def _row(kind: str, judged: list[Judged]) -> dict[str, Any]:
    first = np.array([found.first for found in judged])
    best = np.array([found.best for found in judged])
    return {
        "kind": kind,
        "pictures": len(judged),
        "iou_50": float((first >= 0.5).mean()),
        "iou_75": float((first >= 0.75).mean()),
        "any_iou_75": float((best >= 0.75).mean()),
    }


def pictures(
    found: sources.Sources, count: int, seed: int, kinds: Kinds = KINDS
) -> Iterator[Composite]:
    """`count` composites with a subject, of many sizes."""
    index = FIRST
    while count:
        side = int(np.random.default_rng([seed, index, 1]).integers(SIDES[0], SIDES[1] + 1))
        made = compose(found, seed, index, side, kinds)
        index += 1
        if made.boxes:
            yield made
            count -= 1


def judge(detector: Detector, composites: Iterator[Composite]) -> Iterator[Judged]:
    """How well each picture's main subject is proposed."""
    for made in composites:
        truth = made.main()
        assert truth is not None
        overlaps = [iou(proposal.box, truth) for proposal in detector.propose(made.photo)]
        yield Judged(made.kind, overlaps[0], max(overlaps))


def iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (area(first) + area(second) - shared)


def area(box: Box) -> int:
    """Of a box, in pixels."""
    return (box[2] - box[0]) * (box[3] - box[1])
