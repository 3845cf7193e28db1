"""The detector that finds nothing: the whole photo is the subject."""

from lookalike.detectors.base import Detector, Proposal
from lookalike.photos import Photo


class Whole(Detector):
    """For photos that are cropped already, as a catalogue's are."""

    name = "whole"

    def _detect(self, photo: Photo) -> list[Proposal]:
        return []
