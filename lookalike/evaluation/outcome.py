"""What an evaluation came to: its report, and what its files are made of."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from lookalike.evaluation.report import Report, Strip
from lookalike.galleries.gallery import Gallery

Qrels = dict[str, dict[str, int]]  # query: {item's name: 1 or 0}
Run = dict[str, list[str]]  # query: the items' names, best first


@dataclass(frozen=True)
class Outcome(ABC):
    """An evaluation's outcome."""

    report: Report
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
    def picture(self, strip: Strip) -> bytes:
        """The query of one of the report's strips: PNG or JPEG."""
