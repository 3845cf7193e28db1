"""Measured systems as the entries of the report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np

from lookalike import machine
from lookalike.evaluation import metrics
from lookalike.evaluation.groups import group_means
from lookalike.evaluation.intervals import of_means
from lookalike.evaluation.ranking.costs import STEPS
from lookalike.evaluation.ranking.figures import Measured
from lookalike.evaluation.report import (
    Calibrated,
    Difference,
    FirstHit,
    GalleryFacts,
    Grouping,
    Percentiles,
    Step,
    SystemEntry,
)
from lookalike.galleries.gallery import Gallery

LEVEL = 0.95  # of the intervals


def system_entry(
    measured: Measured,
    groups: Mapping[Grouping, Sequence[str]],
    calibration: Calibrated | None = None,
) -> SystemEntry:
    """What the report says about one system.

    Args:
        groups: the q judged queries' groups: {"class": [...], "parent": [...]}.
        calibration: how far its probabilities are from what comes true.
    """
    system, meta = measured.system, measured.system.index.meta
    recall: dict[str, Any] = {f"engine_recall@{n}": share for n, share in measured.recall.items()}
    return SystemEntry(
        name=system.name,
        method=meta.encoder,
        title=system.method.encoder.spec.title,
        weights=meta.weights,
        weights_sha256=meta.weights_sha256,
        engine=meta.engine,
        params=meta.params,
        dimension=meta.dimension,
        encoded_dimension=meta.encoded_dimension,
        built=system.built,
        metrics=of_means(measured.values, LEVEL),
        ms=times(measured.ms),
        groups={kind: group_means(measured.values, names) for kind, names in groups.items()},
        first_hit=first_hits(measured.first),
        **({"calibration": calibration} if calibration else {}),
        **recall,
    )


def times(ms: np.ndarray) -> dict[Step, Percentiles]:
    """Median and 95th percentile of (t, 3) milliseconds, by step and of all together."""
    found = {step: percentiles(column) for step, column in zip(STEPS, ms.T, strict=True)}
    return {**found, "total": percentiles(ms.sum(axis=1))}


def percentiles(ms: np.ndarray) -> Percentiles:
    """The median and the 95th percentile of (t,) milliseconds."""
    middle, high = (round(float(np.percentile(ms, share)), 3) for share in (50, 95))
    return Percentiles(p50=middle, p95=high)


def first_hits(first: np.ndarray) -> FirstHit:
    """What (q,) ranks of first hits come to."""
    return FirstHit(
        mean_rank=metrics.mean_rank(first),
        found=float((first > 0).mean()),
        histogram=metrics.rank_histogram(first),
    )


def differences(measured: Sequence[Measured]) -> list[Difference]:
    """First minus second, paired by query: methods under one engine, and engines of one method."""
    k = measured[0].rankings.k
    columns = {}
    for metric in (f"precision@{k}", "map"):
        for first, second in combinations(measured, 2):
            one, two = first.system, second.system
            same = one.index.meta.engine == two.index.meta.engine
            if same or one.index.meta.encoder == two.index.meta.encoder:
                apart = first.values[metric] - second.values[metric]
                columns[metric, one.name, two.name] = apart
    return difference_entries(columns)


def difference_entries(columns: Mapping[tuple[str, str, str], np.ndarray]) -> list[Difference]:
    """The entries for paired differences by (metric, first, second)."""
    found = of_means({str(key): column for key, column in columns.items()}, LEVEL)
    return [
        Difference(metric=metric, first=first, second=second, **vars(found[str(key)]))
        for key in columns
        for metric, first, second in [key]
    ]


def about_gallery(gallery: Gallery, field: str) -> GalleryFacts:
    """The gallery's entry; its classes are the values of the field."""
    values = {
        value for value, live in zip(gallery.values(field), gallery.live, strict=True) if live
    }
    return GalleryFacts(
        name=gallery.name,
        title=gallery.title,
        count=int(gallery.live.sum()),
        fingerprint=gallery.fingerprint,
        classes=len(values - {""}),
    )


def about_run() -> dict[str, Any]:
    """When, on what, and how sure: fields of every report."""
    made = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"level": LEVEL, "made": made, "machine": machine.describe()}
