"""What an evaluation came to: its report, and what its files are made of."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.evaluation import strips
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.measuring import Measured
from lookalike.evaluation.query import Queries
from lookalike.galleries.gallery import Gallery

Qrels = dict[str, dict[str, int]]  # query: {item's name: 1 or 0}
Run = dict[str, list[str]]  # query: the items' names, best first


@dataclass(frozen=True)
class Outcome(ABC):
    """An evaluation's outcome."""

    report: dict[str, Any]  # docs/evaluation.md says what is in it
    gallery: Gallery

    @abstractmethod
    def judgement_count(self) -> int:
        """How many judgements `qrels` holds."""

    @abstractmethod
    def qrels(self) -> Qrels:
        """What is known to be relevant, or not."""

    @abstractmethod
    def runs(self, depth: int) -> Iterator[tuple[str, Run]]:
        """Each system's name, and its answers down to a rank."""

    @abstractmethod
    def picture(self, strip: Mapping[str, Any]) -> bytes:
        """The query of one of the report's strips: PNG or JPEG."""


@dataclass(frozen=True)
class Evaluation(Outcome):
    """Of methods that answered queries. The rankings are read from the work folder."""

    queries: Queries
    judgements: Judgements
    measured: list[Measured]

    def judgement_count(self) -> int:
        return int(self.judgements.totals.sum())

    def qrels(self) -> Qrels:
        """What each query may find and is relevant to it; relevance above 0 is written as 1."""
        names = self.gallery.names
        return {
            query.name: {names[item]: 1 for item in self.judgements.findable(number)}
            for number, query in enumerate(self.queries.each)
        }

    def runs(self, depth: int) -> Iterator[tuple[str, Run]]:
        """Without the queries that nothing is relevant to, as in the report's means."""
        for one in self.measured:
            meta = one.system.index.meta
            yield f"{meta.encoder}@{meta.engine}", self._run(one, depth)

    def _run(self, measured: Measured, depth: int) -> Run:
        names, queries = self.gallery.names, self.queries.each
        return {
            queries[number].name: [names[item] for item in ids[:depth] if item >= 0]
            for start, chunk in measured.rankings.chunks()
            for number, ids in enumerate(chunk, start)
            if self.judgements.totals[number]
        }

    def picture(self, strip: Mapping[str, Any]) -> bytes:
        return strips.picture(self.queries.each[strip["number"]])
