"""What one visitor is looking at: the query, and what each method said about it.

A visit lives in the server's memory while the page is open and holds the one photo that is being
searched for. It is the state that listeners share, so that an answer to a query that has been
replaced meanwhile can be told and dropped.
"""

import logging
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from lookalike.encoders.base import Reconstructor
from lookalike.encoders.registry import weights_for
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

WORDS = "words"  # the panel of results for words; the others are named by their method


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


@dataclass(frozen=True, eq=False)  # compared by identity: each search is a question of its own
class Asked:
    """A query, and what was chosen when it was asked."""

    query: Query
    choices: Choices

    @property
    def subject(self) -> Subject:
        """The photo's subject; a page's query is always a photo."""
        assert self.query.subject is not None
        return self.query.subject

    @property
    def view(self) -> View:
        """The photo."""
        assert self.query.view is not None
        return self.query.view


@dataclass(frozen=True)
class Listing:
    """One method's answer as it is shown."""

    answer: Answer
    gallery: Gallery
    token: str  # names this listing when a visitor votes on it
    thumbs: dict[int, int]  # item id: 1 or -1
    words: str = ""  # the query, when it was words
    rebuilt: Photo | None = None  # what an autoencoder's vector still holds of the crop


Panel: TypeAlias = Listing | LookalikeError


@dataclass
class Visit:
    """The query and the panels of one open page."""

    session: str = field(default_factory=votes.new_session)
    query: Asked | None = None
    panels: dict[str, Panel] = field(default_factory=dict)
    presses: dict[str, int] = field(default_factory=dict)  # token/item: its last stored press

    def ask(self, photo: Photo, choices: Choices) -> None:
        """Make a visitor's photo the query; the panels are empty until `answer` fills them."""
        self._begin(Query.of_photo(photo), choices)

    def ask_whole(self, photo: Photo, choices: Choices, exclude: int | None = None) -> None:
        """Make a catalogue picture the query, as it is: all of it shows the subject.

        The proposals are there to choose from. `exclude` is the item that the picture is.
        """
        found = Query.of_photo(photo, exclude=exclude)
        assert found.subject is not None
        whole = found.with_proposal(found.subject.proposals[-1])
        assert whole.subject is not None
        timed = replace(whole.subject, ms=found.subject.ms)
        self._begin(replace(whole, subject=timed), choices)

    def ask_again(self, box: tuple[float, ...], source: str) -> None:
        """Search the same photo for another subject; the proposals stay.

        Raises:
            PhotoError: the box does not lie on the photo.
        """
        asked = self.known_query()
        self._begin(asked.query.with_box(box, source), asked.choices)

    def choose(self, choices: Choices) -> None:
        """Search for the same subject with other settings."""
        asked = self.known_query()
        same_gallery = choices.gallery == asked.choices.gallery
        self._begin(asked.query if same_gallery else asked.query.excluding(None), choices)

    def known_query(self) -> Asked:
        """The query.

        Raises:
            LookalikeError: there is none, for instance since the server was started anew.
        """
        if self.query is None:
            raise LookalikeError("There is no photo to search with.", "Choose a photo first.")
        return self.query

    def _begin(self, query: Query, choices: Choices) -> None:
        self.query = Asked(query, choices)
        self.panels = {}

    def answer(self, method: str) -> bool:
        """Let one method answer the query; False when there is nothing new to show.

        That is so when the method was not chosen, has answered already, or when the visitor has
        asked something else by the time it is done.
        """
        query = self.query
        if query is None or method not in query.choices.methods or method in self.panels:
            return False
        panel = self._list(query, method)
        if self.query is not query:
            return False
        self.panels[method] = panel
        return True

    def _list(self, asked: Asked, method: str) -> Panel:
        query, chosen = asked.query, asked.choices
        try:
            finder = searcher(chosen.gallery)
            answer = finder.answer(query.content, method, chosen.k, chosen.weights, query.exclude)
            encoder, _ = finder.load(method, chosen.weights)
            listing = self._listing(answer, finder.gallery, query)
            if isinstance(encoder, Reconstructor) and not isinstance(query.content, str):
                return replace(listing, rebuilt=encoder.reconstruct([query.content])[0])
            return listing
        except Exception as error:
            return friendly(error)

    def read(self, words: object, method: str, choices: Choices) -> None:
        """Let a method that reads words answer them, beside the photo's results.

        Raises:
            LookalikeError: there are no words, the method does not read them, or cannot load.
        """
        query = Query.of_words(words)
        finder = searcher(choices.gallery)
        answer = finder.answer(query.content, method, choices.k, choices.weights)
        listing = self._listing(answer, finder.gallery, query)
        self.panels[WORDS] = replace(listing, words=str(query.content))

    def _listing(self, answer: Answer, gallery: Gallery, query: Query) -> Listing:
        subject = query.subject
        box = subject.box if subject else (0, 0, 0, 0)
        latency_ms = answer.ms.total + (subject.ms if subject else 0.0)
        token = votes.remember(answer, gallery, self.session, query.sha256, box, latency_ms)
        thumbs = self._thumbs(query.sha256, gallery, answer.method)
        return Listing(answer, gallery, token, thumbs)

    def _thumbs(self, sha256: str, gallery: Gallery, method: str) -> dict[int, int]:
        try:
            return votes.standing(self.session, sha256, gallery, method)
        except StorageError as error:
            log.warning("thumbs are not shown: %s", error)  # the results still are
            return {}

    def vote(
        self, name: str, token: object, item_id: object, vote: object, press: object = None
    ) -> None:
        """Store a thumb on a result in a panel.

        Args:
            name: of the panel.
            token: of its listing.
            item_id: of the result.
            vote: 1 or -1, or 0 to take a thumb back.
            press: which press of a thumb on this page it was, counted from 1. Requests overtake
                each other on their way: one from before the last stored press is dropped.

        Raises:
            VoteError: this server did not show that.
            StorageError: the database refused.
        """
        result = f"{token}/{item_id}"
        if isinstance(press, int) and press < self.presses.get(result, 0):
            return
        votes.cast(token, item_id, vote)
        if isinstance(press, int):
            self.presses[result] = press
        panel = self.panels.get(name)
        if isinstance(panel, Listing) and panel.token == token:
            thumbs: dict[Any, Any] = {**panel.thumbs, item_id: vote}
            self.panels[name] = replace(panel, thumbs=thumbs)

    def shown_item(self, token: object, item_id: object) -> tuple[Gallery, int]:
        """The gallery and the id of a result on this page.

        Raises:
            LookalikeError: no panel shows it.
        """
        for panel in self.panels.values():
            if isinstance(panel, Listing) and panel.token == token and type(item_id) is int:
                for found in panel.answer.results:
                    if found.id == item_id:
                        return panel.gallery, item_id
        raise LookalikeError("That result is not on this page any more.", "Search again.")


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
