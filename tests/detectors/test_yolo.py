"""YOLO11n: what it finds with the embedded weights, and which weights it refuses."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lookalike.detectors import yolo
from lookalike.errors import UnknownNameError, WeightsError
from lookalike.settings import settings
from lookalike.storage.files import sha256_file
from lookalike.training.subject.judging import iou


@pytest.fixture(scope="module")
def detector():
    return yolo.Yolo()


def shoe(width=400, height=300, box=(120, 90, 300, 220), paper=255):
    """A photo of a dark disc on a sheet: the plainest subject that there is."""
    photo = np.full((height, width, 3), paper, np.uint8)
    x1, y1, x2, y2 = box
    centre, axes = ((x1 + x2) // 2, (y1 + y2) // 2), ((x2 - x1) // 2, (y2 - y1) // 2)
    cv2.ellipse(photo, centre, axes, 0, 0, 360, (60, 30, 120), -1)
    return photo


@pytest.mark.parametrize(
    ("scale", "box"),
    [
        (1, (120, 90, 300, 220)),  # as large as the network's input
        (3, (360, 270, 900, 660)),  # shrunk on the way in, scaled back on the way out
        (10, (1200, 900, 3000, 2200)),  # so large that pixels are left out first
        (0.25, (30, 22, 75, 55)),  # enlarged on the way in
    ],
)
def test_the_first_proposal_covers_the_subject_at_any_size(detector, scale, box):
    photo = shoe(int(400 * scale), int(300 * scale), box)
    first, *_, last = detector.propose(photo)
    assert iou(first.box, box) > 0.75
    assert first.source == "yolo@subject"
    assert last.box == (0, 0, photo.shape[1], photo.shape[0])


@pytest.mark.parametrize(
    "shape",
    [
        (1, 1),  # one pixel
        (1, 5000),  # a line
        (5000, 1),  # a column
        (2, 3),  # smaller than anything
        (300, 400),  # blank, of an ordinary size
    ],
)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_degenerate_photo_keeps_the_whole_photo(detector, shape, value):
    proposals = detector.propose(np.full((*shape, 3), value, np.uint8))
    assert proposals[-1].box == (0, 0, shape[1], shape[0])
    for found in proposals:
        x1, y1, x2, y2 = found.box
        assert 0 <= x1 < x2 <= shape[1]
        assert 0 <= y1 < y2 <= shape[0]
        assert 0 <= found.score <= 1


def test_the_photo_is_left_as_it_was(detector):
    photo = shoe()
    before = photo.copy()
    detector.propose(photo)
    assert np.array_equal(photo, before)


def test_threads_get_their_own_photo_s_proposals(detector):
    boxes = [(40, 40, 160, 160), (220, 120, 380, 280), (120, 90, 300, 220)] * 4
    photos = [shoe(box=box) for box in boxes]
    alone = [detector.propose(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detector.propose, photos)) == alone


def test_a_warm_detector_answers_the_same(detector):
    cold = detector.propose(shoe())
    detector.warm()
    assert detector.propose(shoe()) == cold


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ((100, 200), (0, 64, 256, 128)),  # wide: bands above and below
        ((1000, 500), (64, 0, 128, 256)),  # tall, and shrunk
        ((256, 256), (0, 0, 256, 256)),  # fits
        ((1, 5000), (0, 127, 256, 1)),  # a line stays one pixel high
    ],
)
def test_letterbox(shape, place):
    sheet, found = yolo.letterbox(np.full((*shape, 3), 7, np.uint8), 256)
    left, top, width, height = found
    assert found == place
    inside = np.zeros((256, 256), bool)
    inside[top : top + height, left : left + width] = True
    assert (sheet[inside] == 7).all()
    assert (sheet[~inside] == 114).all()


# Weights.


def own_weights(home: Path) -> Path:
    """A copy of the shipped weights where the user's own would be."""
    folder = home / "models" / yolo.EMBEDDED.location
    shutil.copytree(settings().assets / "models" / yolo.EMBEDDED.location, folder)
    return folder


def cut(folder):
    file = folder / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])


def remove(folder):
    (folder / "model.onnx").unlink()


def other_sha256(folder):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"sha256": "0" * 64}))


def no_json(folder):
    (folder / "card.json").write_text("{")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "differ"),  # a download that broke off
        (remove, "cannot be read"),  # only the card is there
        (other_sha256, "differ"),  # the card of other weights
        (no_json, "not JSON"),  # a damaged card
    ],
)
def test_damaged_weights_are_refused(home, harm, said):
    harm(own_weights(home))
    with pytest.raises(WeightsError) as caught:
        yolo.Yolo()
    assert said in caught.value.message
    assert "train subject" in caught.value.hint


def test_missing_weights_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("LOOKALIKE_ASSETS", str(tmp_path))
    settings.cache_clear()
    with pytest.raises(WeightsError) as caught:
        yolo.Yolo()
    assert "train subject" in caught.value.hint


def test_the_user_s_own_weights_go_first(home):
    folder = own_weights(home)
    assert yolo.embedded_file() == folder / "model.onnx"


def test_unknown_weights():
    with pytest.raises(UnknownNameError, match="subject or hub"):
        yolo.Yolo("coco")


def hub_of(file: Path, sha256: str | None = None) -> yolo.DetectorWeights:
    """The hub's weights, served from a file."""
    return replace(yolo.HUB, location=file.as_uri(), sha256=sha256 or sha256_file(file))


@pytest.fixture
def tiny(tmp_path):
    file = tmp_path / "yolo11n.pt"
    file.write_bytes(b"not really weights")
    return file


def test_the_sha256_is_checked_before_anything_is_loaded(tiny, monkeypatch):
    monkeypatch.setattr(yolo, "WEIGHTS", (yolo.EMBEDDED, hub_of(tiny, "0" * 64)))
    monkeypatch.setattr(yolo, "keep_quiet", lambda: pytest.fail("loaded"))
    with pytest.raises(WeightsError, match="another file"):
        yolo.Yolo("hub")


def test_a_hub_checkpoint_proposes_any_of_its_classes(tmp_path, monkeypatch):
    """A checkpoint in Ultralytics' own layout goes the whole way, by weights_only loading."""
    import torch

    yolo.keep_quiet()
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(0)
    model = DetectionModel("yolo11n.yaml", nc=2, verbose=False)
    model.args = {"task": "detect", "imgsz": 640}
    file = tmp_path / "yolo11n.pt"
    torch.save({"model": model.half(), "train_args": {}}, file)
    monkeypatch.setattr(yolo, "WEIGHTS", (yolo.EMBEDDED, hub_of(file)))
    proposals = yolo.Yolo("hub", confidence=0.0).propose(shoe())
    assert len(proposals) > 1  # untrained, so anything at all
    assert {found.source for found in proposals} == {"yolo@hub", "whole photo"}
    assert {found.name for found in proposals[:-1]} <= {"0", "1"}  # what the checkpoint calls them


def test_a_hub_checkpoint_that_runs_code_is_refused(tmp_path, monkeypatch):
    import torch

    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harmed"),)

    file = tmp_path / "yolo11n.pt"
    torch.save({"model": Harm()}, file)
    monkeypatch.setattr(yolo, "WEIGHTS", (yolo.EMBEDDED, hub_of(file)))
    with pytest.raises(Exception, match=r"(?i)weights.only|unsupported|checkpoint"):
        yolo.Yolo("hub")
    assert not (tmp_path / "harmed").exists()


QUIET = """
import os, sys
import cv2, numpy, torch
from PIL import Image
def state():
    threads = torch.get_num_threads(), cv2.getNumThreads()
    return threads, numpy.get_printoptions(), torch.save, Image.open
before = state()
from lookalike.detectors import yolo
ultralytics = yolo.keep_quiet()
after = state()
from ultralytics.utils import ONLINE, checks, events
assert after == before, (before, after)
assert ultralytics.SETTINGS["sync"] is False
assert not events.events.enabled and not ONLINE and not checks.AUTOINSTALL
assert "YOLO_CONFIG_DIR" not in os.environ
"""


def test_ultralytics_is_quiet_and_writes_nothing(tmp_path):
    """Nothing in the home folder or the working folder; nothing of the process's is changed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    environment["MPLCONFIGDIR"] = "/nonexistent"  # matplotlib's folder is not Ultralytics'
    subprocess.run([sys.executable, "-c", QUIET], cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
