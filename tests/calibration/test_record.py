"""What an index keeps of its calibration."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from lookalike.calibration.curves import Curve, Curves
from lookalike.calibration.record import Calibration

FULL = Calibration(
    Curves(Curve([0.0, 0.5], [1.0, 0.25]), {"drawing": Curve([0.1], [0.5])}),
    "kind",
    310,
    0.031,
    [0.1, 0.2, 0.3],
)


@pytest.mark.parametrize("made", [FULL, Calibration(words=[0.5]), Calibration()])
def test_it_comes_back_from_json_as_it_was(made):
    assert Calibration.of(json.loads(json.dumps(asdict(made)))) == made


@pytest.mark.parametrize(
    "change",
    [
        {"curves": {"overall": {"distances": [0, 1], "probabilities": [0, 1]}, "by_medium": {}}},
        {"curves": {"overall": {"distances": ["a"], "probabilities": [1]}, "by_medium": {}}},
        {"curves": {}},
        {"words": [0.3, 0.1]},
        {"words": [float("nan")]},
        {"same": "colour"},
        {"unheard_of": 1},
    ],
)
def test_what_is_none_is_refused(change):
    with pytest.raises((ValueError, TypeError, KeyError)):
        Calibration.of(asdict(FULL) | change)


def test_the_share_of_random_words_whose_best_result_is_farther():
    asked = np.array([0.0, 0.1, 0.15, 0.2, 0.3, 9.0])
    assert np.allclose(FULL.closer_than_words(asked), [1, 1, 0.75, 0.5, 0, 0])
