"""Does the detector's first proposal cover an object, on real photographs?"""

from collections.abc import Callable
from typing import Any

from lookalike.detectors import registry
from lookalike.detectors.base import Detector, Proposal
from lookalike.photos import Photo
from lookalike.training.subject import scenes, sources

MIDDLE = 0.8  # of both sides


class Middle(Detector):
    """The same box for every photo: what any detector has to beat."""

    name = "middle"

    def _detect(self, photo: Photo) -> list[Proposal]:
        height, width = photo.shape[:2]
        x, y = round(width * (1 - MIDDLE) / 2), round(height * (1 - MIDDLE) / 2)
        return [Proposal((x, y, max(width - x, 1), max(height - y, 1)), 1.0, self.name)]


DETECTORS: dict[str, Callable[[], Detector]] = {
    "a box of 80% in the middle": Middle,
    "yolo@subject alone": lambda: registry.load("yolo", "subject"),
    "yolo@coco alone": lambda: registry.load("yolo", "coco"),
    "both": lambda: registry.load("yolo", "embedded"),
}


def measure_photographs() -> dict[str, Any]:
    """Shares of photographs whose first proposal is right, for each detector."""
    data = sources.data_folder(None)
    rows = [{"detector": name, **scenes.measure(make(), data)} for name, make in DETECTORS.items()]
    return {"rows": rows}
