"""Queries whose relevant items are known, against a gallery: how good is each method, how fast?

Quality is judged over all queries, which are encoded and ranked in batches. Time is taken on some
of them, each of which takes the path of a visitor's photo, one at a time and warm, except that the
whole image is the subject. What was finished is kept in a folder until the report is there, so an
interrupted evaluation goes on where it stopped.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Progress
from lookalike.errors import LookalikeError
from lookalike.evaluation import judgements as judging
from lookalike.evaluation import systems, two_stage
from lookalike.evaluation.entries import about_gallery, about_run, differences, method_entry
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.kept import Kept
from lookalike.evaluation.measuring import Measured, Show, measure
from lookalike.evaluation.outcome import Evaluation
from lookalike.evaluation.queries import Queries, read_queries
from lookalike.evaluation.rankings import Asked, Rankings, query_vectors
from lookalike.evaluation.strips import strips
from lookalike.evaluation.systems import System
from lookalike.evaluation.table import no_groups
from lookalike.evaluation.two_stage import TwoStage
from lookalike.galleries.gallery import Gallery
from lookalike.search import Searcher, check_k
from lookalike.settings import settings

__all__ = ["DEPTH", "Plan", "evaluate", "read_queries"]

DEPTH = 1000  # ranks that are looked at, as trec_eval does by default
DEEP = 0.99  # recall of the engine at that depth below which the report warns


@dataclass(frozen=True)
class Plan:
    """What is compared, and how."""

    methods: Sequence[str] = ()  # those that have an index, unless named
    engines: Sequence[str] = ()  # the setting's, unless named
    weights: str | None = None  # the setting's, unless named
    k: int | None = None  # results that a visitor is shown; the setting's unless given
    relevant: str = "label"  # the field by which an item is relevant
    by: str | None = None  # what the queries have to be grouped by: "class" or "parent"
    two_stage: Sequence[TwoStage] = ()  # their methods are compared as well


@contextmanager
def quiet(_: str) -> Iterator[Progress]:
    """No progress bar."""
    yield lambda done, total: None


def evaluate(
    searcher: Searcher,
    queries: Queries,
    work: Path,
    plan: Plan | None = None,
    show: Show = quiet,
) -> Evaluation:
    """Compare methods, each under one or more engines.

    Args:
        work: a folder for what is finished; the next call with the same arguments goes on there.
        plan: what is compared; every indexed method unless given.
        show: gives a progress bar for each piece of work, by its name.

    Raises:
        LookalikeError: a method, weights or an engine is unknown or cannot be loaded; k or a short
            list is out of range; or the gallery is empty, or its labels or the queries cannot tell
            one method from another.
        StorageError: the disk refused.
    """
    gallery, plan = searcher.gallery, plan or Plan()
    if queries.qrels is None:
        judging.check_values(gallery, plan.relevant)
    if plan.by == "parent" and not gallery.parents:
        raise no_groups(plan.by)
    plan = completed(plan, gallery)
    k = check_sizes(gallery, queries, plan)
    compared = systems.load(searcher, plan.methods, plan.engines, plan.weights)
    excluded = judging.excluded(gallery, queries.each, _digests(gallery, work, show))
    judgements = judging.judge(gallery, queries, excluded, plan.relevant)
    asked = Asked(searcher, queries, excluded, work)
    depth = min(DEPTH, int(gallery.live.sum()))
    measured = [
        measure(_rankings(asked, system, k, depth, show), judgements, show) for system in compared
    ]
    report = {
        **_about(asked, judgements, plan),
        "k": k,
        "metric": f"precision@{k}",
        "depth": depth,
        "notes": [*queries.notes, *_notes(plan, measured)],
        "methods": [method_entry(one, _groups(gallery, queries, judgements)) for one in measured],
        "differences": differences(measured),
        "two_stage": [_in_two(stage, measured, judgements, show) for stage in plan.two_stage],
        "strips": strips(gallery, queries.each, judgements, measured[: len(plan.methods)]),
    }
    return Evaluation(report, gallery, queries, judgements, measured)


def completed(plan: Plan, gallery: Gallery) -> Plan:
    """The plan with all methods and engines named, each once."""
    named = [*plan.methods] or systems.indexed(gallery, plan.weights) or encoders.names()
    staged = [name for stage in plan.two_stage for name in stage.methods]
    return replace(
        plan,
        methods=list(dict.fromkeys([*named, *staged])),
        engines=list(dict.fromkeys(plan.engines or [settings().engine])),
    )


def check_sizes(gallery: Gallery, queries: Queries, plan: Plan) -> int:
    """The number of results that are shown, if the gallery has as many for every query.

    Raises:
        LookalikeError: it has fewer, or fewer than a short list needs; or k is out of range.
    """
    k = check_k(settings().k if plan.k is None else plan.k)
    live = int(gallery.live.sum())
    if not live:
        raise LookalikeError(
            f"The gallery {gallery.name} is empty.",
            "Add images with `python -m lookalike gallery add`.",
        )
    if not queries.each:
        raise LookalikeError("There is no query.", "Give at least one.")
    found = live - any(query.item is not None for query in queries.each)
    if found < k:
        raise LookalikeError(
            f"The gallery {gallery.name} has {found} items for a query to find, fewer than the {k} "
            "results that are judged.",
            f"Give --k {found} or less." if found else "Add more images to it.",
        )
    for stage in plan.two_stage:
        if stage.short_list > min(found, DEPTH):
            raise LookalikeError(
                f"A short list of {stage.short_list} is longer than the {min(found, DEPTH)} ranks "
                "that are looked at.",
                f"Use {min(found, DEPTH)} or less.",
            )
    return k


def _digests(gallery: Gallery, work: Path, show: Show) -> list[bytes]:
    kept = Kept(work, "images", gallery.fingerprint)
    with show("read images") as progress:
        digests = kept.array("sha256", lambda: judging.image_digests(gallery, progress))
    return [row.tobytes() for row in digests]


def _rankings(asked: Asked, system: System, k: int, depth: int, show: Show) -> Rankings:
    with show(f"encode {system.name}") as progress:
        return Rankings(asked, system, query_vectors(asked, system.method, progress), k, depth)


def _in_two(
    stage: TwoStage, measured: Sequence[Measured], judgements: Judgements, show: Show
) -> dict[str, Any]:
    by_name = {one.system.method.encoder.spec.name: one.rankings for one in reversed(measured)}
    second = two_stage.by_vectors(by_name[stage.second])
    first = (
        two_stage.quantised(second)
        if stage.first == two_stage.PQ
        else two_stage.by_vectors(by_name[stage.first])
    )
    with show(f"{stage.first}, then {stage.second}") as progress:
        return two_stage.compare(stage, first, second, judgements, progress)


def _groups(gallery: Gallery, queries: Queries, judgements: Judgements) -> dict[str, list[str]]:
    """The class, and the parent class, of each query that is judged."""
    judged = np.flatnonzero(judgements.totals)
    classes = [judgements.classes[number] for number in judged]
    groups = {"class": classes} if any(classes) else {}
    if parents := gallery.parents:
        labels = [queries.each[number].label for number in judged]
        groups["parent"] = [parents.get(label, "") for label in labels]
    return groups


def _about(asked: Asked, judgements: Judgements, plan: Plan) -> dict[str, Any]:
    gallery, queries = asked.searcher.gallery, asked.queries
    own = sum(query.item is not None for query in queries.each)
    return {
        "gallery": about_gallery(gallery, plan.relevant if queries.qrels is None else "label"),
        "queries": {
            "source": queries.source,
            "count": len(asked),
            "copies_left_out": sum(map(len, asked.excluded)) - own,
            "without_relevant": int((judgements.totals == 0).sum()),
            "timed": len(asked.timed),
        },
        "relevance": plan.relevant if queries.qrels is None else "qrels",
        **about_run(),
    }


def _notes(plan: Plan, measured: Sequence[Measured]) -> list[str]:
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
    missing = [name for name in encoders.names() if name not in plan.methods]
    if missing:
        notes.append(f"Not compared: {', '.join(missing)}.")
    return notes


def _engine(measured: Measured) -> str:
    return measured.system.index.meta.engine
