"""RetinaNet finds the main subject, through torchvision: the detector without YOLO's licence.

Lin et al. 2017, https://arxiv.org/abs/1708.02002, as torchvision's retinanet_resnet50_fpn_v2
(Zhang et al. 2020, https://arxiv.org/abs/1912.02424). torchvision and the weights are
BSD-3-Clause. They know COCO's 80 classes, of which any may be the subject.
"""

from pathlib import Path
from typing import Any

import numpy as np

from lookalike.detectors.base import Detector, Proposal
from lookalike.detectors.download import pinned_file
from lookalike.errors import WeightsError
from lookalike.photos import Photo, shrink

ADDRESS = "https://download.pytorch.org/models/retinanet_resnet50_fpn_v2_coco-5905b1c5.pth"
# torchvision's file name repeats its first eight digits.
SHA256 = "5905b1c544219215e544dbe319720397bc4e68de61a733a59350d7976645b769"

SIDE = (
    480  # shorter side that the network sees, pixels; torchvision's 800 takes three times as long
)
CONFIDENCE = 0.1  # below it a region is no proposal; low, because ranking decides and people choose
OVERLAP = 0.6  # IoU above which the less confident of two regions is dropped, whatever their class
MOST = 20  # regions that are ranked


class RetinaNet(Detector):
    """RetinaNet on a ResNet-50.

    Args:
        weights: "hub", torchvision's COCO_V1.
        confidence: lowest score of a proposal, in [0, 1].
        side: shorter side of what the network sees, pixels.

    Raises:
        WeightsError: the weights are damaged, or cannot be downloaded.
        StorageError: the disk refused.
    """

    name = "retinanet"

    def __init__(
        self, weights: str = "hub", confidence: float = CONFIDENCE, side: int = SIDE
    ) -> None:
        from torchvision.models.detection import retinanet_resnet50_fpn_v2

        state = load_state(hub_file())
        self._source = f"{self.name}@{weights}"
        self._side = side
        self._network = retinanet_resnet50_fpn_v2(
            weights=None,
            weights_backbone=None,
            score_thresh=confidence,
            detections_per_img=5 * MOST,  # of which some lie on each other, in different classes
            min_size=side,
            max_size=2 * side,
        )
        try:
            self._network.load_state_dict(state)
        except RuntimeError as error:
            raise WeightsError(
                "The weights of RetinaNet do not fit torchvision's network.",
                "Install the versions that requirements.txt pins.",
            ) from error
        self._network.eval().requires_grad_(False)

    def _detect(self, photo: Photo) -> list[Proposal]:
        height, width = photo.shape[:2]
        seen = shrink(photo, 2 * self._side)
        boxes, scores = self._predict(seen)
        boxes = boxes * np.tile([width / seen.shape[1], height / seen.shape[0]], 2)
        boxes = np.clip(np.rint(boxes), 0, [width, height, width, height]).astype(int)
        return [
            Proposal((x1, y1, x2, y2), float(score), self._source)
            for (x1, y1, x2, y2), score in zip(boxes.tolist(), scores, strict=True)
            if x2 > x1 and y2 > y1
        ]

    def _predict(self, photo: Photo) -> tuple[np.ndarray, np.ndarray]:
        """(h, w, 3) uint8 RGB to (n, 4) float32 boxes in its pixels and (n,) float32 scores."""
        import torch
        from torchvision.ops import nms

        pixels = torch.from_numpy(np.ascontiguousarray(photo.transpose(2, 0, 1))).float() / 255
        with torch.inference_mode():
            (found,) = self._network([pixels])  # it normalises and resizes by itself
            kept = nms(found["boxes"], found["scores"], OVERLAP)[:MOST]
        return found["boxes"][kept].numpy(), found["scores"][kept].numpy()


def hub_file() -> Path:
    """The weights; see `download.pinned_file`."""
    return pinned_file(ADDRESS, SHA256, "retinanet/hub", "the detector yolo, which needs none")


def load_state(path: Path) -> dict[str, Any]:
    """The tensors of a weights file, by name; nothing in it is run.

    Raises:
        WeightsError: it is not such a file.
    """
    import pickle

    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is not a file of weights.", f"Delete {str(path)!r} and try again."
        ) from error
