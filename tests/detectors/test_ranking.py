"""Which of two regions is proposed first."""

import numpy as np
import pytest

from lookalike.detectors.base import Detector, Proposal

PHOTO = np.zeros((100, 200, 3), np.uint8)


class Finds(Detector):
    """Finds what it is told to."""

    name = "finds"

    def __init__(self, *found):
        self._found = [Proposal(box, score, "told") for box, score in found]

    def _detect(self, photo):
        return self._found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (((60, 20, 140, 80), 0.9), ((60, 20, 140, 80), 0.8)),  # the surer one
        (((60, 20, 140, 80), 0.7), ((90, 40, 110, 60), 0.7)),  # the larger one
        (((60, 20, 140, 80), 0.7), ((0, 0, 80, 60), 0.7)),  # the one in the middle
        (((40, 10, 160, 90), 0.4), ((120, 35, 150, 65), 0.9)),  # half hidden, but it is the subject
        (((60, 20, 140, 80), 0.9), ((0, 0, 200, 100), 0.1)),  # size alone is not enough
    ],
)
def test_the_likelier_subject_comes_first(first, second):
    for found in ((first, second), (second, first)):
        boxes = [proposal.box for proposal in Finds(*found).propose(PHOTO)]
        assert boxes == [first[0], second[0], (0, 0, 200, 100)]


def test_the_likeliest_are_proposed_and_the_whole_photo_last():
    many = [((x, 40, x + 20, 60), 0.5 + x / 1000) for x in range(0, 180, 10)]
    proposals = Finds(*many).propose(PHOTO, most=3)
    assert len(proposals) == 4
    assert proposals[-1].source == "whole photo"
    assert all(70 <= proposal.box[0] <= 110 for proposal in proposals[:-1])
