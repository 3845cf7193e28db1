"""One list of proposals from several detectors."""

from dataclasses import replace

import numpy as np
import pytest

from lookalike.detectors.base import Detector, Proposal, rank
from lookalike.detectors.merging import NAMED, Calibration, Merged, chances, evidence, merge

PHOTO = np.zeros((100, 200, 3), np.uint8)
PLAIN = Calibration(constant=1, behind=2, score=1, area=0.5, agreement=2, person=-1)
DOG = Proposal((60, 20, 140, 80), 0.8, "coco", "dog")
SAME = Proposal((62, 22, 142, 82), 0.6, "subject")
AWAY = Proposal((0, 0, 40, 40), 0.6, "subject")


class Finds(Detector):
    """Finds what it is told to."""

    def __init__(self, *found):
        self._found = list(found)

    def _detect(self, photo):
        return self._found


def merged(*found, calibrations=(PLAIN, PLAIN)):
    detectors = [Finds(*some) for some in found]
    return Merged(dict(zip(detectors, calibrations, strict=True))).propose(PHOTO)


def test_overlapping_proposals_merge_and_the_name_travels():
    better = replace(SAME, score=0.95)
    first, last = merged([DOG], [better])
    assert (first.box, first.source, first.name) == (better.box, "subject", "dog")
    assert last.source == "whole photo"


def test_several_subjects_are_offered_the_likeliest_first():
    dog, away, whole = merged([DOG], [AWAY])
    assert [dog.name, away.name, whole.name] == ["dog", None, None]
    assert dog.score > away.score > whole.score == 0


def test_scores_are_chances_that_add_up_to_one_with_none_of_them():
    found = [replace(DOG, score=score) for score in (0.2, 0.5)], [AWAY]
    utilities = np.concatenate(
        [PLAIN.utilities(part) for part in evidence(list(found), (100, 200))]
    )
    alone = np.exp(utilities) / (1 + np.exp(utilities).sum())
    np.testing.assert_allclose(chances(utilities), alone)
    # The two dogs are one thing, with the chances of both.
    assert merged(*found)[0].score == pytest.approx(alone[:2].sum())


@pytest.mark.parametrize(
    ("utilities", "expected"),
    [
        ([], []),  # nothing proposed
        ([0.0], [0.5]),  # as likely as not
        ([-1000.0], [0.0]),  # not at all
        ([1000.0, 1000.0], [0.5, 0.5]),  # too much for exp() alone
    ],
)
def test_chances(utilities, expected):
    np.testing.assert_allclose(chances(np.array(utilities)), expected, atol=1e-12)


@pytest.mark.parametrize(
    "worse",
    [
        replace(DOG, score=0.5),  # less sure
        replace(DOG, box=(90, 40, 110, 60)),  # smaller
        replace(DOG, name="person"),
    ],
)
def test_what_speaks_for_a_detector(worse):
    ((one,), (other,)) = evidence([[DOG], [worse]], (100, 200))
    one, other = (part * [1, 1, 1, 1, 0, 1] for part in (one, other))  # their agreement aside
    assert PLAIN.utilities(one) > PLAIN.utilities(other)


def test_a_detector_s_proposals_keep_its_own_order():
    away = replace(DOG, box=(0, 0, 80, 60))  # as sure and nearly as large, but not in the middle
    ((first, second),) = evidence([[away, DOG]], (100, 200))
    assert (
        second[1]
        == 0
        > first[1]
        == pytest.approx(np.log(rank(away, (100, 200)) / rank(DOG, (100, 200))))
    )
    np.testing.assert_array_equal(first[2:], second[2:])


def test_agreement_is_with_the_other_detectors_only():
    (coco, _), (subject,) = evidence([[DOG, DOG], [replace(DOG, score=0.3)]], (100, 200))
    assert coco[4] == pytest.approx(0.3)
    assert subject[4] == pytest.approx(0.8)


def test_a_detector_that_finds_nothing_leaves_the_other_s_proposals():
    assert [one.source for one in merged([], [AWAY])] == ["subject", "whole photo"]
    assert [one.source for one in merged([], [])] == ["whole photo"]


def test_a_name_that_is_not_sure_is_not_said():
    unsure = merged([replace(DOG, score=NAMED - 0.01)], [])
    assert [one.name for one in unsure] == [None, None]
    assert merged([replace(DOG, score=NAMED)], [])[0].name == "dog"


def test_a_chain_of_overlaps_is_not_one_thing():
    """Each overlaps the next, but the last has nothing of the first."""
    chain = [Proposal((x, 0, x + 40, 40), 0.3 - x / 1000, "") for x in (0, 10, 20)]
    assert [one.box[0] for one in merge(chain)] == [0, 20]
