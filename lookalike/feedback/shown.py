"""What this server showed, so that a vote can only be about that.

A browser sends back a token, an item id and a thumb. Everything else that a vote's row says is
taken from here, so that a forged label, rank or gallery has no way in.
"""

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from lookalike import __version__
from lookalike.errors import VoteError
from lookalike.feedback.models import Vote
from lookalike.photos import Box


@dataclass(frozen=True)
class ShownItem:
    """One result."""

    item_id: int  # position in the gallery
    name: str
    label: str
    distance: float


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """One method's results for one query of one visitor, and where they came from."""

    session: str  # from `new_session`
    gallery: str
    fingerprint: str
    encoder: str
    weights: str
    weights_sha256: str
    engine: str
    query_sha256: str  # of the crop, or of the words
    box: Box = (0, 0, 0, 0)  # the crop on the photo, pixels; zeros when words were searched for
    items: tuple[ShownItem, ...]  # nearest first
    blind: bool = False  # the visitor does not see which method this is
    latency_ms: float


def new_session() -> str:
    """A random name for one visitor: 32 lower-case hex digits that say nothing about them."""
    return secrets.token_hex(16)


class ShownLists:
    """The most recently shown or voted-on result lists. Thread-safe.

    Args:
        capacity: result lists that are remembered; some 2 KB each with ten items. When one more
            comes, the one that was left alone for longest is forgotten.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._lists: OrderedDict[str, tuple[ShownList, float]] = OrderedDict()
        self._lock = Lock()

    def remember(self, shown: ShownList) -> str:
        """Keep a result list; returns the token that votes on it must name, 43 characters."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._lists[token] = shown, time.monotonic()
            while len(self._lists) > self._capacity:
                self._lists.popitem(last=False)
        return token

    def take(self, token: object, item_id: object, vote: object) -> Vote:
        """The row to store for what a browser sent. A token can be used again, to change a vote.

        Args:
            token: what `remember` returned.
            item_id: an item of that result list.
            vote: 1 for up, -1 for down, 0 to take a vote back.

        Raises:
            VoteError: the token is not from here or was forgotten, the item was not shown under
                it, or the vote is anything but the integers 1, 0 and -1.
        """
        # True == 1 and 1.0 == 1, and neither is a thumb.
        if type(vote) is not int or vote not in (-1, 0, 1):
            raise VoteError("A vote is 1, 0 or -1.", "Use the thumbs under a result.")
        shown, since = self._find(token)
        for rank, item in enumerate(shown.items, start=1):
            if type(item_id) is int and item.item_id == item_id:
                return _row(shown, item, rank, vote, time.monotonic() - since)
        raise VoteError("The vote is for an item that was not shown.", "Vote on a shown result.")

    def _find(self, token: object) -> tuple[ShownList, float]:
        with self._lock:
            if not isinstance(token, str) or token not in self._lists:
                raise VoteError("These results are no longer known here.", "Search again to vote.")
            self._lists.move_to_end(token)
            return self._lists[token]


def _row(shown: ShownList, item: ShownItem, rank: int, vote: int, since_s: float) -> Vote:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    x1, y1, x2, y2 = (int(side) for side in shown.box)
    return Vote(
        created_at=now.replace("+00:00", "Z"),
        session=shown.session,
        app_version=__version__,
        gallery=shown.gallery,
        fingerprint=shown.fingerprint,
        encoder=shown.encoder,
        weights=shown.weights,
        weights_sha256=shown.weights_sha256,
        engine=shown.engine,
        query_sha256=shown.query_sha256,
        box_x1=x1,
        box_y1=y1,
        box_x2=x2,
        box_y2=y2,
        # NumPy's numbers come this far; an SQLite driver would store them as bytes.
        item_id=int(item.item_id),
        item_name=item.name,
        item_label=item.label,
        rank=rank,
        distance=float(item.distance),
        vote=vote,
        blind=bool(shown.blind),
        latency_ms=float(shown.latency_ms),
        since_shown_ms=since_s * 1000,
    )
