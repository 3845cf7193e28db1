"""Figures of an engines.json: how the engines compare."""

from math import log10
from typing import Any

import plotly.graph_objects as go

from lookalike.evaluation.render.plots.base import decades, figure, safe, style

GROWTH = {  # what is measured: what the axis says
    "build_s": "Seconds to build",
    "peak_mb": "Peak memory while building, MiB",
    "file_mb": "File, MiB",
    "qps": "Queries per second",
}


def engines(bench: dict[str, Any]) -> go.Figure:
    """Recall against queries per second: a line per engine through the settings worth choosing.

    A faint mark is a setting that another one of the same engine beats in both. The recall's axis
    stretches towards 1, where the choice is made.
    """
    traces: list[Any] = []
    for name, rows in _by_engine(bench["rows"]).items():
        best, look = _frontier(rows, bench["k"]), _look(bench, name)
        rest = [row for row in rows if row not in best]
        traces += [
            _settings(name, best, bench["k"], look, "lines+markers"),
            _settings(name, rest, bench["k"], {**look, "size": 6, "opacity": 0.4}, "markers"),
        ]
    drawn = figure(traces, 480, showlegend=True, legend=LEGEND)
    ticks = [_stretched(recall) for recall in RECALLS]
    words = [f"{recall:g}" for recall in RECALLS[:-1]]
    drawn.update_xaxes(tickvals=ticks, ticktext=[*words, "1"], title=f"Recall@{bench['k']}")
    drawn.update_yaxes(**decades([row["qps"] for row in bench["rows"]]))
    drawn.update_yaxes(title="Queries per second")
    return drawn


LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "itemsizing": "constant"}
RECALLS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)  # what is above stands at the last one


def _stretched(recall: float) -> float:
    return -log10(1 - min(recall, RECALLS[-1]))


def _look(bench: dict[str, Any], name: str) -> dict[str, Any]:
    """An engine's marker, the same in all plots."""
    names = dict.fromkeys(row["engine"] for row in [*bench["rows"], *bench.get("growth", ())])
    return {**style(list(names).index(name)), "size": 9}


def _settings(name: str, rows: list[dict], k: int, look: dict, mode: str) -> go.Scatter:
    return go.Scatter(
        x=[_stretched(row[f"recall@{k}"]) for row in rows],
        y=[row["qps"] for row in rows],
        mode=mode,
        marker=look,
        line={"color": look["color"], "width": 1.8},
        name=safe(name),
        legendgroup=name,
        showlegend="lines" in mode,
        customdata=[_about(row, k) for row in rows],
        hovertemplate=f"<b>{safe(name)}</b><br>%{{customdata}}<extra></extra>",
    )


def _about(row: dict[str, Any], k: int) -> str:
    params = ", ".join(f"{safe(key)} {safe(value)}" for key, value in row["params"].items())
    return (
        f"recall {row[f'recall@{k}']:.4f}, {row['qps']:,.0f} queries/s, "
        f"{row['relative_qps']:,.3g} x exact<br>file {row['file_mb']:,.0f} MiB<br>{params}"
    )


def _by_engine(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [row for row in rows if row["engine"] == name]
        for name in dict.fromkeys(row["engine"] for row in rows)
    }


def _frontier(rows: list[dict[str, Any]], k: int) -> list[dict[str, Any]]:
    """The rows that none beats in recall and in speed, by rising recall."""
    kept: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row[f"recall@{k}"], row["qps"]), reverse=True):
        if not kept or row["qps"] > kept[-1]["qps"]:
            kept.append(row)
    return kept[::-1]


def growth(bench: dict[str, Any], quantity: str) -> go.Figure:
    """How a quantity (a key of GROWTH) grows with the number of vectors: a line per engine."""
    rows = bench["growth"]
    traces = [
        go.Scatter(
            x=[row["count"] for row in own],
            y=[row[quantity] for row in own],
            mode="lines+markers",
            marker=_look(bench, name),
            line={"color": _look(bench, name)["color"], "width": 1.8},
            name=safe(name),
            customdata=[f"{row[quantity]:,.4g}" for row in own],
            hovertemplate=f"<b>{safe(name)}</b><br>%{{x:,}} vectors: %{{customdata}}"
            f"<br>{GROWTH[quantity]}<extra></extra>",
        )
        for name, own in _by_engine(rows).items()
    ]
    drawn = figure(traces, 260, showlegend=True, legend=LEGEND)
    counts = sorted({row["count"] for row in rows})
    drawn.update_xaxes(type="log", tickvals=counts, tickformat="~s", title="Vectors")
    drawn.update_yaxes(**decades([row[quantity] for row in rows]), title=GROWTH[quantity])
    return drawn
