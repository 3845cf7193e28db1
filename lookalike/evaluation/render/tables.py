"""The report's tables: what stands in each cell, and what it sorts by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.evaluation import summary
from lookalike.evaluation.summary import Report

STEPS = ("encode", "search", "rerank", "total")
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
    every = {name: None for row in report["methods"] for name in row["metrics"]}  # in their order
    metrics = [name for name in every if name != SAME_AS_PRECISION]
    columns = [Column("Method", words=True)]
    columns += [Column(summary.name(metric), _MEANING.get(_stem(metric), "")) for metric in metrics]
    columns += [Column("First hit", "Mean rank of the first relevant result, where one was found")]
    titles = summary.titles(report)
    rows = [
        [
            _words(titles[row["name"]]),
            *(_interval(row["metrics"].get(metric)) for metric in metrics),
            _first_hit(row, report["depth"]),
        ]
        for row in report["methods"]
    ]
    level = summary.percent(report["level"])
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


def _words(text: str, detail: str = "") -> Cell:
    return Cell(text, text, detail)


def _interval(value: dict[str, float] | None) -> Cell:
    if value is None:  # by votes: nothing that was asked of this method has a relevant item
        return UNKNOWN
    digits = 3 if value["mean"] >= 0.1 else 4  # recall@10 of large classes is that small
    mean, low, high = (f"{value[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return Cell(mean, value["mean"], f"{low}–{high}")


def _first_hit(row: dict[str, Any], depth: int) -> Cell:
    found = row["first_hit"]
    if not found["found"]:
        return Cell("–", depth + 1, "none found")
    return Cell(
        f"{found['mean_rank']:.2f}",
        found["mean_rank"],
        f"{summary.percent(found['found'], 1)} found",
    )


def times(report: Report) -> Table:
    """A row per method: each step's median and 95th percentile, and what was searched with."""
    columns = [Column("Method", words=True)]
    steps = [step for step in STEPS if step in report["methods"][0]["ms"]]
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
            _words(titles[row["name"]]),
            *(_step(row["ms"][step]) for step in steps),
            _dimension(row),
            _recall(row, report["depth"]),
            _words(row["engine"], _params(row["params"])),
            _words(row["weights"]),
        ]
        for row in report["methods"]
    ]
    return Table("Milliseconds per query, one query at a time", columns, rows)


def _step(ms: dict[str, float]) -> Cell:
    if not ms["p95"]:
        return Cell("–", 0.0)
    return Cell(_ms(ms["p50"]), ms["p50"], f"p95 {_ms(ms['p95'])}")


def _ms(ms: float) -> str:
    return summary.milliseconds(ms).split()[0]


def _dimension(row: dict[str, Any]) -> Cell:
    encoded, indexed = row["encoded_dimension"], row["dimension"]
    if indexed is None:
        return UNKNOWN
    return Cell(f"{indexed:,}", indexed, f"from {encoded:,}" if encoded != indexed else "")


def _recall(row: dict[str, Any], depth: int) -> Cell:
    near, deep = row.get("engine_recall@10"), row.get(f"engine_recall@{depth}")
    if near is None:
        return UNKNOWN
    detail = f"{deep:.3f} of {depth:,}" if deep is not None and depth != 10 else ""
    return Cell(f"{near:.3f}", near, detail)


def _params(params: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in params.items())


def differences(report: Report) -> Table:
    """A row per pair of methods and metric: the paired difference and what it tells."""
    names = summary.titles(report)
    columns = [Column("Pair", words=True), Column("Metric", words=True)]
    columns += [Column("Difference"), Column("Low"), Column("High"), Column("Says", words=True)]
    rows = []
    for row in report["differences"]:
        first, second = names[row["first"]], names[row["second"]]
        gap = summary.Gap(row["mean"], row["low"], row["high"])
        better = first if gap.mean > 0 else second
        says = f"{better} is better" if gap.told_apart else "not told apart"
        pair, metric = f"{first} − {second}", summary.name(row["metric"])
        numbers = [Cell(_signed(value), value) for value in (gap.mean, gap.low, gap.high)]
        rows.append([_words(pair), _words(metric), *numbers, _words(says)])
    return Table("Every pair, paired by query", columns, rows)


def robustness(report: Report) -> Table:
    """A row per method: precision@k of the queries as they are, and by how they were changed."""
    part = report["robustness"]
    columns = [Column("Method", words=True), Column("Unchanged")]
    columns += [
        Column(change["title"], "Below: what that loses, query by query")
        for change in part["changes"]
    ]
    rows = [
        [
            _words(row["title"]),
            _interval(row["unchanged"]),
            *(_changed(row["changes"][change["name"]]) for change in part["changes"]),
        ]
        for row in part["rows"]
    ]
    caption = f"{summary.name(part['metric'])} of {part['queries']:,} queries, as they are changed"
    return Table(caption, columns, rows)


def _changed(found: dict[str, Any]) -> Cell:
    return Cell(f"{found['mean']:.3f}", found["mean"], f"loses {summary.Gap(**found['loss'])}")


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def engines(bench: dict[str, Any]) -> Table:
    """A row per engine and setting of an engines.json."""
    recall = f"recall@{bench['k']}"
    columns = [Column("Engine", words=True), Column("Setting", words=True), Column(recall.title())]
    columns += [Column("Queries/s", f"Exact search: {bench['exact_qps']:,.0f} a second")]
    columns += [Column("x exact"), Column("Build, s"), Column("File, MiB"), Column("Memory, MiB")]
    columns += [Column("Bytes a vector")]
    rows = [
        [
            _words(row["engine"]),
            _words(_params(row["params"])),
            Cell(f"{row[recall]:.4f}", row[recall]),
            Cell(f"{row['qps']:,.0f}", row["qps"]),
            Cell(f"{row['relative_qps']:,.3g}", row["relative_qps"]),
            Cell(f"{row['build_s']:,.1f}", row["build_s"]),
            Cell(f"{row['file_mb']:,.0f}", row["file_mb"]),
            Cell(f"{row['memory_mb']:,.0f}", row["memory_mb"]),
            Cell(f"{row['bytes_per_vector']:,.0f}", row["bytes_per_vector"]),
        ]
        for row in bench["rows"]
    ]
    return Table("Every setting", columns, rows)
