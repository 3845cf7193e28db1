"""What a detector is: a photo in, proposals of its main subject out, best first."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import hypot

from lookalike.photos import Box, Photo

# At 1 a small thing in full view would stand before the large one, half hidden, in the middle.
# `python -m lookalike.benchmarking ranking` compares weights.
CONFIDENCE_WEIGHT = 0.5


@dataclass(frozen=True)
class Proposal:
    """One region that may be the subject."""

    box: Box  # (x1, y1, x2, y2) in the upright photo's pixels, x2 and y2 exclusive
    score: float  # in [0, 1]; higher is more likely the subject
    source: str  # who proposed it: "yolo@coco", "yolo@subject", "whole photo"
    name: str | None = None  # what it is, where the detector knows: "dog"


def whole_photo(photo: Photo) -> Proposal:
    """The proposal that is always there."""
    height, width = photo.shape[:2]
    return Proposal((0, 0, width, height), 0.0, "whole photo")


class Detector(ABC):
    """Finds the main subject. Thread-safe after construction."""

    name: str

    @abstractmethod
    def _detect(self, photo: Photo) -> list[Proposal]:
        """Regions in any order, clamped to the photo; may be empty."""

    def propose(self, photo: Photo, most: int = 5) -> list[Proposal]:
        """At most `most` regions, the likeliest subject first, and the whole photo last.

        With no detection the whole photo is the only proposal.
        """
        found = sorted(self._detect(photo), key=lambda one: self.rank(one, photo), reverse=True)
        return [*found[:most], whole_photo(photo)]

    def rank(self, found: Proposal, photo: Photo) -> float:
        """How likely a proposal is the subject, to order them by; higher is likelier."""
        return rank(found, photo.shape[:2])


def rank(found: Proposal, shape: tuple[int, ...], weight: float = CONFIDENCE_WEIGHT) -> float:
    """Confidence, weighed by area and centrality: a subject is large and near the middle.

    Args:
        found: the proposal.
        shape: height and width of the photo.
        weight: exponent of the confidence.
    """
    height, width = shape
    x1, y1, x2, y2 = found.box
    area = (x2 - x1) * (y2 - y1) / (width * height)
    off_centre = hypot((x1 + x2) / 2 / width - 0.5, (y1 + y2) / 2 / height - 0.5)
    return found.score**weight * area**0.25 * (1 - off_centre)
