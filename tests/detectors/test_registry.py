"""The detectors by name."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest

from lookalike.detectors import registry
from lookalike.detectors.base import Proposal, rank
from lookalike.detectors.whole import Whole
from lookalike.errors import UnknownNameError
from lookalike.settings import settings

PHOTO = np.zeros((60, 100, 3), np.uint8)


def test_the_default_comes_first():
    assert registry.names() == ["yolo", "retinanet", "whole"]


@pytest.mark.parametrize(
    ("name", "weights", "said"),
    [
        ("retina", None, "yolo, retinanet or whole"),  # no such detector: those that there are
        ("yolo", "voc", "embedded, coco, subject or hub"),  # no such weights: those that it has
        ("whole", "hub", "none"),  # it has none to download
    ],
)
def test_an_unknown_name_says_which_are_known(name, weights, said):
    with pytest.raises(UnknownNameError) as caught:
        registry.load(name, weights)
    assert said in caught.value.hint


def test_threads_that_load_at_once_get_one_detector(monkeypatch):
    made = []

    def slow(weights):
        sleep(0.05)  # long enough for the others to come in
        made.append(weights)
        return Whole()

    monkeypatch.setitem(registry.DETECTORS, "slow", (slow, ("embedded",)))
    monkeypatch.setattr(registry, "_loaded", {})
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: registry.load("slow"), range(8)))
    assert made == ["embedded"]
    assert all(detector is loaded[0] for detector in loaded)


@pytest.mark.parametrize(
    ("setting", "asked", "chosen"),
    [
        ("embedded", None, "embedded"),  # the default
        ("hub", None, "hub"),  # the setting decides when nothing is asked for
        ("hub", "embedded", "embedded"),  # what is asked for goes first
        ("other", None, "embedded"),  # a setting that this detector has no weights for
    ],
)
def test_the_setting_chooses_the_weights(monkeypatch, setting, asked, chosen):
    made = []
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", setting)
    settings.cache_clear()
    monkeypatch.setitem(
        registry.DETECTORS, "probe", (lambda weights: made.append(weights), ("embedded", "hub"))
    )
    monkeypatch.setattr(registry, "_loaded", {})
    registry.load("probe", asked)
    assert made == [chosen]


def test_importing_the_detectors_imports_no_network_library():
    code = (
        "import sys; import lookalike.detectors.registry; "
        "heavy = ('torch', 'torchvision', 'ultralytics', 'onnxruntime'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_whole_proposes_the_whole_photo_only():
    (proposal,) = registry.load("whole").propose(PHOTO)
    assert proposal.box == (0, 0, 100, 60)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # more confident, same box
        (Proposal((10, 10, 50, 50), 0.9, ""), Proposal((10, 10, 50, 50), 0.5, "")),
        # larger, same confidence and centre
        (Proposal((20, 10, 80, 50), 0.5, ""), Proposal((40, 20, 60, 40), 0.5, "")),
        # nearer the middle, same confidence and size
        (Proposal((40, 20, 60, 40), 0.5, ""), Proposal((0, 0, 20, 20), 0.5, "")),
        # a confident subject beats a doubtful one that fills the photo
        (Proposal((35, 15, 65, 45), 0.9, ""), Proposal((0, 0, 100, 60), 0.3, "")),
    ],
)
def test_ranking(better, worse):
    assert rank(better, (60, 100)) > rank(worse, (60, 100))


class Finds(Whole):
    """A detector that finds what it is told."""

    def __init__(self, *found):
        self.found = list(found)

    def _detect(self, photo):
        return self.found


def test_proposals_come_best_first_and_the_whole_photo_last():
    small, large = Proposal((0, 0, 9, 9), 0.5, "a"), Proposal((20, 10, 80, 50), 0.6, "b")
    proposals = Finds(small, large).propose(PHOTO)
    assert [found.source for found in proposals] == ["b", "a", "whole photo"]


def test_most_limits_the_detections_and_keeps_the_whole_photo():
    many = [Proposal((0, 0, 10 + n, 10), 0.5, str(n)) for n in range(9)]
    proposals = Finds(*many).propose(PHOTO, most=2)
    assert [found.source for found in proposals] == ["8", "7", "whole photo"]
