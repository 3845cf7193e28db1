"""The report's first paragraph: what an engineer may conclude, and no more.

One method is called better than another only where the interval of their paired difference leaves
out 0. Times have no interval, so they are stated as medians and compared by their ratio. All else
is said of these queries, not of others.
"""

from lookalike.evaluation import summary
from lookalike.evaluation.intervals import Interval
from lookalike.evaluation.render.text import metric_name, milliseconds, percent
from lookalike.evaluation.report import Report, SystemEntry, TwoStageEntry

FEW = 100  # queries; with fewer, the paragraph warns
ALIKE = 1.15  # ratio of medians up to which two methods count as equally fast
NEARLY = 0.99  # of what the better encoder reaches alone


def verdict(report: Report) -> list[str]:
    """Sentences of plain text; the first one names the best method."""
    said = [_quality(report), _fastest_of_best(report), _fastest(report)]
    said += [_short_list(report, pair) for pair in report.two_stage]
    said += [_hardest(report), _few(report)]
    return [sentence for sentence in said if sentence]


def _quality(report: Report) -> str:
    best, rest, tied = summary.best(report), _others(report), _tied(report)
    value = f"{_metric(report)} {best.metrics[report.metric]}"
    if not rest:
        return f"{_title(report, best)} finds {_sought(report)} with {value}."
    if tied:
        names = "any other method" if len(tied) == len(rest) > 1 else _either(report, tied)
        count = report.queries.count
        asked = "this one query does" if count == 1 else f"these {count:,} queries do"
        first = f"{_title(report, best)} comes out first, {value}"
        return f"{first}, but {asked} not tell it from {names}."
    gaps = [(gap, row) for row in rest if (gap := _gap(report, best, row))]
    if len(gaps) < len(rest):  # a method under another engine is not compared with this one
        return f"{_title(report, best)} comes out first, {value}."
    gap, second = min(gaps, key=lambda pair: pair[0].mean)
    return (
        f"{_title(report, best)} finds {_sought(report)} most often: {value}. "
        f"{_title(report, second)}, the next, is {gap} behind."
    )


def _fastest_of_best(report: Report) -> str:
    best = summary.best(report)
    soonest = summary.fastest([best, *_tied(report)])
    if soonest is best or best.median_ms < ALIKE * soonest.median_ms:
        return ""
    gap = _gap(report, best, soonest)
    return (
        f"Of these, {_title(report, soonest)} answers soonest: {_ms(soonest)} per query at the "
        f"median, against {_ms(best)} (difference in {_metric(report)} {gap})."
    )


def _fastest(report: Report) -> str:
    best, soonest = summary.best(report), summary.fastest(report.methods)
    if soonest is best:
        slower = [row for row in _others(report) if row.median_ms >= ALIKE * best.median_ms]
        clear = slower and len(slower) == len(_others(report))
        return f"It also answers soonest, {_ms(best)} at the median." if clear else ""
    if soonest in _tied(report) or best.median_ms < ALIKE * soonest.median_ms:
        return ""
    share, gap = soonest.median_ms / best.median_ms, _gap(report, best, soonest)
    price = f" and gives up {gap} of {_metric(report)}" if gap else ""
    return (
        f"{_title(report, soonest)} takes {_fraction(share)} of {_title(report, best)}'s time "
        f"({_ms(soonest)} against {_ms(best)} at the median){price}."
    )


def _short_list(report: Report, pair: TwoStageEntry) -> str:
    """The shortest list that comes close to the second method alone."""
    metric, alone = report.metric, pair.second_alone
    enough = NEARLY * alone.figures[metric]
    near = [point for point in pair.curve if point.figures[metric] >= enough]
    near = [point for point in near if point.ms_p50 < alone.ms_p50]
    if not near:
        return ""
    point = min(near, key=lambda point: point.n or 0)
    first, second = (summary.stage_title(report, name) for name in (pair.first, pair.second))
    return (
        f"{first} with its first {point.n:,} results put in order by {second} reaches "
        f"{point.figures[metric]:.3f} in {milliseconds(point.ms_p50)}; {second} alone, "
        f"{alone.figures[metric]:.3f} in {milliseconds(alone.ms_p50)}."
    )


def _hardest(report: Report) -> str:
    labels = summary.hardest(report, "class") if summary.groups(report, "class") else []
    if len(labels) < 2:
        return ""
    lowest, highest = (summary.average(report, "class", labels[at]) for at in (0, -1))
    if lowest == highest:
        return ""
    return (
        f"{labels[0]} is the hardest class here: {_metric(report)} {lowest:.2f} on average over "
        "the methods."
    )


def _few(report: Report) -> str:
    count = report.queries.count
    if count >= FEW:
        return ""
    asked = "query says" if count == 1 else "queries say"
    return f"{count} {asked} little about others: ask with more before deciding."


def _others(report: Report) -> list[SystemEntry]:
    best = summary.best(report)
    return [row for row in report.methods if row is not best]


def _tied(report: Report) -> list[SystemEntry]:
    """Those that were compared with the best one, and that the data do not tell from it."""
    best = summary.best(report)
    gaps = [(row, _gap(report, best, row)) for row in _others(report)]
    return [row for row, gap in gaps if gap and not gap.told_apart]


def _gap(report: Report, first: SystemEntry, second: SystemEntry) -> Interval | None:
    return summary.difference(report, first.name, second.name)


def _sought(report: Report) -> str:
    if report.relevance in ("qrels", "votes"):
        return "what was judged relevant"
    sought = "the right class" if report.relevance == "label" else f"the right {report.relevance}"
    return f"{sought} with another {report.other}" if report.other else sought


def _metric(report: Report) -> str:
    return metric_name(report.metric)


def _ms(row: SystemEntry) -> str:
    return milliseconds(row.median_ms)


def _title(report: Report, row: SystemEntry) -> str:
    return summary.titles(report)[row.name]


def _either(report: Report, rows: list[SystemEntry]) -> str:
    *head, last = [_title(report, row) for row in rows]
    return f"{', '.join(head)} or {last}" if head else last


def _fraction(share: float) -> str:
    """A share below 1 in words where a plain one is near: 0.34 is "a third"."""
    words = {0.5: "half", 1 / 3: "a third", 0.25: "a quarter", 0.2: "a fifth", 0.1: "a tenth"}
    near = min(words, key=lambda known: abs(known - share))
    return words[near] if abs(near - share) < 0.04 * near + 0.01 else percent(share)
