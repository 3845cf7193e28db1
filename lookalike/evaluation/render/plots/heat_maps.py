"""Heat maps of a report.json: precision by class, and by how the query was changed."""

from math import floor
from typing import Any

import plotly.graph_objects as go

from lookalike.evaluation import summary
from lookalike.evaluation.render.plots.base import figure, names_axis, safe
from lookalike.evaluation.summary import Report

# From nearly clear to strong, so that a cell keeps to the page's own background, light or dark.
SHADES = [[0, "rgba(31,138,158,0.05)"], [1, "rgba(31,138,158,0.7)"]]


def by_group(report: Report, kind: str) -> go.Figure:
    """Precision@k of each method in each group: a row per group, the hardest first.

    Args:
        kind: "class" or "parent".
    """
    metric, labels = summary.metric(report), summary.hardest(report, kind)
    shown = summary.name(metric)
    titles = list(summary.titles(report).values())
    groups = [row["groups"][kind] for row in report["methods"]]
    values = [[group[label][metric] for group in groups] for label in labels]
    hover = [
        [
            f"<b>{safe(label)}</b><br>{safe(title)}: {shown} {group[label][metric]:.3f}"
            f"<br>{group[label]['queries']:,} queries"
            for title, group in zip(titles, groups, strict=True)
        ]
        for label in labels
    ]
    return _heat_map(values, hover, titles, labels, zmax=1)


def robustness(report: Report) -> go.Figure:
    """Precision@k of each method by how the query was changed: a row per method."""
    part = report["robustness"]
    metric, changes = summary.name(part["metric"]), part["changes"]
    values = [
        [row["unchanged"]["mean"], *(row["changes"][one["name"]]["mean"] for one in changes)]
        for row in part["rows"]
    ]
    hover = [
        [
            f"<b>{safe(row['title'])}</b><br>unchanged: {metric} "
            f"{summary.interval(row['unchanged'])}",
            *(_lost(row, change, metric) for change in changes),
        ]
        for row in part["rows"]
    ]
    columns = ["Unchanged", *(change["title"] for change in changes)]
    return _heat_map(values, hover, columns, [row["title"] for row in part["rows"]])


def _lost(row: dict[str, Any], change: dict[str, str], metric: str) -> str:
    found = row["changes"][change["name"]]
    return (
        f"<b>{safe(row['title'])}</b><br>{safe(change['title'])}: {metric} {found['mean']:.3f}"
        f"<br>loses {summary.Gap(**found['loss'])}"
    )


def _heat_map(
    values: list[list[float]],
    hover: list[list[str]],
    columns: list[str],
    rows: list[str],
    zmax: float | None = None,
) -> go.Figure:
    """Shares as cells with their numbers, from the tenth below the least of them on."""
    trace = go.Heatmap(
        z=values,
        zmin=floor(10 * min(map(min, values))) / 10,
        zmax=zmax or max(map(max, values)),
        colorscale=SHADES,
        showscale=False,
        xgap=2,
        ygap=2,
        texttemplate="%{z:.2f}",
        textfont={"size": 11.5},
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
    )
    drawn = figure([trace], 80 + 27 * len(rows))
    drawn.update_xaxes(**names_axis(columns), side="top")
    drawn.update_yaxes(**names_axis(rows), autorange="reversed")
    return drawn
