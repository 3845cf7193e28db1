"""What one open page searches for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock

from lookalike.detectors.base import Proposal
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import Gallery
from lookalike.photos import Photo
from lookalike.search.content import HALF
from lookalike.search.query import Query
from lookalike.ui import votes
from lookalike.ui.rounds import Choices, Listing, Round
from lookalike.ui.uploads import renew, write
from lookalike.ui.words import check_readers


def ended() -> LookalikeError:
    """What a page is told that comes back after its visit was closed."""
    return LookalikeError(
        "This visit has ended, and its photo is no longer here.", "Choose a photo to go on."
    )


@dataclass(eq=False)
class Visit:
    """What one open page searches for: a photo, words, or both. Thread-safe."""

    session: str  # of the browser, for its votes
    round: Round | None = None
    put_away: bool = False  # the page has swapped the photo for the drop area
    presses: dict[str, int] = field(default_factory=dict)  # token/item: its last stored press
    _picture: tuple[str, Path] | None = None  # the photo's name; its file, as the page shows it
    _lock: RLock = field(default_factory=RLock)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the photo takes."""
        return self.round.nbytes if self.round else 0

    def ask(
        self, photo: Photo, choices: Choices, words: object = None, weight: float = HALF
    ) -> None:
        """Begin a round with a visitor's photo, and the words that stand in the box."""
        self._begin(Round(Query.of(photo, words, weight), choices))

    def ask_whole(
        self,
        photo: Photo,
        choices: Choices,
        words: object = None,
        weight: float = HALF,
        exclude: int | None = None,
    ) -> None:
        """Begin a round with a catalogue picture, as it is: all of it shows the subject.

        The proposals are there to choose from. `exclude` is the item that the picture is.
        """
        found = Query.of_photo(photo, exclude=exclude)
        assert found.subject is not None
        whole = found.with_proposal(found.subject.proposals[-1])
        assert whole.subject is not None
        timed = replace(whole.subject, ms=found.subject.ms)
        query = replace(whole, subject=timed).with_words(words, weight)
        self._begin(Round(query, choices))

    def ask_proposal(self, proposal: Proposal) -> None:
        """Search the same photo for one of the proposals."""
        known = self.photo_on(None)
        self._begin(known.again(known.query.with_proposal(proposal)))

    def ask_box(self, box: tuple[float, ...], source: str) -> None:
        """Search the same photo for another part of it; the proposals stay.

        Raises:
            PhotoError: the box does not lie on the photo.
        """
        known = self.photo_on(None)
        self._begin(known.again(known.query.with_box(box, source)))

    def choose(self, choices: Choices) -> None:
        """Search for the same subject with other settings."""
        known = self.round_on(None)
        same_gallery = choices.gallery == known.choices.gallery
        query = known.query if same_gallery else known.query.excluding(None)
        self._begin(known.again(query, choices))

    def say(self, words: object, weight: float, choices: Choices) -> None:
        """Search with other words: together with the photo that the page shows, or alone.

        Args:
            words: None goes back to the photo alone, or to the page as it was opened.
            weight: the words' share beside the photo, from 0 to 1.

        Raises:
            LookalikeError: there is nothing to go back to, or the words cannot be searched for.
        """
        known = self.round
        photo = known.query.photo if known else None
        if known and photo is not None and not self.put_away:
            self._begin(known.saying(known.query.with_words(words, weight), choices))
        elif words is not None:
            self._begin(Round(Query.of_words(words), choices))
        elif known and photo is None:
            self.round = None
        else:
            raise LookalikeError(
                "There are no words to search for.", "Type a few, or choose a photo."
            )

    def round_on(self, turn: str | None) -> Round:
        """The newest round.

        Args:
            turn: what the page says that it shows; None: whatever it is.

        Raises:
            LookalikeError: there is none, or it is not on the photo that the page shows.
        """
        asked = self.round
        if asked is None and turn:
            raise ended()
        if asked is None:
            raise LookalikeError("There is no photo to search with.", "Choose a photo first.")
        if turn is not None and not asked.is_on(turn):
            raise LookalikeError("The photo is another one by now.", "Choose again.")
        return asked

    def photo_on(self, turn: str | None) -> Round:
        """`round_on`, if it is on a photo.

        Raises:
            LookalikeError: it is not.
        """
        asked = self.round_on(turn)
        if asked.query.view is None:
            raise LookalikeError("There is no photo to search with.", "Choose a photo first.")
        return asked

    def _begin(self, asked: Round) -> None:
        if asked.query.photo is None:
            check_readers(asked.choices)
        with self._lock:
            new_photo = self.round is None or self.round.photo != asked.photo
            self.round, self.put_away = asked, False
            if new_photo:
                self._drop_picture()

    def listing(self, token: object) -> tuple[str, Listing] | None:
        """The method and the listing that a token names, if the page shows it."""
        return self.round.listing(token) if self.round else None

    def vote(self, token: object, item_id: object, vote: object, press: object = None) -> None:
        """Store a thumb on a result.

        Args:
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
        if self.round:
            self.round.show_thumb(token, item_id, vote)

    def shown_item(self, token: object, item_id: object) -> tuple[Gallery, int]:
        """The gallery and the id of a result on this page.

        Raises:
            LookalikeError: no panel shows it.
        """
        found = self.listing(token)
        if found and type(item_id) is int:
            listing = found[1]
            if any(result.id == item_id for result in listing.answer.results):
                return listing.gallery, item_id
        raise LookalikeError("That result is not on this page any more.", "Search again.")

    def picture(self, asked: Round, make: Callable[[], bytes]) -> Path:
        """The file of a round's photo as the page shows it; it goes with the photo.

        Args:
            make: the encoded image, when there is no file yet.
        """
        with self._lock:
            if self._picture and self._picture[0] == asked.photo and renew(self._picture[1]):
                return self._picture[1]
            path = write(make())
            if self.round and self.round.photo == asked.photo:  # else it goes by its age
                self._picture = asked.photo, path
            return path

    def _drop_picture(self) -> None:
        if self._picture:
            self._picture[1].unlink(missing_ok=True)
            self._picture = None

    def close(self) -> None:
        """Let the photo go, and the file of it."""
        with self._lock:
            self.round = None
            self._drop_picture()
