"""A report as the rows that the terminal prints."""

from typing import Any

from lookalike.evaluation.groups import no_groups
from lookalike.evaluation.report import Grouping, Report, SystemEntry


def systems(report: Report) -> list[dict[str, Any]]:
    """One row per system: the most-used metrics, and the medians of its steps."""
    k = report.k
    wanted = [*(f"precision@{cut}" for cut in (1, 10, k)), "map", "ndcg@10", f"ndcg@{k}"]
    rows = []
    for entry in report.methods:
        names = [name for name in dict.fromkeys(wanted) if name in entry.metrics]
        rows.append(
            {
                "method": entry.method,
                "weights": entry.weights,
                "engine": entry.engine,
                "queries": report.queries.count if entry.queries is None else entry.queries,
                **{name: entry.metrics[name].mean for name in names or entry.metrics},
                **_calibration(entry),
                **{f"{step}_ms_p50": spent.p50 for step, spent in entry.ms.items()},
            }
        )
    return rows


def _calibration(entry: SystemEntry) -> dict[str, float]:
    found = entry.calibration
    return {"calibration_error": found.expected_error} if found else {}


def groups(report: Report, by: Grouping) -> list[dict[str, Any]]:
    """One row per class, or parent class: each system's metric there.

    Raises:
        LookalikeError: the report has no such groups.
    """
    entries = report.methods
    if by not in entries[0].groups:
        raise no_groups(by)
    return [
        {by: group, "queries": first.queries, **_of_systems(report, by, group)}
        for group, first in entries[0].groups[by].items()
    ]


def _of_systems(report: Report, by: Grouping, group: str) -> dict[str, float]:
    return {entry.name: entry.groups[by][group].figures[report.metric] for entry in report.methods}


def robustness(report: Report) -> list[dict[str, Any]]:
    """One row per method: the metric of the sampled queries as they are, and by change."""
    if report.robustness is None:
        return []
    return [
        {
            "method": row.name,
            "queries": report.robustness.queries,
            "unchanged": row.unchanged.mean,
            **{name: change.mean for name, change in row.changes.items()},
        }
        for row in report.robustness.rows
    ]
