"""Measured systems as the entries of report.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import numpy as np

from lookalike import machine
from lookalike.evaluation import metrics
from lookalike.evaluation.costs import STEPS
from lookalike.evaluation.groups import group_means
from lookalike.evaluation.intervals import of_means
from lookalike.evaluation.measuring import Measured
from lookalike.galleries.gallery import Gallery

LEVEL = 0.95  # of the intervals


def method_entry(measured: Measured, groups: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the report says about one system.

    Args:
        groups: the q judged queries' groups: {"class": [...], "parent": [...]}.
    """
    system, meta = measured.system, measured.system.index.meta
    return {
        "name": system.name,
        "method": meta.encoder,
        "title": system.method.encoder.spec.title,
        "weights": meta.weights,
        "engine": meta.engine,
        "params": meta.params,
        "dimension": meta.dimension,
        "encoded_dimension": meta.encoded_dimension,
        "built": system.built,
        **{f"engine_recall@{count}": share for count, share in measured.recall.items()},
        "metrics": means(measured.values),
        "ms": times(measured.ms),
        "groups": {kind: group_means(measured.values, names) for kind, names in groups.items()},
        "first_hit": first_hits(measured.first),
    }


def means(values: Mapping[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """{metric: {"mean", "low", "high"}} of (q,) values each."""
    return {name: asdict(interval) for name, interval in of_means(values, LEVEL).items()}


def times(ms: np.ndarray) -> dict[str, dict[str, float]]:
    """Median and 95th percentile of (t, 3) milliseconds, by step and of all together."""
    columns = dict(zip(STEPS, ms.T, strict=True)) | {"total": ms.sum(axis=1)}
    return {step: percentiles(column) for step, column in columns.items()}


def percentiles(ms: np.ndarray) -> dict[str, float]:
    """{"p50", "p95"} of (t,) milliseconds."""
    return {f"p{share}": round(float(np.percentile(ms, share)), 3) for share in (50, 95)}


def first_hits(first: np.ndarray) -> dict[str, Any]:
    """What (q,) ranks of first hits come to."""
    return {
        "mean_rank": metrics.mean_rank(first),
        "found": float((first > 0).mean()),
        "histogram": [list(one) for one in metrics.rank_histogram(first)],
    }


def differences(measured: Sequence[Measured]) -> list[dict[str, Any]]:
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


def difference_entries(columns: Mapping[tuple[str, str, str], np.ndarray]) -> list[dict[str, Any]]:
    """The entries for paired differences by (metric, first, second)."""
    found = of_means({str(key): column for key, column in columns.items()}, LEVEL)
    return [
        {"metric": key[0], "first": key[1], "second": key[2], **asdict(found[str(key)])}
        for key in columns
    ]


def about_gallery(gallery: Gallery, field: str) -> dict[str, Any]:
    """The gallery's entry; its classes are the values of the field."""
    values = {
        value for value, live in zip(gallery.values(field), gallery.live, strict=True) if live
    }
    return {
        "name": gallery.name,
        "title": gallery.title,
        "count": int(gallery.live.sum()),
        "fingerprint": gallery.fingerprint,
        "classes": len(values - {""}),
    }


def about_run() -> dict[str, Any]:
    """When, on what, and how sure."""
    made = datetime.now(UTC).strftime("%Y-%m-%d")
    return {"level": LEVEL, "made": made, "machine": machine.describe()}
