"""One list of proposals from several detectors: comparable, each thing once, with its name.

Two networks mean different things by the same score, and each knows what the other may have missed.
So a logistic regression (as Platt 1999 calibrates scores) turns what is known of a proposal into
the chance that it is the subject, and that chance ranks all of them.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

import numpy as np

from lookalike.detectors.base import Detector, Proposal
from lookalike.detectors.overlaps import areas, overlaps
from lookalike.photos import Photo

SAME = 0.5  # IoU from which two proposals are of the same thing
SMALLEST = 1e-4  # share of a photo; a smaller box counts as this large


@dataclass(frozen=True)
class Calibration:
    """What each thing known of a proposal adds to the log odds that it is the subject."""

    constant: float
    score: float  # of the log odds that its detector gives
    area: float  # of the logarithm of its share of the photo
    off_centre: float  # of the distance of its centre from the photo's, as a share of the sides
    agreement: float  # of the best IoU times score among the others' proposals
    rival: float  # of the best score among the others' proposals that lie elsewhere

    def __call__(self, known: np.ndarray) -> np.ndarray:
        """(n, 5) of `evidence` to chances, (n,) in (0, 1)."""
        return 1 / (1 + np.exp(-(self.constant + known @ np.array(astuple(self)[1:]))))


class Merged(Detector):
    """Several detectors as one.

    Args:
        detectors: each with how its proposals are calibrated.
    """

    name = "yolo"

    def __init__(self, detectors: Mapping[Detector, Calibration]) -> None:
        self.detectors = dict(detectors)

    def _detect(self, photo: Photo) -> list[Proposal]:
        found = {detector: detector._detect(photo) for detector in self.detectors}
        judged = []
        for detector, calibrated in self.detectors.items():
            others = [one for other in found if other is not detector for one in found[other]]
            chances = calibrated(evidence(found[detector], others, photo.shape[:2]))
            judged += [
                replace(one, score=float(chance))
                for one, chance in zip(found[detector], chances, strict=True)
            ]
        return merge(judged)

    def rank(self, found: Proposal, photo: Photo) -> float:
        """The chance; area and place are in it already."""
        return found.score


def evidence(found: list[Proposal], others: list[Proposal], shape: tuple[int, ...]) -> np.ndarray:
    """What is known of one detector's proposals, given the other detectors'.

    Args:
        found: one detector's.
        others: the others'.
        shape: height and width of the photo.

    Returns:
        (n, 5) float64, as `Calibration` weighs them.
    """
    if not found:
        return np.zeros((0, 5))
    boxes, scores = _arrays(found)
    height, width = shape
    x1, y1, x2, y2 = boxes.T
    off_centre = np.hypot((x1 + x2) / 2 / width - 0.5, (y1 + y2) / 2 / height - 0.5)
    size = np.log(np.maximum(areas(boxes) / (width * height), SMALLEST))
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    agreement = rival = np.zeros(len(found))
    if others:
        theirs, sure = _arrays(others)
        shared = overlaps(boxes, theirs)
        agreement = (shared * sure).max(axis=1)
        rival = np.where(shared < SAME, sure, 0).max(axis=1)
    return np.stack([np.log(inside / (1 - inside)), size, off_centre, agreement, rival], axis=1)


def merge(found: list[Proposal]) -> list[Proposal]:
    """Each thing once, best first: of proposals that overlap, the better one's box stays.

    It takes over the best name among those that it stands for, if it has none.
    """
    ranked = sorted(found, key=lambda proposal: proposal.score, reverse=True)
    kept = []
    while ranked:
        first = ranked[0]
        shared = overlaps(*(_arrays(some)[0] for some in ([first], ranked)))[0]
        alike = [one for one, iou in zip(ranked, shared, strict=True) if iou >= SAME]
        kept.append(replace(first, name=next((one.name for one in alike if one.name), None)))
        ranked = [one for one in ranked[1:] if one not in alike]
    return kept


def _arrays(found: list[Proposal]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) and scores (n,)."""
    return np.array([one.box for one in found], float), np.array([one.score for one in found])
