"""The report's tables: what stands in each cell, and what it sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.evaluation import summary
from lookalike.evaluation.intervals import Interval
from lookalike.evaluation.render.text import metric_name, milliseconds, parameters, percent
from lookalike.evaluation.report import (
    ChangedFigures,
    FirstHit,
    Percentiles,
    Report,
    Robustness,
    Step,
    SystemEntry,
)

STEPS: tuple[Step, ...] = ("encode", "search", "rerank", "total")
SAME_AS_PRECISION = "success@1"  # it is precision@1 by another name


@dataclass(frozen=True)
class Column:
    """A heading; `hint` explains it to whoever points at it."""

    title: str
    hint: str = ""
    words: bool = False  # texts stand left and sort by letter, numbers right and by size


@dataclass(frozen=True)
class Cell:
    """What a cell shows and sorts by; the detail stands below, in small."""

    text: str
    sort: float | str
    detail: str = ""


UNKNOWN = Cell("–", -1.0)  # what was not measured


@dataclass(frozen=True)
class Table:
    """Rows of one cell per column; the first cell names the row."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def quality(report: Report) -> Table:
    """A row per method: every metric with its interval, and the mean rank of the first hit."""
    every = {name: None for row in report.methods for name in row.metrics}  # in their order
    metrics = [name for name in every if name != SAME_AS_PRECISION]
    columns = [Column("Method", words=True)]
    columns += [Column(metric_name(metric), _MEANING.get(_stem(metric), "")) for metric in metrics]
    columns += [Column("First hit", "Mean rank of the first relevant result, where one was found")]
    titles = summary.titles(report)
    rows = [
        [
            words(titles[row.name]),
            *(_interval(row.metrics.get(metric)) for metric in metrics),
            _first_hit(row.first_hit, report.depth),
        ]
        for row in report.methods
    ]
    level = percent(report.level)
    return Table(f"Quality, with {level} intervals over the queries", columns, rows)


_MEANING = {
    "precision": "Share of the first results that is relevant",
    "recall": "Share of all relevant items that is among the first results",
    "map": "Mean average precision over the ranks that were looked at",
    "map@r": "Mean average precision over the first R ranks, R being all that is relevant",
    "r_precision": "Precision at R, R being all that is relevant",
    "ndcg": "Gain discounted by rank, over that of the best order",
    "mrr": "Mean of 1 / rank of the first relevant result",
    "success": "Share of the queries with something relevant among the first results",
    "judged_precision": "Share of the judged results that is relevant",
    "judged_map": "Mean average precision of the judged results alone",
    "judged_ndcg": "Gain discounted by rank, of the judged results alone",
    "judged_mrr": "Mean of 1 / rank of the first relevant among the judged results",
    "bpref": "How seldom an irrelevant result stands above a relevant one",
}


def _stem(metric: str) -> str:
    return metric if metric in _MEANING else metric.partition("@")[0]


def words(text: str, detail: str = "") -> Cell:
    """A cell that sorts by letter."""
    return Cell(text, text, detail)


def _interval(value: Interval | None) -> Cell:
    if value is None:  # by votes: nothing that was asked of this method has a relevant item
        return UNKNOWN
    digits = 3 if value.mean >= 0.1 else 4  # recall@10 of large classes is that small
    mean, low, high = (f"{end:.{digits}f}" for end in (value.mean, value.low, value.high))
    return Cell(mean, value.mean, f"{low}–{high}")


def _first_hit(found: FirstHit, depth: int) -> Cell:
    if not found.found or found.mean_rank is None:
        return Cell("–", depth + 1, "none found")
    return Cell(
        f"{found.mean_rank:.2f}",
        found.mean_rank,
        f"{percent(found.found, 1)} found",
    )


def times(report: Report) -> Table:
    """A row per method: each step's median and 95th percentile, and what was searched with."""
    columns = [Column("Method", words=True)]
    steps = [step for step in STEPS if step in report.methods[0].ms]
    columns += [Column(step.title(), "Median, and 95th percentile below it") for step in steps]
    columns += [Column("Dimension", "Of the indexed vectors, and of those that the method gives")]
    columns += [
        Column(
            "Engine recall",
            "Share of the nearest vectors that the engine finds: of 10, and of all that are ranked",
        )
    ]
    columns += [Column("Engine", words=True), Column("Weights", words=True)]
    titles = summary.titles(report)
    rows = [
        [
            words(titles[row.name]),
            *(_step(row.ms[step]) for step in steps),
            _dimension(row),
            _recall(row, report.depth),
            words(row.engine, parameters(row.params)),
            words(row.weights),
        ]
        for row in report.methods
    ]
    return Table("Milliseconds per query, one query at a time", columns, rows)


def _step(ms: Percentiles) -> Cell:
    if not ms.p95:
        return Cell("–", 0.0)
    return Cell(_ms(ms.p50), ms.p50, f"p95 {_ms(ms.p95)}")


def _ms(ms: float) -> str:
    return milliseconds(ms).split()[0]


def _dimension(row: SystemEntry) -> Cell:
    encoded, indexed = row.encoded_dimension, row.dimension
    if indexed is None:
        return UNKNOWN
    return Cell(
        f"{indexed:,}", indexed, f"from {encoded:,}" if encoded not in (None, indexed) else ""
    )


def _recall(row: SystemEntry, depth: int) -> Cell:
    near, deep = row.engine_recall(10), row.engine_recall(depth)
    if near is None:
        return UNKNOWN
    detail = f"{deep:.3f} of {depth:,}" if deep is not None and depth != 10 else ""
    return Cell(f"{near:.3f}", near, detail)


def differences(report: Report) -> Table:
    """A row per pair of methods and metric: the paired difference and what it tells."""
    names = summary.titles(report)
    columns = [Column("Pair", words=True), Column("Metric", words=True)]
    columns += [Column("Difference"), Column("Low"), Column("High"), Column("Says", words=True)]
    rows = []
    for row in report.differences:
        first, second = names[row.first], names[row.second]
        gap = row.gap
        better = first if gap.mean > 0 else second
        says = f"{better} is better" if gap.told_apart else "not told apart"
        pair, metric = f"{first} − {second}", metric_name(row.metric)
        numbers = [Cell(_signed(value), value) for value in (gap.mean, gap.low, gap.high)]
        rows.append([words(pair), words(metric), *numbers, words(says)])
    return Table("Every pair, paired by query", columns, rows)


def robustness(part: Robustness) -> Table:
    """A row per method: precision@k of the queries as they are, and by how they were changed."""
    columns = [Column("Method", words=True), Column("Unchanged")]
    columns += [
        Column(change.title, "Below: what that loses, query by query") for change in part.changes
    ]
    rows = [
        [
            words(row.title),
            _interval(row.unchanged),
            *(_changed(row.changes[change.name]) for change in part.changes),
        ]
        for row in part.rows
    ]
    caption = f"{metric_name(part.metric)} of {part.queries:,} queries, as they are changed"
    return Table(caption, columns, rows)


def calibration(report: Report) -> Table:
    """A row per calibrated method: its expected calibration error, and its good matches."""
    columns = [
        Column("Method", words=True),
        Column(
            "Error", "Expected calibration error: mean gap between probability and what is right"
        ),
        Column("Good matches", "Share of the queries whose best result is called a good match"),
        Column("Right of these", "Share of the good matches that is right"),
        Column("Right of the others", "Share of the other best results that is right"),
    ]
    titles = summary.titles(report)
    rows = []
    for entry in report.methods:
        if found := entry.calibration:
            good = found.good_matches
            shares = [_share(one) for one in (good.share, good.right, good.others_right)]
            error = Cell(f"{found.expected_error:.3f}", found.expected_error)
            rows.append([words(titles[entry.name]), error, *shares])
    return Table("How far probabilities are from what comes true", columns, rows)


def _share(value: float | None) -> Cell:
    return UNKNOWN if value is None else Cell(percent(value), value)


def _changed(found: ChangedFigures) -> Cell:
    return Cell(f"{found.mean:.3f}", found.mean, f"loses {found.loss}")


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
