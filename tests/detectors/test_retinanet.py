"""RetinaNet, with random weights that lie where the downloaded ones would."""

from urllib.error import URLError

import numpy as np
import pytest
import torch
from torchvision.models.detection import (
    RetinaNet_ResNet50_FPN_V2_Weights,
    retinanet_resnet50_fpn_v2,
)
from torchvision.ops import box_iou

from lookalike.detectors import download, registry, retinanet
from lookalike.detectors.retinanet import RetinaNet
from lookalike.errors import WeightsError
from lookalike.search.query import View, find_subject
from lookalike.storage.files import sha256_file

SIDE = 64  # pixels, for speed
PHOTO = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
FILE = "models/retinanet/hub/retinanet_resnet50_fpn_v2_coco-5905b1c5.pth"


@pytest.fixture(scope="module")
def network():
    """torchvision's network, which sees a thing in every place and is sure of none."""
    torch.manual_seed(0)
    made = retinanet_resnet50_fpn_v2(
        weights=None, weights_backbone=None, score_thresh=0.1, min_size=SIDE, max_size=2 * SIDE
    ).eval()
    torch.nn.init.zeros_(made.head.classification_head.cls_logits.bias)
    torch.nn.init.normal_(made.head.classification_head.cls_logits.weight, std=0.05)
    return made


@pytest.fixture(scope="module")
def weights(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def there(home, weights, monkeypatch):
    """there(): the weights lie in the home, and are the pinned ones."""

    def put(path=weights):
        (home / FILE).parent.mkdir(parents=True)
        (home / FILE).symlink_to(path)
        monkeypatch.setattr(retinanet, "SHA256", sha256_file(path))

    return put


@pytest.fixture
def offline(monkeypatch):
    def fail(*_, **__):
        raise URLError("no network in tests")

    monkeypatch.setattr(download, "urlopen", fail)
    monkeypatch.setattr(registry, "_loaded", {})


def test_the_weights_are_torchvisions():
    known = RetinaNet_ResNet50_FPN_V2_Weights.COCO_V1
    assert known.url == retinanet.ADDRESS
    assert f"-{retinanet.SHA256[:8]}.pth" in known.url
    assert FILE.endswith(known.url.rpartition("/")[2])


def test_it_proposes_what_torchvision_finds(there, network):
    there()
    detector = RetinaNet(side=SIDE)
    proposals = detector.propose(PHOTO)
    assert len(proposals) == 6 and proposals[-1].source == "whole photo"
    with torch.inference_mode():
        (expected,) = network([torch.from_numpy(PHOTO.transpose(2, 0, 1)).float() / 255])
    for found in proposals[:-1]:
        x1, y1, x2, y2 = found.box
        assert 0 <= x1 < x2 <= 120 and 0 <= y1 < y2 <= 90
        near = (expected["boxes"] - torch.tensor(found.box)).abs().amax(1) <= 0.51  # rounded
        assert (expected["scores"][near] - found.score).abs().min() < 1e-4
        assert found.source == "retinanet@hub"
    boxes = torch.tensor([found.box for found in detector._detect(PHOTO)], dtype=torch.float)
    overlaps = box_iou(boxes, boxes).fill_diagonal_(0)
    assert overlaps.max() < retinanet.OVERLAP + 0.1  # also of two classes; boxes are rounded
    assert detector.propose(np.repeat(PHOTO[:1], 40, axis=1))[-1].box == (0, 0, 4800, 1)


def test_finding_nothing_leaves_the_whole_photo(there):
    there()
    (only,) = RetinaNet(side=SIDE, confidence=1.0).propose(PHOTO)
    assert only.box == (0, 0, 120, 90)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no weights at all", "is not a file of weights"),
        (None, "do not fit torchvision's network"),  # a file of another network's
    ],
)
def test_a_file_of_something_else_is_refused(there, tmp_path, content, said):
    other = tmp_path / "other.pth"
    if content is None:
        torch.save({"weight": torch.zeros(1)}, other)
    else:
        other.write_bytes(content)
    there(other)
    with pytest.raises(WeightsError, match=said):
        RetinaNet()


def test_without_a_network_the_error_names_the_way_out(offline):
    with pytest.raises(WeightsError, match=r"cannot be downloaded .*no network.*detector yolo"):
        registry.load("retinanet")


def test_the_setting_chooses_it_and_without_its_weights_the_whole_photo_is_searched(
    offline, fresh_settings, caplog
):
    fresh_settings(DETECTOR="retinanet")
    found = find_subject(View.of(PHOTO))
    assert (found.box, found.source) == ((0, 0, 120, 90), "whole photo")
    assert "cannot be downloaded" in caplog.text


def test_the_setting_chooses_it(there, fresh_settings, monkeypatch):
    there()
    fresh_settings(DETECTOR="retinanet")
    monkeypatch.setattr(registry, "_loaded", {("retinanet", "hub"): RetinaNet(side=SIDE)})
    assert find_subject(View.of(PHOTO)).source == "retinanet@hub"
