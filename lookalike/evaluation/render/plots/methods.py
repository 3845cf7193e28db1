"""Figures of a report: how the methods compare."""

from collections.abc import Sequence
from dataclasses import replace

from lookalike.evaluation import summary
from lookalike.evaluation.render.text import metric_name, milliseconds
from lookalike.evaluation.report import FirstHit, Report, StageFigures, TwoStageEntry
from lookalike.plotting import Bars, Chart, Histograms, Look, Series, decades, look, names, shares
from lookalike.plotting.svg import short

LATENCY = "Milliseconds per query"


def quality_against_latency(report: Report) -> Chart:
    """The metric of each system against the median milliseconds that a query takes.

    Whiskers: the interval of the metric, and from the median to the 95th percentile.
    """
    series = [_point(report, position) for position in range(len(report.methods))]
    ms = [spent for one in series for ends in one.x_ends for spent in ends]
    ends = [end for one in series for pair in one.y_ends for end in pair]
    return Chart(decades(LATENCY, ms), shares(metric_name(report.metric), ends), series, 420)


def _point(report: Report, position: int) -> Series:
    entry = report.methods[position]
    value, ms = entry.metrics[report.metric], entry.ms["total"]
    title = summary.titles(report)[entry.name]
    says = (
        f"{title}\n{metric_name(report.metric)} {value}\n{milliseconds(ms.p50)} per query; 95 of "
        f"100 take at most {milliseconds(ms.p95)}"
    )
    return Series(
        [ms.p50], [value.mean], [says], look(position), words=[title],
        x_ends=[(ms.p50, ms.p95)], y_ends=[(value.low, value.high)],
    )  # fmt: skip


def differences(report: Report) -> Chart:
    """How far each system's metric lies from the best one's, query by query.

    A hollow mark: the interval holds 0, so the data do not tell the two apart.
    """
    best, titles = summary.best(report), summary.titles(report)
    found = [
        (look(position), titles[entry.name], gap)
        for position, entry in enumerate(report.methods)
        if (gap := summary.difference(report, entry.name, best.name))
    ]
    series = [
        Series(
            [gap.mean],
            [place],
            [
                f"{title} less {titles[best.name]}\n{gap}\n"
                f"{'told apart' if gap.told_apart else 'not told apart'}"
            ],
            replace(mark, shape="circle", hollow=not gap.told_apart),
            x_ends=[(gap.low, gap.high)],
        )
        for place, (mark, title, gap) in enumerate(found)
    ]
    ends = [0.0, *(end for _, _, gap in found for end in (gap.low, gap.high))]
    across = shares(f"{metric_name(report.metric)}, less that of {short(titles[best.name])}", ends)
    rows = names([title for _, title, _ in found])
    return Chart(across, rows, series, 90 + 38 * len(found), upright=0)


def first_hits(report: Report) -> Histograms:
    """A histogram per system: at which rank the first relevant result stands."""
    titles = summary.titles(report)
    rows = [
        _bars(titles[entry.name], entry.first_hit, look(position).colour)
        for position, entry in enumerate(report.methods)
    ]
    histogram = report.methods[0].first_hit.histogram
    bins = [_bin(low, high, report.depth) for low, high, _ in histogram]
    return Histograms(rows, bins, "Rank of the first relevant result")


def _bars(title: str, found: FirstHit, colour: str) -> Bars:
    total = sum(count for _, _, count in found.histogram) or 1
    says = [
        f"{title}\n{_ranks(low, high)}: {count:,} of {total:,} queries"
        for low, high, count in found.histogram
    ]
    return Bars(title, [count / total for _, _, count in found.histogram], says, colour)


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


def two_stage(report: Report) -> Chart:
    """What a second look at a short list of N costs and brings: a line per pair of methods."""
    series = [
        one
        for position, pair in enumerate(report.two_stage)
        for one in _curve(report, pair, look(position))
    ]
    return Chart(
        decades(LATENCY, [x for one in series for x in one.x]),
        shares(metric_name(report.metric), [y for one in series for y in one.y]),
        series,
    )


def _curve(report: Report, pair: TwoStageEntry, mark: Look) -> list[Series]:
    """The line with the short lists' lengths along it, and each stage alone."""
    first, second = (summary.stage_title(report, name) for name in (pair.first, pair.second))
    dot = replace(mark, shape="circle", radius=3.5)
    says = [f"{first}, then {second}\nshort list of {point.n:,}" for point in pair.curve]
    line = _stages(report, pair.curve, says, [f"{point.n:,}" for point in pair.curve], dot)
    alone = [
        _stages(
            report, [figures], [f"{title} alone"], [f"{title} alone"],
            replace(mark, shape="diamond", hollow=True),
        )
        for title, figures in ((first, pair.first_alone), (second, pair.second_alone))
    ]  # fmt: skip
    return [replace(line, joined=True), *alone]


def _stages(
    report: Report,
    found: Sequence[StageFigures],
    says: Sequence[str],
    words: Sequence[str],
    mark: Look,
) -> Series:
    metric = metric_name(report.metric)
    values = [one.figures[report.metric] for one in found]
    return Series(
        [one.ms_p50 for one in found],
        values,
        [
            f"{said}: {metric} {value:.3f}, {one.ms_p50:.1f} ms"
            for said, value, one in zip(says, values, found, strict=True)
        ],
        mark,
        words=words,
    )
