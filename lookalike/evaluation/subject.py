"""Does the first proposal cover the subject? Measured on composites that training never saw.

Their cut-outs and their backgrounds both come from the held-out share of the sources. The truth is
the box of the picture's main subject, by the rule of `composites.Composite.main`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lookalike.detectors import registry
from lookalike.detectors.base import Detector
from lookalike.photos import Box
from lookalike.training import sources
from lookalike.training.composites import Composite, compose

SIDES = (200, 1200)  # longer side of the photos, pixels: least and most
FIRST = 1_000_000  # index of the first picture: other numbers than training's, under any seed


def measure(
    count: int, seed: int, detector: Detector | None = None, data: Path | None = None
) -> dict[str, float]:
    """Judge a detector's first proposals.

    Args:
        count: how many composites with a subject.
        seed: of the composites.
        detector: the default one if none.
        data: folder of caltech101/ and fashion-products/; see `sources.data_folder`.

    Returns:
        "iou_50" and "iou_75": shares whose first proposal has at least that IoU with the truth;
        "scenes_iou_50" and "scenes_iou_75": the same of the cut-outs on backgrounds alone, without
        catalogue pictures; "any_iou_75": shares with such a proposal at any rank.

    Raises:
        LookalikeError: a data set or a Debian package is missing.
    """
    found = sources.find(sources.data_folder(data), "held-out")
    judged = list(judge(detector or registry.load(), pictures(found, count, seed)))
    first = np.array([best for _, best, _ in judged])
    ever = np.array([most for _, _, most in judged])
    scene = np.array([kind == "scene" for kind, _, _ in judged])
    return {
        "iou_50": float((first >= 0.5).mean()),
        "iou_75": float((first >= 0.75).mean()),
        "scenes_iou_50": float((first[scene] >= 0.5).mean()),
        "scenes_iou_75": float((first[scene] >= 0.75).mean()),
        "any_iou_75": float((ever >= 0.75).mean()),
    }


def pictures(found: sources.Sources, count: int, seed: int) -> Iterator[Composite]:
    """`count` composites with a subject, of many sizes."""
    index = FIRST
    while count:
        side = int(np.random.default_rng([seed, index, 1]).integers(SIDES[0], SIDES[1] + 1))
        made = compose(found, seed, index, side)
        index += 1
        if made.boxes:
            yield made
            count -= 1


def judge(
    detector: Detector, composites: Iterator[Composite]
) -> Iterator[tuple[str, float, float]]:
    """Of each picture: its kind, the IoU of the first proposal, the best IoU of any proposal."""
    for made in composites:
        truth = made.main()
        assert truth is not None
        overlaps = [iou(proposal.box, truth) for proposal in detector.propose(made.photo)]
        yield made.kind, overlaps[0], max(overlaps)


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
