"""YOLO, by the name of its weights: two embedded networks behind one list, or one network."""

from lookalike.detectors.base import Detector
from lookalike.detectors.coco import YoloCoco
from lookalike.detectors.merging import Calibration, Merged
from lookalike.detectors.yolo import Yolo

# By `python -m benchmarks calibration`, from photographs and composites that neither network was
# trained on.
COCO = Calibration(3.20, 4.25, 0.86, 0.78, 0.42, -0.77)
SUBJECT = Calibration(-0.22, 3.48, 1.33, -1.34, -0.19, 0.0)


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
