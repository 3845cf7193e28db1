"""The thumbs: what was shown, which way each thumb stands, and where votes go.

What a vote says is taken from the server's own memory of what it showed (`feedback.shown`); a
browser or an API client sends a token, an item and a thumb.
"""

import re
from functools import cache

from lookalike.feedback.shown import ShownItem, ShownList, ShownLists, new_session
from lookalike.feedback.store import VoteStore
from lookalike.galleries.gallery import Gallery
from lookalike.search.query import Query
from lookalike.search.response import Answer
from lookalike.settings import settings

_SESSION = re.compile(r"[0-9a-f]{32}")


@cache
def store() -> VoteStore:
    """This process's votes."""
    return VoteStore(settings().database_url)


@cache
def shown() -> ShownLists:
    """What this process showed."""
    return ShownLists()


def session_or_new(kept: object) -> str:
    """The session that a browser kept, if it is one that `new_session` could have made."""
    return kept if isinstance(kept, str) and _SESSION.fullmatch(kept) else new_session()


def remember(answer: Answer, gallery: Gallery, session: str, query: Query) -> str:
    """Note what is about to be shown; returns the token that a vote on it must name.

    Args:
        query: what the answer is to; its words have no box, which is then four zeros.
    """
    subject = query.subject
    return shown().remember(
        ShownList(
            session=session,
            gallery=gallery.name,
            fingerprint=gallery.fingerprint,
            encoder=answer.method,
            weights=answer.weights,
            weights_sha256=answer.weights_sha256,
            engine=answer.engine,
            query_sha256=query.sha256,
            box=subject.box if subject else (0, 0, 0, 0),
            items=tuple(
                ShownItem(found.id, found.name, found.label, found.distance)
                for found in answer.results
            ),
            latency_ms=answer.ms.total + (subject.ms if subject else 0.0),
        )
    )


def standing(session: str, query_sha256: str, gallery: Gallery, method: str) -> dict[int, int]:
    """How this visitor's thumbs stand for one method's answer: {item id: 1 or -1}.

    Raises:
        StorageError: the database refused.
    """
    votes = store().current(session, query_sha256, gallery.name, gallery.fingerprint)
    return {item_id: vote for (encoder, item_id), vote in votes.items() if encoder == method}


def cast(token: object, item_id: object, vote: object) -> None:
    """Store a thumb; once this returns, it is on the disk.

    Raises:
        VoteError: this server did not show that item under that token, or the vote is no thumb.
        StorageError: the database refused.
    """
    store().add(shown().take(token, item_id, vote))


def count() -> int:
    """How many votes stand.

    Raises:
        StorageError: the database refused.
    """
    return store().count()
