"""One list of proposals from several detectors: comparable, each thing once, with its name.

Two networks mean different things by the same score, and each knows what the other may have missed.
So a multinomial logit (McFadden 1974) gives each proposal the chance that it is the photo's main
subject, among all proposals and "none of them"; that chance ranks them.
"""

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace

import numpy as np

from lookalike.detectors.base import Detector, Proposal, rank
from lookalike.detectors.overlaps import areas, overlaps
from lookalike.photos import Photo

SAME = 0.5  # IoU from which two proposals are of the same thing
NAMED = 0.7  # least score, of the detector's own, with which a name is right three times in four
SMALLEST = 1e-4  # share of a photo; a smaller box counts as this large


@dataclass(frozen=True)
class Calibration:
    """What each thing known of a detector's proposal adds to its utility; none of them has 0.

    `score` and `area` are of the detector's own best proposal: they tell whether this is a photo of
    the kind that it knows. What is behind its best is behind by as much as `base.rank` says.
    """

    constant: float
    behind: float  # for the logarithm of its rank over that of the best
    score: float  # for the log odds that the detector gives to the best
    area: float  # for the logarithm of the best one's share of the photo
    agreement: float  # for its best IoU times score among the others' proposals
    person: float  # if it is a person, who is often there to hold or wear the subject

    def utilities(self, known: np.ndarray) -> np.ndarray:
        """(n, 6) of `evidence` to (n,)."""
        return known @ np.array(astuple(self))


class Merged(Detector):
    """Several detectors as one.

    Args:
        detectors: each with how its proposals are calibrated.
    """

    name = "yolo"

    def __init__(self, detectors: Mapping[Detector, Calibration]) -> None:
        self.detectors = dict(detectors)
        # Side by side: on two cores both take as long as the slower one alone with one thread.
        self._side_by_side = ThreadPoolExecutor(len(self.detectors), "detector")

    def _detect(self, photo: Photo) -> list[Proposal]:
        found = list(self._side_by_side.map(lambda one: one._detect(photo), self.detectors))
        known = evidence(found, photo.shape[:2])
        utilities = [
            calibration.utilities(rows)
            for calibration, rows in zip(self.detectors.values(), known, strict=True)
        ]
        every = [proposal for some in found for proposal in some]
        return merge(
            [
                replace(one, score=float(chance), name=one.name if one.score >= NAMED else None)
                for one, chance in zip(every, chances(np.concatenate(utilities)), strict=True)
            ]
        )

    def rank(self, found: Proposal, photo: Photo) -> float:
        """The chance; area and place are in it already."""
        return found.score


def chances(utilities: np.ndarray) -> np.ndarray:
    """(n,) utilities to the chances (n,) that it is this one; what is missing to 1 is for none."""
    most = max(0.0, utilities.max(initial=0.0))  # so that nothing overflows
    odds = np.exp(utilities - most)
    return odds / (np.exp(-most) + odds.sum())


def evidence(found: list[list[Proposal]], shape: tuple[int, ...]) -> list[np.ndarray]:
    """What is known of each detector's proposals.

    Args:
        found: proposals of each detector.
        shape: height and width of the photo.

    Returns:
        For each detector (n, 6) float64, as `Calibration` weighs them; 1 for its constant first.
    """
    return [
        _known(some, [one for other in found if other is not some for one in other], shape)
        for some in found
    ]


def _known(found: list[Proposal], others: list[Proposal], shape: tuple[int, ...]) -> np.ndarray:
    if not found:
        return np.zeros((0, 6))
    boxes, scores = _arrays(found)
    ranks = np.array([rank(one, shape) for one in found])
    best = int(ranks.argmax())
    sure = float(np.clip(scores[best], 1e-6, 1 - 1e-6))
    size = max(areas(boxes)[best] / (shape[0] * shape[1]), SMALLEST)
    known = np.ones((len(found), 6))
    known[:, 1] = np.log(np.maximum(ranks, 1e-9) / max(ranks[best], 1e-9))
    known[:, 2] = math.log(sure / (1 - sure))
    known[:, 3] = math.log(size)
    known[:, 4] = _agreement(found, others)
    known[:, 5] = [one.name == "person" for one in found]
    return known


def _agreement(found: list[Proposal], others: list[Proposal]) -> np.ndarray:
    if not others:
        return np.zeros(len(found))
    theirs, scores = _arrays(others)
    return (overlaps(_arrays(found)[0], theirs) * scores).max(axis=1)


def merge(found: list[Proposal]) -> list[Proposal]:
    """Each thing once, the likeliest first.

    Of proposals that overlap the likeliest one's box stays. It takes over the likeliest name among
    them, if it has none, and their chances.
    """
    left = sorted(found, key=lambda proposal: proposal.score, reverse=True)
    kept = []
    while left:
        shared = overlaps(_arrays(left[:1])[0], _arrays(left)[0])[0]
        alike = [one for one, iou in zip(left, shared, strict=True) if iou >= SAME]
        name = next((one.name for one in alike if one.name), None)
        score = min(1.0, sum(one.score for one in alike))
        kept.append(replace(left[0], name=name, score=score))
        left = [one for one, iou in zip(left, shared, strict=True) if iou < SAME]
    return sorted(kept, key=lambda proposal: proposal.score, reverse=True)


def _arrays(found: list[Proposal]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (n, 4) and scores (n,)."""
    return np.array([one.box for one in found], float), np.array([one.score for one in found])
