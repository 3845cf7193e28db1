"""One search on the page: what was asked, and what each method said about it.

A round is made by each search and never changes what it asks. Whoever computes an answer holds the
round that it belongs to, so that a late answer can only land there.
"""

import logging
import secrets
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeAlias

from lookalike.encoders.base import Reconstructor
from lookalike.encoders.registry import reads_words, weights_for
from lookalike.errors import LookalikeError, StorageError
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.photos import Photo
from lookalike.search import searcher
from lookalike.search.methods import check_k, indexed
from lookalike.search.query import Query, Subject, View
from lookalike.search.response import Answer
from lookalike.ui import votes
from lookalike.ui.problems import friendly

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choices:
    """What the settings on the page say."""

    gallery: str
    k: int
    methods: tuple[str, ...]  # that are asked
    weights: str
    not_indexed: tuple[str, ...] = ()  # chosen, but the gallery has no index of them

    @classmethod
    def of(cls, gallery: object, k: object, methods: object, weights: object) -> "Choices":
        """From what a browser sent.

        Raises:
            LookalikeError: no method is chosen, or one of the values is none of the choices.
        """
        if not isinstance(methods, list) or not methods:
            raise LookalikeError("No method is chosen.", "Tick at least one in the settings.")
        names = tuple(str(method) for method in methods)
        for method in names:
            weights_for(method, str(weights))
        name, there = open_gallery(str(gallery)).name, indexed(str(gallery))
        # A gallery without any index asks all, so that each says how to build one.
        asked = tuple(method for method in names if method in there) or names
        left_out = tuple(method for method in names if method not in asked)
        return cls(name, check_k(k), asked, str(weights), left_out)


@dataclass(frozen=True)
class Listing:
    """One method's answer as it is shown."""

    answer: Answer
    gallery: Gallery
    token: str  # names this listing when a visitor votes on it
    thumbs: dict[int, int]  # item id: 1 or -1
    rebuilt: Photo | None = None  # what an autoencoder's vector still holds of the crop


Panel: TypeAlias = Listing | LookalikeError


def new_name() -> str:
    """A random name for a photo or a round: 12 lower-case hex digits."""
    return secrets.token_hex(6)


@dataclass(eq=False)  # compared by identity: each search is one of its own
class Round:
    """A query, what was chosen when it was asked, and the panels so far. Thread-safe."""

    query: Query
    choices: Choices
    photo: str = field(default_factory=new_name)  # the same for all rounds on one photo
    name: str = field(default_factory=new_name)  # of this round
    _panels: dict[str, Panel] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def subject(self) -> Subject:
        """The photo's subject; words alone have none."""
        assert self.query.subject is not None
        return self.query.subject

    @property
    def view(self) -> View:
        """The photo."""
        assert self.query.view is not None
        return self.query.view

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the photo and its crop take."""
        view, crop = self.query.view, self.query.photo
        return sum(one.nbytes for one in (view.photo if view else None, crop) if one is not None)

    @property
    def panels(self) -> dict[str, Panel]:
        """What has been said so far, by method."""
        with self._lock:
            return dict(self._panels)

    def turn(self, drawing: int) -> str:
        """What the page says that it shows, once it has drawn this round: anew each time."""
        return f"{self.photo}-{self.name}-{drawing}"

    def is_shown(self, turn: object) -> bool:
        """Whether a page that says `turn` shows this round."""
        return isinstance(turn, str) and turn.split("-")[:2] == [self.photo, self.name]

    def is_on(self, turn: object) -> bool:
        """Whether a page that says `turn` shows this round's photo."""
        return isinstance(turn, str) and turn.split("-")[0] == self.photo

    def again(self, query: Query, choices: Choices | None = None) -> "Round":
        """The next round on the same photo."""
        return Round(query, choices or self.choices, self.photo)

    def saying(self, query: Query, choices: Choices) -> "Round":
        """The next round on the same photo with other words.

        The methods that do not read words answer as before, and what they said comes along.
        """
        following = self.again(query, choices)
        if choices == self.choices:
            for method, panel in self.panels.items():
                if isinstance(panel, Listing) and not reads_words(method):
                    following._panels[method] = panel
        return following

    def answer(self, method: str, session: str) -> Panel | None:
        """What a method says, asked once; None when it was not chosen, or cannot answer words.

        Args:
            session: of the visitor whose votes on the answer are stored.
        """
        heard = self.query.heard_by(method) if method in self.choices.methods else None
        if heard is None:
            return None
        return self.panels.get(method) or self._put(method, self._asked(method, heard, session))

    def _put(self, method: str, panel: Panel) -> Panel:
        with self._lock:  # of two that asked at once the first one's token stays
            return self._panels.setdefault(method, panel)

    def _asked(self, method: str, heard: Query, session: str) -> Panel:
        chosen = self.choices
        try:
            finder = searcher(chosen.gallery)
            answer = finder.answer(heard.content, method, chosen.k, chosen.weights, heard.exclude)
            encoder, _ = finder.load(method, chosen.weights)
            listing = _listing(answer, finder.gallery, heard, session)
            if isinstance(encoder, Reconstructor) and heard.photo is not None:
                return replace(listing, rebuilt=encoder.reconstruct([heard.photo])[0])
            return listing
        except Exception as error:
            return friendly(error)

    def listing(self, token: object) -> tuple[str, Listing] | None:
        """The method and the listing that a token names."""
        for method, panel in self.panels.items():
            if isinstance(panel, Listing) and panel.token == token:
                return method, panel
        return None

    def show_thumb(self, token: object, item_id: Any, vote: Any) -> None:
        """Let a listing show a thumb that was stored."""
        with self._lock:
            for method, panel in self._panels.items():
                if isinstance(panel, Listing) and panel.token == token:
                    thumbs = {**panel.thumbs, item_id: vote}
                    self._panels[method] = replace(panel, thumbs=thumbs)
                    return


def _listing(answer: Answer, gallery: Gallery, query: Query, session: str) -> Listing:
    token = votes.remember(answer, gallery, session, query)
    return Listing(answer, gallery, token, _thumbs(query.sha256, gallery, answer.method, session))


def _thumbs(sha256: str, gallery: Gallery, method: str, session: str) -> dict[int, int]:
    try:
        return votes.standing(session, sha256, gallery, method)
    except StorageError as error:
        log.warning("thumbs are not shown: %s", error)  # the results still are
        return {}


def example(gallery: str, position: object) -> Photo:
    """A held-out image of a gallery, by its position.

    Raises:
        GalleryError: the gallery has no held-out images.
        LookalikeError: it has no such one.
    """
    queries = open_gallery(gallery).queries()
    if type(position) is not int or not 0 <= position < len(queries):
        raise LookalikeError("There is no such example.", "Choose one of those on the page.")
    return queries[position].photo()
