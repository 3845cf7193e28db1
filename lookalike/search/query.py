"""The one way to a query: page, API, command line and library all build it here.

    photos.load -> shrink -> detector.propose -> crop -> Query
                                               words -> Query, or beside the crop in one

Boxes are in the pixels of the upright photo as it came. What is looked at is the photo at
PHOTO_SIDE, so that everyone who asks with the same photo asks with the same pixels.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any

from lookalike import photos
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.encoders import registry as encoders
from lookalike.errors import LookalikeError, PhotoError, WeightsError
from lookalike.photos import Box, Photo
from lookalike.search.content import (
    HALF,
    Content,
    Mixture,
    check_weight,
    check_words,
    content_sha256,
    photo_of,
    words_of,
)
from lookalike.settings import settings

log = logging.getLogger(__name__)

PHOTO_SIDE = 1600  # pixels of the longer side: enough to crop from, and at most 8 MB
SUBJECT_HINT = "Use auto, whole, or x1,y1,x2,y2 in pixels."


@dataclass(frozen=True)
class Subject:
    """The part of the photo that is searched for."""

    box: Box  # (x1, y1, x2, y2) in the upright photo's pixels
    score: float  # the detector's confidence, in [0, 1]
    source: str  # who chose it: a detector, "whole photo", "visitor"
    proposals: tuple[Proposal, ...] = ()  # boxes in the upright photo's pixels, too
    ms: float = 0.0  # spent on detection

    @property
    def name(self) -> str | None:
        """What it is, where a detector proposed this box and knows: "dog"."""
        return next((found.name for found in self.proposals if found.box == self.box), None)

    def as_dict(self) -> dict[str, Any]:
        """The subject and what else was proposed, as JSON holds it."""
        proposals = [asdict(one) | {"box": list(one.box)} for one in self.proposals]
        chosen = Proposal(self.box, self.score, self.source, self.name)
        return asdict(chosen) | {"box": list(self.box), "proposals": proposals}


@dataclass(frozen=True, eq=False)
class View:
    """A photo at the size at which it is looked at, and what its pixels are in the full size."""

    photo: Photo  # (h, w, 3) uint8 RGB, the longer side at most PHOTO_SIDE
    size: tuple[int, int]  # width and height of the photo as it came

    @classmethod
    def of(cls, photo: Photo) -> "View":
        """The view of an upright photo, (h, w, 3) uint8 RGB."""
        height, width = photo.shape[:2]
        return cls(photos.shrink(photo, PHOTO_SIDE), (width, height))

    def full_size(self, box: Box) -> Box:
        """A box on `photo`, in the pixels of the photo as it came."""
        height, width = self.photo.shape[:2]
        return _scaled(box, (width, height), self.size)

    def crop(self, box: Box) -> Photo:
        """The part of the photo inside a box that is given in the pixels of the full size."""
        height, width = self.photo.shape[:2]
        return photos.crop(self.photo, _scaled(box, self.size, (width, height)))


@dataclass(frozen=True, eq=False)  # compared by identity: each search is a query of its own
class Query:
    """What is searched for: the subject of a photo, words, or both."""

    content: Content
    view: View | None = None  # None without a photo, as is the subject
    subject: Subject | None = None
    exclude: int | None = None  # the item that the photo is, when it came from the gallery

    @classmethod
    def of(
        cls,
        photo: Photo | None = None,
        words: object = None,
        weight: float = HALF,
        subject: str | Sequence[float] = "auto",
    ) -> "Query":
        """Ask with a photo, words, or both; see the ways below.

        Raises:
            LookalikeError: there is neither, or one of them cannot be used.
        """
        weight = check_weight(weight)
        if photo is None and words is None:
            raise LookalikeError(
                "There is nothing to search with.", "Give a photo, words, or both."
            )
        if photo is None:
            if subject != "auto":
                raise PhotoError(
                    "Words have no subject to choose.", "Leave it out, or add a photo."
                )
            return cls.of_words(words)
        if words is not None:
            check_words(words)  # before the detector looks
        return cls.of_photo(photo, subject).with_words(words, weight)

    @classmethod
    def of_photo(
        cls, photo: Photo, subject: str | Sequence[float] = "auto", exclude: int | None = None
    ) -> "Query":
        """Ask with the subject of a photo.

        Args:
            photo: (h, w, 3) uint8 RGB, as `photos.load` gives it.
            subject: "auto" asks the setting's detector, "whole" takes all, else a box
                (x1, y1, x2, y2) in the photo's pixels, or the same as text, "x1,y1,x2,y2".
            exclude: an item that no method may find, since the photo is its.

        Raises:
            PhotoError: the box is not four numbers, or lies outside the photo.
            UnknownNameError: there is no such detector as the setting says.
        """
        view = View.of(photo)
        found = find_subject(view, subject)
        return cls(view.crop(found.box), view, found, exclude)

    @classmethod
    def of_words(cls, words: object) -> "Query":
        """Ask with words, for the methods that read them.

        Raises:
            LookalikeError: there are none, or too many.
        """
        return cls(check_words(words))

    @cached_property
    def sha256(self) -> str:
        """What identifies the content in the votes."""
        return content_sha256(self.content)

    @property
    def photo(self) -> Photo | None:
        """The subject's crop, (h, w, 3) uint8 RGB."""
        return photo_of(self.content)

    @property
    def words(self) -> str | None:
        """The words."""
        return words_of(self.content)

    @property
    def weight(self) -> float:
        """The words' share, from 0 to 1."""
        if isinstance(self.content, Mixture):
            return self.content.weight
        return float(isinstance(self.content, str))

    def with_words(self, words: object, weight: float = HALF) -> "Query":
        """The same photo together with these words, or alone when they are None.

        Args:
            weight: the words' share, from 0 to 1.

        Raises:
            LookalikeError: there are no words, or too many, or there is no such share.
        """
        if words is None:
            return self if self.words is None else self._photo_alone
        mixture = Mixture(self._crop(), check_words(words), check_weight(weight))
        return replace(self, content=mixture)

    def heard_by(self, method: str) -> "Query | None":
        """What of the query a method answers: the photo alone, if it does not read words.

        Returns:
            None when there is no photo, and the method does not read words.
        """
        if self.words is None or encoders.reads_words(method):
            return self
        return self._photo_alone if self.photo is not None else None

    @cached_property  # and so its sha256; only for words, or the query would hold itself
    def _photo_alone(self) -> "Query":
        return replace(self, content=self._crop())

    def _crop(self) -> Photo:
        if self.photo is None:
            raise PhotoError("There is no photo beside the words.", "Choose a photo first.")
        return self.photo

    def with_box(self, box: Sequence[float], source: str = "visitor") -> "Query":
        """The same photo, and words, with another subject; the proposals stay.

        Args:
            box: (x1, y1, x2, y2) in the pixels of the photo as it came.

        Raises:
            PhotoError: the box does not lie on the photo, or the query is words.
        """
        if self.view is None or self.subject is None:
            raise PhotoError("Words have no subject to choose.", "Choose a photo first.")
        checked = photos.check_box(box, self.view.size)
        subject = replace(self.subject, box=checked, score=1.0, source=source, ms=0.0)
        moved = replace(self, content=self.view.crop(checked), subject=subject)
        return moved.with_words(self.words, self.weight)

    def with_proposal(self, proposal: Proposal) -> "Query":
        """The same photo with one of the proposals as its subject."""
        chosen = self.with_box(proposal.box, proposal.source)
        assert chosen.subject is not None
        return replace(chosen, subject=replace(chosen.subject, score=proposal.score))

    def excluding(self, item: int | None) -> "Query":
        """The same query, which may find every item but this one."""
        return replace(self, exclude=item)


def find_subject(view: View, wanted: str | Sequence[float] = "auto") -> Subject:
    """Choose what to search for; see `Query.of_photo`."""
    if isinstance(wanted, str) and wanted in ("auto", "whole"):
        detector = _detector(settings().detector if wanted == "auto" else "whole")
        start = perf_counter()
        proposals = tuple(
            replace(found, box=view.full_size(found.box)) for found in detector.propose(view.photo)
        )
        ms = round((perf_counter() - start) * 1000, 3)
        best = proposals[0]
        return Subject(best.box, best.score, best.source, proposals, ms)
    box = _parse_box(wanted) if isinstance(wanted, str) else wanted
    return Subject(photos.check_box(box, view.size), 1.0, "visitor")


def _detector(name: str) -> Detector:
    """The detector, or the one that takes all where its weights cannot be had."""
    try:
        return detectors.load(name)
    except WeightsError as error:
        log.warning("the whole photo is searched: %s", error)
        return detectors.load("whole")


def _parse_box(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise PhotoError(f"{text!r} is not a subject.", SUBJECT_HINT) from error


def _scaled(box: Box, size: tuple[int, int], other: tuple[int, int]) -> Box:
    """A box on a photo of one size as it lies on the other; at least one pixel stays."""
    if size == other:
        return box
    x1, y1, x2, y2 = (
        round(side * other[axis] / size[axis]) for side, axis in zip(box, (0, 1, 0, 1), strict=True)
    )
    x1, y1 = min(x1, other[0] - 1), min(y1, other[1] - 1)
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)
