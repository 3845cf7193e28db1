"""Queries whose relevant items are known, against a gallery: how good is each method, how fast?

Quality is judged over all queries, which are encoded and ranked in batches. Time is taken on some
of them, each of which takes the path of a visitor's photo, one at a time and warm, except that the
whole image is the subject. What was finished is kept in a folder until the report is there, so an
interrupted evaluation goes on where it stopped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.evaluation import judgements as judging
from lookalike.evaluation.comparison import DEPTH, USUAL, Comparison, check, completed
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.outcome import Outcome, Qrels, Run
from lookalike.evaluation.queries.images import QuerySet
from lookalike.evaluation.ranking import systems
from lookalike.evaluation.ranking.entries import about_gallery, about_run, differences, system_entry
from lookalike.evaluation.ranking.figures import Measured, measure_system
from lookalike.evaluation.ranking.rankings import Asked, Rankings, query_vectors
from lookalike.evaluation.ranking.systems import System
from lookalike.evaluation.report import Grouping, QueryFacts, Report, Strip, TwoStageEntry
from lookalike.evaluation.studies import calibration, robustness, strips, two_stage
from lookalike.evaluation.studies.two_stage import TwoStage
from lookalike.galleries.gallery import Gallery
from lookalike.progress import Show, quiet
from lookalike.search.searcher import Searcher
from lookalike.storage.arrays import ArrayCache

DEEP = 0.99  # recall of the engine at that depth below which the report warns


@dataclass(frozen=True)
class Evaluation(Outcome):
    """Of methods that answered queries. The rankings are read from the work folder."""

    queries: QuerySet
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

    def picture(self, strip: Strip) -> bytes:
        return strips.picture(self.queries.each[strip.number])


def evaluate_queries(
    searcher: Searcher,
    queries: QuerySet,
    work: Path,
    comparison: Comparison | None = None,
    show: Show = quiet,
) -> Evaluation:
    """Compare methods, each under one or more engines.

    Args:
        work: a folder for what is finished; the next call with the same arguments goes on there.
        comparison: what is compared; every indexed method unless given.
        show: gives a progress bar for each piece of work, by its name.

    Raises:
        LookalikeError: a method, weights or an engine is unknown or cannot be loaded; k or a short
            list is out of range; or the gallery is empty, or its labels or the queries cannot tell
            one method from another.
        StorageError: the disk refused.
    """
    gallery, comparison = searcher.gallery, comparison or Comparison()
    comparison = completed(comparison, gallery)
    k = check(comparison, gallery, queries)
    compared = systems.load(searcher, comparison.methods, comparison.engines, comparison.weights)
    copies = judging.excluded(gallery, queries.each, _digests(gallery, work, show))
    excluded = _left_out(gallery, queries, copies, comparison)
    judgements = judging.judge(gallery, queries, excluded, comparison.relevant)
    asked = Asked(searcher, queries, excluded, work)
    depth = min(DEPTH, int(gallery.live.sum()))
    measured = [
        measure_system(_rankings(asked, system, k, depth, show), judgements, show)
        for system in compared
    ]
    first = measured[: len(comparison.methods)]  # under the first engine
    changed = robustness.compare(asked, first, judgements, show) if comparison.robustness else None
    # A qrels file knows no labels; where the nearest are left out, distances mean something else.
    labelled = queries.qrels is None and not comparison.other
    calibrated = [calibration.study(one, show) if labelled else None for one in measured]
    groups = _groups(gallery, queries, judgements, comparison.by)
    report = Report(
        **_about(asked, judgements, comparison, copies),
        k=k,
        metric=f"precision@{k}",
        depth=depth,
        notes=[*queries.notes, *_notes(comparison, measured)],
        methods=[
            system_entry(one, groups, found)
            for one, found in zip(measured, calibrated, strict=True)
        ],
        differences=differences(measured),
        two_stage=[_in_two(stage, measured, judgements, show) for stage in comparison.two_stage],
        strips=strips.strips(gallery, queries.each, judgements, first),
        **({"robustness": changed} if changed else {}),
    )
    return Evaluation(report, gallery, queries, judgements, measured)


def _digests(gallery: Gallery, work: Path, show: Show) -> list[bytes]:
    kept = ArrayCache(work, "images", gallery.fingerprint)
    with show("read images") as progress:
        digests = kept.array("sha256", lambda: judging.image_digests(gallery, progress))
    return [row.tobytes() for row in digests]


def _left_out(
    gallery: Gallery, queries: QuerySet, copies: list[np.ndarray], comparison: Comparison
) -> list[np.ndarray]:
    """For each query the ids that it may not find."""
    if not comparison.other:
        return copies
    return judging.without_same(gallery, queries, copies, comparison.relevant, comparison.other)


def _rankings(asked: Asked, system: System, k: int, depth: int, show: Show) -> Rankings:
    with show(f"encode {system.name}") as progress:
        return Rankings(asked, system, query_vectors(asked, system.method, progress), k, depth)


def _in_two(
    stage: TwoStage, measured: Sequence[Measured], judgements: Judgements, show: Show
) -> TwoStageEntry:
    by_name = {one.system.method.encoder.spec.name: one.rankings for one in reversed(measured)}
    second = two_stage.by_vectors(by_name[stage.second])
    first = (
        two_stage.quantised(second)
        if stage.first == two_stage.PQ
        else two_stage.by_vectors(by_name[stage.first])
    )
    with show(f"{stage.first}, then {stage.second}") as progress:
        return two_stage.compare(stage, first, second, judgements, progress)


def _groups(
    gallery: Gallery, queries: QuerySet, judgements: Judgements, by: Grouping | None
) -> dict[Grouping, list[str]]:
    """The class, the parent class and the value of a field of each query that is judged."""
    judged = np.flatnonzero(judgements.totals)
    classes = [judgements.classes[number] for number in judged]
    groups: dict[Grouping, list[str]] = {"class": classes} if any(classes) else {}
    if parents := gallery.parents:
        labels = [queries.each[number].label for number in judged]
        groups["parent"] = [parents.get(label, "") for label in labels]
    if by is not None and by not in USUAL:
        values = judging.values_of(gallery, queries, by)
        groups[by] = [values[number] for number in judged]
    return groups


def _about(
    asked: Asked, judgements: Judgements, comparison: Comparison, copies: Sequence[np.ndarray]
) -> dict[str, Any]:
    """The report's first fields."""
    gallery, queries = asked.searcher.gallery, asked.queries
    own = sum(query.item is not None for query in queries.each)
    field = comparison.relevant if queries.qrels is None else "label"
    return {
        "gallery": about_gallery(gallery, field),
        "queries": QueryFacts(
            source=queries.source,
            count=len(asked),
            copies_left_out=sum(map(len, copies)) - own,
            without_relevant=int((judgements.totals == 0).sum()),
            timed=len(asked.timed),
        ),
        "relevance": comparison.relevant if queries.qrels is None else "qrels",
        **({"other": comparison.other} if comparison.other else {}),
        **about_run(),
    }


def _notes(comparison: Comparison, measured: Sequence[Measured]) -> list[str]:
    notes = []
    built = {_engine(one) for one in measured if one.system.built == "memory"}
    if built:
        notes.append(f"Built in memory for this report: {', '.join(sorted(built))}.")
    depth = measured[0].rankings.depth
    rough = {_engine(one) for one in measured if one.recall[depth] < DEEP}
    if rough:
        least = min(one.recall[depth] for one in measured)
        notes.append(
            f"Figures that look at all {depth:,} ranks, such as mAP, also show what an engine "
            f"overlooks so far down ({', '.join(sorted(rough))}: recall from {least:.2f} on); "
            "compare methods by them with --engine exact."
        )
    missing = [name for name in encoders.defaults() if name not in comparison.methods]
    if missing:
        notes.append(f"Not compared: {', '.join(missing)}.")
    return notes


def _engine(measured: Measured) -> str:
    return measured.system.index.meta.engine
