"""Fit the ranking of proposals: how much each thing known of one says that it is the subject.

Three sets of pictures that no network was trained on count the same: real photographs with the
objects that SSD-MobileNetV2 is sure of, and composites of the easier and of the harder kinds.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from lookalike.detectors.base import Detector
from lookalike.detectors.merging import Calibration, evidence
from lookalike.detectors.overlaps import overlaps
from lookalike.photos import Photo
from lookalike.training.subject import judging, sources
from lookalike.training.subject import scenes as real
from lookalike.training.subject.composites import KINDS
from lookalike.training.subject.hard import HARD

RIGHT = 0.5  # least IoU with the main subject
DECAY = 1e-3  # of the squared coefficients, so that none grows without bound
Choice = tuple[np.ndarray, np.ndarray]  # (n, detectors * 6) evidence, (n,) bool: which are right


def sets(data: Path, seed: int, composites: int) -> Iterator[Iterator[tuple[Photo, np.ndarray]]]:
    """Photos and the box (4,) of the main subject of each, set by set.

    Args:
        data: folder of photos/, caltech101/ and fashion-products/.
        seed: of the composites.
        composites: how many of each kind.
    """
    scenes = real.scenes(data, "calibrated")
    yield ((scene.load(), scene.objects[0]) for scene in scenes if len(scene.objects))
    found = sources.find(data, "held-out")
    for kinds in (KINDS, HARD):
        drawn = judging.pictures(found, composites, seed, kinds)
        yield ((made.photo, np.array(made.main())) for made in drawn)


def choices(
    detectors: Sequence[Detector], pictures: Iterable[tuple[Photo, np.ndarray]]
) -> Iterator[Choice]:
    """What the detectors propose on each picture, and which proposals cover its subject."""
    for photo, main in pictures:
        found = [detector._detect(photo) for detector in detectors]
        known = evidence(found, photo.shape[:2])
        # Each detector has coefficients of its own: its evidence lies in columns of its own.
        rows = np.zeros((sum(map(len, known)), sum(part.shape[1] for part in known)))
        row = column = 0
        for part in known:
            rows[row : row + len(part), column : column + part.shape[1]] = part
            row, column = row + len(part), column + part.shape[1]
        boxes = np.array([one.box for one in chain(*found)], float).reshape(-1, 4)
        yield rows, overlaps(boxes, main[None])[:, 0] >= RIGHT


def fit(drawn: Sequence[Sequence[Choice]], detectors: int) -> list[Calibration]:
    """The coefficients under which what was right is likeliest; each set counts the same.

    Args:
        drawn: choices, set by set.
        detectors: how many.
    """
    weighed = [(rows, right, 1 / len(some)) for some in drawn for rows, right in some]
    columns = weighed[0][0].shape[1]
    # The first proposal of each picture is "none of them", with no evidence and utility 0.
    rows = [np.vstack([np.zeros(columns), part]) for part, _, _ in weighed]
    right = [np.concatenate([[not part.any()], part]) for _, part, _ in weighed]
    weights = np.array([weight for _, _, weight in weighed])

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = DECAY * float(coefficients @ coefficients), 2 * DECAY * coefficients
        for known, fits, weight in zip(rows, right, weights, strict=True):
            utilities = known @ coefficients
            odds = np.exp(utilities - utilities.max())
            meant = odds * fits
            total -= weight * np.log(meant.sum() / odds.sum())
            slope = slope + weight * (odds / odds.sum() - meant / meant.sum()) @ known
        return total, slope

    found = minimize(loss, np.zeros(columns), jac=True, method="L-BFGS-B").x
    return [Calibration(*map(float, part)) for part in found.reshape(detectors, -1)]
