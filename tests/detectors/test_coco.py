"""YOLOv4-tiny: how a photo is fitted to it, and which weights it refuses."""

import shutil

import numpy as np
import pytest

from lookalike.detectors import coco
from lookalike.errors import WeightsError
from lookalike.settings import REPOSITORY


@pytest.mark.parametrize(
    ("shape", "fitted"),
    [
        ((300, 300), (320, 320)),  # a square, enlarged
        ((3000, 3000), (320, 320)),  # and shrunk, so much that pixels are left out first
        ((960, 1280), (288, 352)),  # the nearest ratio of whole cells
        ((1280, 960), (352, 288)),
        ((1, 5000), (32, 3200)),  # a line costs no more than a square
        ((5000, 1), (3200, 32)),
        ((1, 1), (320, 320)),
    ],
)
def test_any_photo_is_fitted_to_the_same_area(shape, fitted):
    seen = coco.fitted(np.full((*shape, 3), 7, np.uint8), 320)
    assert seen.shape == (*fitted, 3)
    assert (seen == 7).all()
    assert seen.shape[0] * seen.shape[1] <= 320**2


def test_nothing_of_the_photo_is_cut_off():
    photo = np.zeros((1500, 2000, 3), np.uint8)
    photo[:40], photo[-40:] = 255, 255
    photo[:, :40], photo[:, -40:] = 255, 255
    seen = coco.fitted(photo, 320)
    edges = (seen[0], seen[-1], seen[:, 0], seen[:, -1])
    assert all(edge.mean() > 250 for edge in edges)
    assert seen[20:-20, 20:-20].max() == 0


def test_damaged_weights_are_refused_with_the_command_that_makes_them(tmp_path):
    folder = tmp_path / "coco"
    shutil.copytree(REPOSITORY / "models" / coco.LOCATION, folder)
    file = folder / "model.onnx"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="differ") as caught:
        coco.YoloCoco(folder=folder)
    assert "train coco" in caught.value.hint


def test_the_kinds_are_coco_s(tmp_path):
    detector = coco.YoloCoco()
    assert len(detector._kinds) == len(set(detector._kinds)) == 80
    assert {"person", "dog", "couch", "airplane", "potted plant"} <= set(detector._kinds)
