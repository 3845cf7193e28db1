"""YOLO, by the name of its weights: two embedded networks behind one list, or one network."""

from lookalike.detectors.base import Detector
from lookalike.detectors.coco import YoloCoco
from lookalike.detectors.merging import Calibration, Merged
from lookalike.detectors.yolo import Yolo

# By `python -m lookalike.benchmarking calibration`, from photographs and composites
# that neither network was trained on.
COCO = Calibration(2.9, 3.39, 0.62, 0.76, 1.14, -0.47)
SUBJECT = Calibration(-0.1, 3.67, 1.24, -1.33, 0.47, 0.0)


def yolo(weights: str) -> Detector:
    """YOLO with some of its weights.

    Args:
        weights: "embedded", the two networks that the project holds; "coco" or "subject", one of
            them alone; "hub", Ultralytics' YOLO11n.

    Raises:
        WeightsError: they are missing, damaged, or cannot be downloaded.
    """
    if weights == "embedded":
        return Merged({YoloCoco(): COCO, Yolo("subject"): SUBJECT})
    return YoloCoco() if weights == "coco" else Yolo(weights)
