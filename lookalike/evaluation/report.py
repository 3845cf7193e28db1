"""report.json: what an evaluation came to, as a schema that everything reads and writes it by.

Shares and metrics are in [0, 1], times in milliseconds, ranks from 1. Where a record's keys name
figures, as "precision@10" beside "queries" does, they are its `figures`.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lookalike.errors import LookalikeError
from lookalike.evaluation.intervals import Interval

Share = Annotated[float, Field(ge=-1e-9, le=1 + 1e-9)]  # but for rounding, in [0, 1]
Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[float, Field(ge=0)]
MetricName = Annotated[str, Field(pattern=r"^(judged_)?[a-z_]+(@(\d+|r))?$")]
EngineRecall = Annotated[str, Field(pattern=r"^engine_recall@\d+$")]
Step = Literal["encode", "search", "rerank", "total"]
Grouping: TypeAlias = str  # "class", "parent", or a field of the metadata


class Record(BaseModel):
    """A part of the report. A key that is not known is an error: it is of another version."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class GalleryFacts(Record):
    """What was searched."""

    name: str
    title: str
    count: Count = Field(description="items that can be found")
    fingerprint: str = Field(description="sha256 of what the gallery held")
    classes: Count = Field(description="different values of the field that makes relevant")


class QueryFacts(Record):
    """What was asked."""

    source: str = Field(description='for people: "1,000 held-out images"')
    count: Count
    copies_left_out: Count = Field(description="items that are copies of a query")
    without_relevant: Count = Field(description="queries that nothing answers; in no mean")
    timed: Count = Field(description="queries asked one at a time, for the time")


class Percentiles(Record):
    """Of the timed queries' milliseconds, one at a time, warm."""

    p50: Milliseconds
    p95: Milliseconds


class FirstHit(Record):
    """Where the first relevant result stands."""

    mean_rank: float | None = Field(description="of the queries that found one, from 1")
    found: Share = Field(description="share of the queries that found one")
    histogram: list[tuple[Count, Count, Count]] = Field(
        description="from rank, to rank, queries; ranks 0 to 0: found none"
    )


class GroupMeans(Record):
    """The means over the queries of one class, or parent class."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[MetricName, Share] = Field(init=False)

    queries: Count

    @property
    def figures(self) -> dict[str, float]:
        """{metric: mean over the group's queries}."""
        return self.__pydantic_extra__


class ReliabilityBin(Record):
    """Results of much the same probability."""

    pairs: Count = Field(description="results")
    claimed: Share = Field(description="mean probability")
    right: Share = Field(description="share of them that is right")


class GoodMatches(Record):
    """The best results, by whether the page calls them a good match."""

    share: Share = Field(description="of the queries: those with a good match")
    right: Share | None = Field(description="share of the good matches that is right")
    others_right: Share | None = Field(description="the same of the other best results")


class Calibrated(Record):
    """How far probabilities are from what comes true; no query judges a curve that it shaped."""

    same: Literal["kind", "label"] = Field(description="what a right result shares with the query")
    queries: Count
    pairs: Count = Field(description="results, k of each query")
    expected_error: Share = Field(description="calibration error, mean of ten splits")
    bins: list[ReliabilityBin] = Field(description="of the first split, by rising probability")
    good_matches: GoodMatches


class SystemEntry(Record):
    """A method under an engine."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[EngineRecall, Share] = Field(init=False)

    name: str = Field(description="unique in the report")
    method: str
    title: str = Field(description="the method's, for people")
    weights: str
    weights_sha256: str = Field("", description="of their file; empty when not known")
    engine: str
    params: dict[str, Any] = Field(description="the engine's")
    dimension: int | None = Field(description="of the indexed vectors; null when not known")
    encoded_dimension: int | None = Field(description="of the method's own vectors")
    built: Literal["index", "memory"] = Field(description="memory: for this report only")
    queries: Count | None = Field(None, description="by votes: those that it was judged on")
    judgements: Count | None = Field(None, description="by votes: its judged results")
    metrics: dict[MetricName, Interval]
    ms: dict[Step, Percentiles]
    groups: dict[Grouping, dict[str, GroupMeans]]
    first_hit: FirstHit
    calibration: Calibrated | None = Field(None, description="where the queries have labels")

    def engine_recall(self, count: int) -> float | None:
        """The share of so many nearest items that the engine finds; None when not measured."""
        return self.__pydantic_extra__.get(f"engine_recall@{count}")

    @property
    def median_ms(self) -> float:
        """Of a whole query."""
        return self.ms["total"].p50


class Difference(Record):
    """One system's metric less another's, paired by query."""

    metric: MetricName
    first: str = Field(description="name of the system that the other is taken from")
    second: str
    mean: float
    low: float
    high: float
    queries: Count | None = Field(None, description="by votes: those that both were judged on")

    @property
    def gap(self) -> Interval:
        """The mean with its interval."""
        return Interval(self.mean, self.low, self.high)


class StageFigures(Record):
    """A two-stage search with a short list of n, or one stage alone."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[MetricName, Share] = Field(init=False)

    n: Count | None = Field(None, description="length of the short list; none for a stage alone")
    ms_p50: Milliseconds
    ms_p95: Milliseconds

    @property
    def figures(self) -> dict[str, float]:
        """{metric: mean over the queries}."""
        return self.__pydantic_extra__


class TwoStageEntry(Record):
    """A short list by one method, put in order by another."""

    first: str = Field(description="a method, or pq: the second one's vectors, quantised")
    second: str
    curve: list[StageFigures] = Field(description="by rising n")
    first_alone: StageFigures
    second_alone: StageFigures


class Change(Record):
    """What was done to the queries."""

    name: str
    title: str


class ChangedFigures(Record):
    """What is left of a method's metric under a change."""

    mean: Share
    loss: Interval = Field(description="unchanged less changed, paired by query")


class RobustnessRow(Record):
    """A method, and what each change costs it."""

    name: str
    title: str
    unchanged: Interval
    changes: dict[str, ChangedFigures]


class Robustness(Record):
    """The same queries as they are, and changed."""

    metric: MetricName
    queries: Count = Field(description="that were changed")
    changes: list[Change]
    rows: list[RobustnessRow]


class Answer(Record):
    """One result of a query."""

    id: int
    name: str
    label: str
    relevant: bool | None = Field(description="null: not judged")


class Strip(Record):
    """A query to look at, and what each system answered."""

    query: str
    number: Count
    label: str
    kind: Literal["worst", "typical"]
    precision: Share = Field(description="mean over the systems, at k")
    answers: dict[str, list[Answer]] = Field(description="by the system's name, nearest first")


class Report(Record):
    """All of it; docs/evaluation.md says how each figure comes about."""

    gallery: GalleryFacts
    queries: QueryFacts
    relevance: str = Field(description="the field that makes relevant; or qrels, or votes")
    other: str | None = Field(
        None, description="a field: what has the query's value of it as well was left out"
    )
    level: Annotated[float, Field(gt=0, lt=1)] = Field(description="of the intervals")
    made: str = Field(description="the day")
    machine: str
    k: Annotated[int, Field(ge=1)] = Field(description="results that a visitor is shown")
    metric: MetricName = Field(description="what systems are compared by")
    depth: Annotated[int, Field(ge=1)] = Field(description="ranks that were looked at")
    notes: list[str] = Field(description="what a reader should know, in sentences")
    methods: Annotated[list[SystemEntry], Field(min_length=1)]
    differences: list[Difference]
    two_stage: list[TwoStageEntry]
    strips: list[Strip]
    robustness: Robustness | None = None

    def as_dict(self) -> dict[str, Any]:
        """What report.json holds."""
        return self.model_dump(mode="json", exclude_unset=True)

    def json_text(self) -> str:
        """The text of report.json."""
        return json.dumps(self.as_dict(), indent=1, ensure_ascii=False) + "\n"

    @model_validator(mode="after")
    def _systems_have_the_metric(self) -> Self:
        if any(self.metric not in entry.metrics for entry in self.methods):
            raise ValueError(f"a method lacks the metric {self.metric!r} that it is compared by")
        return self


def read(path: Path) -> Report:
    """The report of a file.

    Raises:
        LookalikeError: it cannot be read, is damaged, or is of another version.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise unreadable(path, f"{place}: {first['msg']}" if place else first["msg"]) from error


def unreadable(path: Path, why: str) -> LookalikeError:
    """The error for a file of figures that cannot be used."""
    return LookalikeError(
        f"The report {path.name} cannot be read: it is damaged, or of another version ({why}).",
        "Remove it, or make it anew.",
    )
