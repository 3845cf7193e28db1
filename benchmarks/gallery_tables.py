"""What the reports of the larger galleries hold, and what changed queries cost, as Markdown."""

from typing import Any

from benchmarks.markdown import Row, table
from lookalike.evaluation import summary

Figures = dict[str, Any]


def quality(report: Figures) -> list[str]:
    """Each method on one gallery: over the queries, and averaged over the classes."""
    gallery, relevance = report["gallery"], report["relevance"].replace("_", " ")
    return [
        f"## {gallery['title']}, by {relevance}",
        "",
        f"{report['queries']['source']} against {gallery['count']:,} items of "
        f"{gallery['classes']} kinds; relevant is what has the query's {relevance}; with 95 % "
        "intervals over the queries, and averaged over the kinds, each of which counts alike. "
        "`python -m benchmarks galleries`",
        "",
        *table([_quality(row, summary.metric(report)) for row in report["methods"]]),
    ]


def _quality(row: Figures, metric: str) -> Row:
    name = summary.name(metric)
    mean = summary.class_mean(row, metric)
    return {
        "method": row["method"],
        "weights": row["weights"],
        name: summary.interval(row["metrics"][metric]),
        f"{name}, mean over kinds": "–" if mean is None else mean,
        "P@1": row["metrics"]["precision@1"]["mean"],
        "mAP": row["metrics"]["map"]["mean"],
        "engine": row["engine"],
    }


def robustness(report: Figures) -> list[str]:
    """Each method by how the query was changed, and what that loses."""
    part = report["robustness"]
    return [
        f"## Changed queries, {report['gallery']['title']}",
        "",
        f"{summary.name(part['metric'])} of {part['queries']:,} held-out images, as they are and "
        "changed, and what that loses, paired by query, with its 95 % interval. "
        "docs/evaluation.md says what is done to them.",
        "",
        f"![Precision by how the query was changed]({report['folder']}/robustness.svg)",
        "",
        *table([_changed(row, part["changes"]) for row in part["rows"]]),
    ]


def _changed(row: Figures, changes: list[Figures]) -> Row:
    return {
        "method": row["name"],
        "unchanged": summary.interval(row["unchanged"]),
        **{change["title"]: _loss(row["changes"][change["name"]]) for change in changes},
    }


def _loss(found: Figures) -> str:
    return f"{found['mean']:.3f}, loses {summary.Gap(**found['loss'])}"
