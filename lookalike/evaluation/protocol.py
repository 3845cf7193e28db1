"""Queries whose relevant items are known, against a gallery: how good is each method, how fast?

Quality is judged over all queries, which are encoded and ranked in batches. Time is taken on some
of them, each of which takes the path of a visitor's photo, one at a time and warm, except that the
whole image is the subject. What was finished is kept in a folder until the report is there, so an
interrupted evaluation goes on where it stopped.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.evaluation import judgements as judging
from lookalike.evaluation import robustness, systems, two_stage
from lookalike.evaluation.entries import about_gallery, about_run, differences, method_entry
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.measuring import Measured, measure
from lookalike.evaluation.outcome import Evaluation
from lookalike.evaluation.plan import DEPTH, Plan, check, completed
from lookalike.evaluation.queries import read_queries
from lookalike.evaluation.query import Queries
from lookalike.evaluation.rankings import Asked, Rankings, query_vectors
from lookalike.evaluation.strips import strips
from lookalike.evaluation.systems import System
from lookalike.evaluation.two_stage import TwoStage
from lookalike.galleries.gallery import Gallery
from lookalike.progress import Show, quiet
from lookalike.search.searcher import Searcher
from lookalike.storage.arrays import ArrayCache

__all__ = ["evaluate", "read_queries"]

DEEP = 0.99  # recall of the engine at that depth below which the report warns


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
    plan = completed(plan, gallery)
    k = check(plan, gallery, queries)
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
    if plan.robustness:
        first = measured[: len(plan.methods)]  # under the first engine
        report["robustness"] = robustness.compare(asked, first, judgements, show)
    return Evaluation(report, gallery, queries, judgements, measured)


def _digests(gallery: Gallery, work: Path, show: Show) -> list[bytes]:
    kept = ArrayCache(work, "images", gallery.fingerprint)
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
    missing = [name for name in encoders.defaults() if name not in plan.methods]
    if missing:
        notes.append(f"Not compared: {', '.join(missing)}.")
    return notes


def _engine(measured: Measured) -> str:
    return measured.system.index.meta.engine
