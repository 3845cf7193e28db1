"""What methods say about one query, as page, API, command line and library give it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from lookalike.calibration.record import Same
from lookalike.distance import SAME
from lookalike.search.query import Query, Subject
from lookalike.settings import settings

Basis = Literal["labels", "random pairs", "random words", "nothing"]


@dataclass(frozen=True)
class Result:
    """One item that looks like the query."""

    rank: int  # from 1
    id: int
    name: str
    label: str
    distance: float  # smaller is nearer
    # Share of random pairs of items that are farther apart; when words are searched for, of random
    # words whose best result is farther away, or None when that was not measured.
    closer_than: float | None
    metadata: Mapping[str, Any] = field(default_factory=dict)  # such as author, licence, source
    probability: float | None = None  # that it is right; None unless calibrated on labels


@dataclass(frozen=True)
class Steps:
    """Milliseconds of each step; waiting for a turn is in none of them."""

    encode: float = 0.0
    search: float = 0.0
    rerank: float = 0.0

    @property
    def total(self) -> float:
        """All steps together."""
        return self.encode + self.search + self.rerank


@dataclass(frozen=True)
class Answer:
    """What one method says."""

    method: str
    weights: str
    weights_sha256: str
    engine: str
    cold: bool  # the model or the index was loaded by this call, which `ms` then includes
    ms: Steps
    results: list[Result]
    calibrated_on: Basis = "random pairs"  # what says whether a match is a good one
    calibrated_same: Same | None = None  # by labels: what a right result shares with the query
    calibrated_queries: int = 0  # by labels: held-out images of the gallery that it was measured on
    read_words: bool = False  # whether the query's words were part of what was searched for
    unknown_words: list[str] = field(default_factory=list)  # of them, those it has never met

    @property
    def good_match(self) -> bool:
        """Whether the best result is likely right, as far as `calibrated_on` can tell.

        The settings `good_match_probability`, `good_match` and `good_match_words` say how likely,
        or how much nearer than chance. A copy of the query is a good match whatever they say.
        """
        if not self.results:
            return False
        best, limits = self.results[0], settings()
        if best.distance <= SAME:
            return True
        if self.calibrated_on == "labels":
            return (
                best.probability is not None and best.probability >= limits.good_match_probability
            )
        if best.closer_than is None:
            return True
        words = self.calibrated_on == "random words"
        return best.closer_than >= (limits.good_match_words if words else limits.good_match)

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON holds it."""
        return asdict(self) | {"good_match": self.good_match}


@dataclass(frozen=True)
class Response:
    """What all methods say about one query."""

    gallery: str
    query: Query
    answers: list[Answer] = field(default_factory=list)
    not_indexed: list[str] = field(default_factory=list)  # methods left out, when none was named

    @property
    def subject(self) -> Subject | None:
        """The photo's; words have none."""
        return self.query.subject

    @property
    def unknown_words(self) -> list[str]:
        """The query's words that a method which reads has never met."""
        return list(dict.fromkeys(word for one in self.answers for word in one.unknown_words))

    def as_dict(self) -> dict[str, Any]:
        """The JSON that the command line and the API give."""
        query, subject = self.query, self.subject
        return {
            "gallery": self.gallery,
            "query_sha256": query.sha256,
            "subject": subject.as_dict() if subject else None,
            "words": query.words,
            "words_weight": None if query.words is None else query.weight,
            "methods": [answer.as_dict() for answer in self.answers],
            "not_indexed": self.not_indexed,
            "ms": {"detect": subject.ms if subject else 0.0},
        }


def never_met(words: Sequence[str]) -> str:
    """One sentence that names words which no text tower knows; "" when there are none."""
    if not words:
        return ""
    named = [f"“{word}”" for word in words]
    if len(named) == 1:
        return f"Lookalike has never met the word {named[0]}."
    return f"Lookalike has never met the words {', '.join(named[:-1])} and {named[-1]}."
