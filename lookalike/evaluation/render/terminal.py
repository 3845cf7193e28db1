"""A report as the rows that the terminal prints."""

from typing import Any

from lookalike.evaluation.groups import no_groups

Row = dict[str, Any]


def rows(report: dict[str, Any]) -> list[Row]:
    """One row per system: the most-used metrics, and the medians of its steps."""
    k = report["k"]
    wanted = [*(f"precision@{cut}" for cut in (1, 10, k)), "map", "ndcg@10", f"ndcg@{k}"]
    found = []
    for entry in report["methods"]:
        metrics = entry["metrics"]
        names = [name for name in dict.fromkeys(wanted) if name in metrics] or list(metrics)
        found.append(
            {
                **{key: entry[key] for key in ("method", "weights", "engine")},
                "queries": entry.get("queries", report["queries"]["count"]),
                **{name: metrics[name]["mean"] for name in names},
                **{f"{step}_ms_p50": spent["p50"] for step, spent in entry["ms"].items()},
            }
        )
    return found


def groups(report: dict[str, Any], by: str) -> list[Row]:
    """One row per class, or parent class: each system's precision@k there.

    Raises:
        LookalikeError: the report has no such groups.
    """
    entries = report["methods"]
    if by not in entries[0]["groups"]:
        raise no_groups(by)
    metric = report["metric"]
    return [
        {
            by: group,
            "queries": values["queries"],
            **{entry["name"]: entry["groups"][by][group][metric] for entry in entries},
        }
        for group, values in entries[0]["groups"][by].items()
    ]


def robustness(report: dict[str, Any]) -> list[Row]:
    """One row per method: precision@k of the sampled queries as they are, and by change."""
    return [
        {
            "method": row["name"],
            "queries": report["robustness"]["queries"],
            "unchanged": row["unchanged"]["mean"],
            **{name: change["mean"] for name, change in row["changes"].items()},
        }
        for row in report["robustness"]["rows"]
    ]
