"""A gallery of one and a searcher that does something else first."""

from dataclasses import dataclass, field, replace

import numpy as np

from lookalike.detectors.base import Proposal
from lookalike.search.content import words_of
from lookalike.search.query import Subject
from lookalike.search.response import Answer, Result, Steps
from lookalike.ui.rounds import Choices

PHOTO = np.zeros((28, 28, 3), np.uint8)
WHOLE = Proposal((0, 0, 28, 28), 0.0, "whole photo")
FOUND = Proposal((4, 4, 20, 20), 0.9, "yolo")
SUBJECT = Subject(FOUND.box, FOUND.score, FOUND.source, (FOUND, WHOLE))
CHOICES = Choices("toys", 1, ("one", "two"), "embedded")


@dataclass
class Gallery:
    """A gallery of one."""

    name: str = "toys"
    fingerprint: str = "0" * 64


@dataclass
class Finder:
    """A searcher that does something else first."""

    meanwhile: list = field(default_factory=list)
    gallery: Gallery = field(default_factory=Gallery)

    def answer(self, crop, method, k, weights, exclude=None) -> Answer:
        for happens in self.meanwhile:
            happens()
        results = [Result(1, 7, "seven", "Boot", 0.1, 0.99)]
        words = words_of(crop)
        unknown = [word for word in (words or "").split() if word == "asdfgh"]
        answer = Answer(method, weights, "0" * 64, "exact", False, Steps(), results)
        return replace(answer, read_words=words is not None, unknown_words=unknown)

    def load(self, method, weights):
        return None, None
