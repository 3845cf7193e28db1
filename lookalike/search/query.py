"""The one way to a query: page, API, command line and library all build it here.

    photos.load -> shrink -> detector.propose -> crop -> Query

Boxes are in the pixels of the upright photo as it came. What is looked at is the photo at
PHOTO_SIDE, so that everyone who asks with the same photo asks with the same pixels.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any

from lookalike import photos
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.errors import LookalikeError, PhotoError, WeightsError
from lookalike.photos import Box, Photo
from lookalike.settings import settings

log = logging.getLogger(__name__)

PHOTO_SIDE = 1600  # pixels of the longer side: enough to crop from, and at most 8 MB
MOST_WORDS = 200  # characters
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
    """What is searched for: the subject of a photo, or words."""

    content: Photo | str  # the subject's crop, (h, w, 3) uint8 RGB, or the words
    sha256: str  # of the content
    view: View | None = None  # None for words, as is the subject
    subject: Subject | None = None
    exclude: int | None = None  # the item that the photo is, when it came from the gallery

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
        return cls._of(view, find_subject(view, subject), exclude)

    @classmethod
    def of_words(cls, words: object) -> "Query":
        """Ask with words, for the methods that read them.

        Raises:
            LookalikeError: there are none, or too many.
        """
        said = " ".join(words.split()) if isinstance(words, str) else ""
        if not said:
            raise LookalikeError("There are no words to search for.", "Type a few.")
        if len(said) > MOST_WORDS:
            raise LookalikeError(
                f"The words are longer than {MOST_WORDS} characters.", "Use fewer of them."
            )
        return cls(said, content_sha256(said))

    @classmethod
    def _of(cls, view: View, subject: Subject, exclude: int | None) -> "Query":
        content = view.crop(subject.box)
        return cls(content, content_sha256(content), view, subject, exclude)

    def with_box(self, box: Sequence[float], source: str = "visitor") -> "Query":
        """The same photo with another subject; the proposals stay.

        Args:
            box: (x1, y1, x2, y2) in the pixels of the photo as it came.

        Raises:
            PhotoError: the box does not lie on the photo, or the query is words.
        """
        if self.view is None or self.subject is None:
            raise PhotoError("Words have no subject to choose.", "Choose a photo first.")
        checked = photos.check_box(box, self.view.size)
        subject = replace(self.subject, box=checked, score=1.0, source=source, ms=0.0)
        return self._of(self.view, subject, self.exclude)

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


def content_sha256(content: Photo | str) -> str:
    """What identifies a query in the votes: the crop's pixels, or the words."""
    if isinstance(content, str):
        # Half of a surrogate pair can come out of JSON.
        return hashlib.sha256(b"text:" + content.encode("utf-8", "surrogatepass")).hexdigest()
    return hashlib.sha256(repr(content.shape).encode() + content.tobytes()).hexdigest()
