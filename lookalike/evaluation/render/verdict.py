"""The report's first paragraph: what an engineer may conclude, and no more.

One method is called better than another only where the interval of their paired difference leaves
out 0. Times have no interval, so they are stated as medians and compared by their ratio. All else
is said of these queries, not of others.
"""

from lookalike.evaluation import summary
from lookalike.evaluation.summary import Gap, Report, Row, median_ms, metric
from lookalike.settings import settings

FEW = 100  # queries; with fewer, the paragraph warns
ALIKE = 1.15  # ratio of medians up to which two methods count as equally fast
NEARLY = 0.99  # of what the better encoder reaches alone
ENOUGH = 0.98  # recall from which engines are compared


def verdict(report: Report) -> list[str]:
    """Sentences of plain text; the first one names the best method."""
    said = [_quality(report), _fastest_of_best(report), _fastest(report)]
    said += [_short_list(report, pair) for pair in report["two_stage"]]
    said += [_hardest(report), _few(report)]
    return [sentence for sentence in said if sentence]


def _quality(report: Report) -> str:
    best, rest, tied = summary.best(report), _others(report), _tied(report)
    value = f"{_metric(report)} {summary.interval(best['metrics'][metric(report)])}"
    if not rest:
        return f"{_title(report, best)} finds {_sought(report)} with {value}."
    if tied:
        names = "any other method" if len(tied) == len(rest) > 1 else _either(report, tied)
        count = report["queries"]["count"]
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
    if soonest is best or median_ms(best) < ALIKE * median_ms(soonest):
        return ""
    gap = _gap(report, best, soonest)
    return (
        f"Of these, {_title(report, soonest)} answers soonest: {_ms(soonest)} per query at the "
        f"median, against {_ms(best)} (difference in {_metric(report)} {gap})."
    )


def _fastest(report: Report) -> str:
    best, soonest = summary.best(report), summary.fastest(report["methods"])
    if soonest is best:
        slower = [row for row in _others(report) if median_ms(row) >= ALIKE * median_ms(best)]
        clear = slower and len(slower) == len(_others(report))
        return f"It also answers soonest, {_ms(best)} at the median." if clear else ""
    if soonest in _tied(report) or median_ms(best) < ALIKE * median_ms(soonest):
        return ""
    share, gap = median_ms(soonest) / median_ms(best), _gap(report, best, soonest)
    price = f" and gives up {gap} of {_metric(report)}" if gap else ""
    return (
        f"{_title(report, soonest)} takes {_fraction(share)} of {_title(report, best)}'s time "
        f"({_ms(soonest)} against {_ms(best)} at the median){price}."
    )


def _short_list(report: Report, pair: dict) -> str:
    """The shortest list that comes close to the second method alone."""
    key, alone = metric(report), pair["second_alone"]
    near = [point for point in pair["curve"] if point[key] >= NEARLY * alone[key]]
    near = [point for point in near if point["ms_p50"] < alone["ms_p50"]]
    if not near:
        return ""
    point = min(near, key=lambda point: point["n"])
    first, second = (summary.title(report, pair[at]) for at in ("first", "second"))
    return (
        f"{first} with its first {point['n']:,} results put in order by {second} reaches "
        f"{point[key]:.3f} in {summary.milliseconds(point['ms_p50'])}; {second} alone, "
        f"{alone[key]:.3f} in {summary.milliseconds(alone['ms_p50'])}."
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
    count = report["queries"]["count"]
    if count >= FEW:
        return ""
    asked = "query says" if count == 1 else "queries say"
    return f"{count} {asked} little about others: ask with more before deciding."


def _others(report: Report) -> list[Row]:
    best = summary.best(report)
    return [row for row in report["methods"] if row is not best]


def _tied(report: Report) -> list[Row]:
    """Those that were compared with the best one, and that the data do not tell from it."""
    best = summary.best(report)
    gaps = [(row, _gap(report, best, row)) for row in _others(report)]
    return [row for row, gap in gaps if gap and not gap.told_apart]


def _gap(report: Report, first: Row, second: Row) -> Gap | None:
    return summary.difference(report, first["name"], second["name"], metric(report))


def _sought(report: Report) -> str:
    relevance = report["relevance"]
    if relevance == "label":
        return "the right class"
    judged = relevance in ("qrels", "votes")
    return "what was judged relevant" if judged else f"the right {relevance}"


def _metric(report: Report) -> str:
    return summary.name(metric(report))


def _ms(row: Row) -> str:
    return summary.milliseconds(median_ms(row))


def _title(report: Report, row: Row) -> str:
    return summary.titles(report)[row["name"]]


def _either(report: Report, rows: list[Row]) -> str:
    *head, last = [_title(report, row) for row in rows]
    return f"{', '.join(head)} or {last}" if head else last


def _fraction(share: float) -> str:
    """A share below 1 in words where a plain one is near: 0.34 is "a third"."""
    words = {0.5: "half", 1 / 3: "a third", 0.25: "a quarter", 0.2: "a fifth", 0.1: "a tenth"}
    near = min(words, key=lambda known: abs(known - share))
    return words[near] if abs(near - share) < 0.04 * near + 0.01 else summary.percent(share)


def engines(bench: dict) -> list[str]:
    """What an engines.json says: the fastest engine of enough recall, and the usual one."""
    recall = f"recall@{bench['k']}"
    good = [row for row in bench["rows"] if row[recall] >= ENOUGH and row["engine"] != "exact"]
    if not good:
        return [f"No engine but exact search reaches a {recall} of {ENOUGH}."]
    fastest = max(good, key=lambda row: row["qps"])
    said = [
        f"{fastest['engine']} answers the most queries a second of those with a {recall} of "
        f"{ENOUGH} or better: {fastest['qps']:,.0f}, {fastest['relative_qps']:,.3g} times as many "
        f"as exact search, at {fastest[recall]:.3f}."
    ]
    usual = [row for row in good if row["engine"] == settings().engine]
    if usual and fastest not in usual:
        row = max(usual, key=lambda row: row["qps"])
        said.append(
            f"{row['engine']}, the default, answers {row['qps']:,.0f} at {row[recall]:.3f}, "
            f"{row['relative_qps']:,.3g} times as many as exact search."
        )
    return said
