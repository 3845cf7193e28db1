"""Figures of a report.json: how the methods compare."""

from math import log10
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lookalike.evaluation import summary
from lookalike.evaluation.render.plots.base import (
    COLOURS,
    decades,
    dress,
    figure,
    names_axis,
    safe,
    share_axis,
    short,
    style,
    whiskers,
)
from lookalike.evaluation.render.plots.labels import places, shares, spaced
from lookalike.evaluation.summary import Report


def quality_against_latency(report: Report) -> go.Figure:
    """Precision@k of each method against the median milliseconds that a query takes.

    Whiskers: the interval of the precision, and from the median to the 95th percentile.
    """
    metric, rows = summary.metric(report), report["methods"]
    x = [row["ms"]["total"]["p50"] for row in rows]
    y = [row["metrics"][metric]["mean"] for row in rows]
    sides = places([log10(max(ms, 1e-3)) for ms in x], y, list(summary.titles(report).values()))
    traces = [_point(report, position, side) for position, side in enumerate(sides)]
    drawn = figure(traces, 420)
    drawn.update_xaxes(**decades([*x, *(row["ms"]["total"]["p95"] for row in rows)]))
    drawn.update_xaxes(title="Milliseconds per query")
    ends = [row["metrics"][metric][end] for row in rows for end in ("low", "high")]
    drawn.update_yaxes(title=summary.name(metric), **share_axis(ends))
    return drawn


def _point(report: Report, position: int, side: str) -> go.Scatter:
    row = report["methods"][position]
    value, ms = row["metrics"][summary.metric(report)], row["ms"]["total"]
    look, title = style(position), summary.titles(report)[row["name"]]
    line = {"color": look["color"]}
    return go.Scatter(
        x=[ms["p50"]],
        y=[value["mean"]],
        error_x={**whiskers(ms["p50"], ms["p50"], ms["p95"]), **line},
        error_y={**whiskers(value["mean"], value["low"], value["high"]), **line},
        mode="markers+text",
        marker=look,
        text=short(title),
        textposition=side,
        cliponaxis=False,
        hovertemplate=f"<b>{safe(title)}</b><br>{_metric(report)} {summary.interval(value)}<br>"
        f"{summary.milliseconds(ms['p50'])} per query; 95 of 100 take at most "
        f"{summary.milliseconds(ms['p95'])}<extra></extra>",
    )


def _metric(report: Report) -> str:
    return summary.name(summary.metric(report))


def differences(report: Report) -> go.Figure:
    """How far each method's precision@k lies from the best one's, query by query.

    A hollow mark: the interval holds 0, so the data do not tell the two apart.
    """
    best, titles = summary.best(report), summary.titles(report)
    found = [
        (position, row["name"], gap)
        for position, row in enumerate(report["methods"])
        if (gap := _gap(report, row["name"], best["name"]))
    ]
    traces = [
        go.Scatter(
            x=[gap.mean],
            y=[place],
            error_x={**whiskers(gap.mean, gap.low, gap.high), "color": style(position)["color"]},
            mode="markers",
            marker={**style(position), "symbol": "circle" if gap.told_apart else "circle-open"},
            hovertemplate=f"<b>{safe(titles[name])} less {safe(titles[best['name']])}</b><br>{gap}"
            f"<br>{'told apart' if gap.told_apart else 'not told apart'}<extra></extra>",
        )
        for place, (position, name, gap) in enumerate(found)
    ]
    drawn = figure(traces, 90 + 38 * len(found))
    drawn.add_vline(x=0, line={"width": 1.5, "dash": "dot", "color": COLOURS[7]})
    drawn.update_xaxes(title=f"{_metric(report)}, less that of {short(titles[best['name']])}")
    drawn.update_xaxes(tickformat=".2f", nticks=7)
    drawn.update_yaxes(**names_axis([titles[name] for _, name, _ in found]), autorange="reversed")
    return drawn


def _gap(report: Report, first: str, second: str) -> summary.Gap | None:
    return summary.difference(report, first, second, summary.metric(report))


def first_hits(report: Report) -> go.Figure:
    """A histogram per method: at which rank the first relevant result stands."""
    rows, titles = report["methods"], summary.titles(report)
    drawn = make_subplots(len(rows), 1, shared_xaxes=True, vertical_spacing=0.012)
    for position, row in enumerate(rows):
        bars = _bars(titles[row["name"]], row["first_hit"]["histogram"], style(position)["color"])
        drawn.add_trace(bars, row=position + 1, col=1)
    dress(drawn, 70 + 62 * len(rows))
    drawn.update_layout(bargap=0.12)
    bins = [_bin(low, high, report["depth"]) for low, high, _ in rows[0]["first_hit"]["histogram"]]
    drawn.update_xaxes(**names_axis(bins), tickfont={"size": 11.5})
    drawn.update_xaxes(title="Rank of the first relevant result", row=len(rows))
    drawn.update_yaxes(range=[0, 1.45], tickvals=[0.5], showgrid=False)
    for position, row in enumerate(rows, 1):
        drawn.update_yaxes(ticktext=[short(titles[row["name"]])], row=position)
    return drawn


def _bars(title: str, histogram: list[list[int]], colour: str) -> go.Bar:
    counts = [count for _, _, count in histogram]
    total = sum(counts) or 1
    return go.Bar(
        x=list(range(len(counts))),
        y=[count / total for count in counts],
        marker_color=colour,
        text=[_share(count / total) for count in counts],
        textposition="outside",
        textangle=0,
        textfont={"size": 10.5},
        cliponaxis=False,
        customdata=[[_ranks(low, high), f"{count:,}"] for low, high, count in histogram],
        hovertemplate=f"<b>{safe(title)}</b><br>%{{customdata[0]}}: %{{customdata[1]}} "
        f"of {total:,} queries<extra></extra>",
    )


def _bin(low: int, high: int, depth: int) -> str:
    if not low:
        return "none"
    if low == high:
        return f"{low:,}"
    return f"{low:,}+" if high >= depth else f"{low:,}–{high:,}"


def _ranks(low: int, high: int) -> str:
    if not low:
        return "nothing relevant found"
    return f"rank {low:,}" if low == high else f"ranks {low:,} to {high:,}"


def _share(share: float) -> str:
    """As the page's bars have room for: no sign of per cent; "" for none."""
    if not share:
        return ""
    return f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * max(share, 0.001):.1f}%"


def two_stage(report: Report) -> go.Figure:
    """What a second look at a short list of N costs and brings: a line per pair of methods."""
    traces: list[Any] = []
    for position, pair in enumerate(report["two_stage"]):
        traces += _curve(report, pair, style(position)["color"])
    drawn = figure(traces, 400)
    drawn.update_xaxes(**decades([x for trace in traces for x in trace.x]))
    drawn.update_xaxes(title="Milliseconds per query")
    drawn.update_yaxes(
        title=_metric(report), **share_axis([y for trace in traces for y in trace.y])
    )
    return drawn


def _curve(report: Report, pair: dict[str, Any], colour: str) -> list[go.Scatter]:
    metric, points = summary.metric(report), pair["curve"]
    first, second = (summary.title(report, pair[at]) for at in ("first", "second"))
    line = go.Scatter(
        x=[point["ms_p50"] for point in points],
        y=[point[metric] for point in points],
        mode="lines+markers+text",
        line={"color": colour, "width": 2},
        marker={"size": 8},
        text=_sizes(pair, metric),
        textposition="bottom right",
        cliponaxis=False,
        customdata=[f"{point['n']:,}" for point in points],
        hovertemplate=f"<b>{safe(first)}, then {safe(second)}</b><br>short list of "
        f"%{{customdata}}: {_metric(report)} %{{y:.3f}}, %{{x:.1f}} ms<extra></extra>",
    )
    alone = [
        go.Scatter(
            x=[pair[f"{at}_alone"]["ms_p50"]],
            y=[pair[f"{at}_alone"][metric]],
            mode="markers+text",
            marker={"symbol": "diamond-open", "size": 12, "color": colour, "line": {"width": 2}},
            text=f"{short(title)} alone",
            textposition="top center",
            cliponaxis=False,
            hovertemplate=f"<b>{safe(title)} alone</b><br>{_metric(report)} %{{y:.3f}}, "
            "%{x:.1f} ms<extra></extra>",
        )
        for at, title in (("first", first), ("second", second))
    ]
    return [line, *alone]


def _sizes(pair: dict[str, Any], metric: str) -> list[str]:
    """The short lists' lengths along the line, without those that would cover each other."""
    points = [*pair["curve"], pair["first_alone"], pair["second_alone"]]
    x = shares([log10(max(point["ms_p50"], 1e-3)) for point in points])
    named = spaced(x[:-2], shares([point[metric] for point in points])[:-2])
    return [
        f"{point['n']:,}" if fits else "" for point, fits in zip(pair["curve"], named, strict=True)
    ]
