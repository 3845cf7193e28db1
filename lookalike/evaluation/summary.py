"""What the numbers of a report.json say: which method leads, by how much, and how surely."""

from dataclasses import dataclass
from statistics import mean
from typing import Any, TypeAlias

Report: TypeAlias = dict[str, Any]
Row: TypeAlias = dict[str, Any]  # one of report["methods"]: a method under an engine

_NAMES = {
    "precision": "P",
    "recall": "Recall",
    "map": "mAP",
    "map@r": "MAP@R",
    "r_precision": "R-precision",
    "ndcg": "nDCG",
    "mrr": "MRR",
    "success": "Top",
    "judged_precision": "Judged precision",
    "judged_map": "Judged mAP",
    "judged_ndcg": "Judged nDCG",
    "judged_mrr": "Judged MRR",
}


@dataclass(frozen=True)
class Gap:
    """How far one method lies above another, with the interval of the paired difference."""

    mean: float
    low: float
    high: float

    @property
    def told_apart(self) -> bool:
        """Whether the interval leaves out 0. One of no width says nothing, as of a single query."""
        return self.low < self.high and (self.low > 0 or self.high < 0)

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]".replace("-", "−")


def metric(report: Report) -> str:
    """The metric that the report compares by: precision at its own k, unless it says another."""
    return report.get("metric", f"precision@{report['k']}")


def name(metric: str) -> str:
    """A metric as tables and plots call it: "P@10", "mAP", "nDCG@10", "Top 5"."""
    stem, at, cut = metric.partition("@")
    if metric in _NAMES or not at:
        return _NAMES.get(metric, metric)
    return f"{_NAMES.get(stem, stem)}{' ' if stem == 'success' else '@'}{cut}"


def interval(value: dict[str, float]) -> str:
    """ "0.929 [0.914, 0.943]" """
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def milliseconds(ms: float) -> str:
    """A duration to three digits: "0.21 ms", "12.5 ms", "1,240 ms"; its space breaks no line."""
    digits = 0 if ms >= 100 else 1 if ms >= 10 else 2
    return f"{ms:,.{digits}f}\N{NO-BREAK SPACE}ms"


def class_mean(row: Row, metric: str) -> float | None:
    """A row's metric averaged over the classes, each of them counting alike; None without any."""
    classes = row["groups"].get("class", {}).values()
    return mean(values[metric] for values in classes) if classes else None


def percent(share: float, digits: int = 0) -> str:
    """A share in hundreds: "95 %", the space of which breaks no line."""
    return f"{share:.{digits}%}".replace("%", "\N{NO-BREAK SPACE}%")


def titles(report: Report) -> dict[str, str]:
    """What each row is called, by its name; with its engine where there are several."""
    rows = report["methods"]
    several = len({row["engine"] for row in rows}) > 1
    return {
        row["name"]: f"{row['title']} ({row['engine']})" if several else row["title"]
        for row in rows
    }


def compared(report: Report) -> str:
    """What the report compares: "7 methods", "2 methods under 3 engines"."""
    rows = report["methods"]
    methods, engines = (len({row[key] for row in rows}) for key in ("method", "engine"))
    said = "1 method" if methods == 1 else f"{methods} methods"
    return said if engines == 1 else f"{said} under {engines} engines"


def title(report: Report, name: str) -> str:
    """What a stage of a two-stage search is called: a row's title, or its own name."""
    found = [row["title"] for row in report["methods"] if name in (row["name"], row["method"])]
    return found[0] if found else name


def best(report: Report) -> Row:
    """The method whose precision@k is highest; the first of those that agree."""
    return max(report["methods"], key=lambda row: row["metrics"][metric(report)]["mean"])


def fastest(rows: list[Row]) -> Row:
    """The method whose median query takes the shortest."""
    return min(rows, key=median_ms)


def median_ms(row: Row) -> float:
    """Of a whole query."""
    return row["ms"]["total"]["p50"]


def difference(report: Report, first: str, second: str, metric: str) -> Gap | None:
    """`first` less `second`, by their names; None when the report does not compare them."""
    for row in report["differences"]:
        if row["metric"] == metric and (row["first"], row["second"]) == (first, second):
            return Gap(row["mean"], row["low"], row["high"])
        if row["metric"] == metric and (row["first"], row["second"]) == (second, first):
            return Gap(-row["mean"], -row["high"], -row["low"])
    return None


def groups(report: Report, kind: str) -> list[str]:
    """The classes (or "parent" classes) that there are figures of."""
    return list(report["methods"][0]["groups"].get(kind, ()))


def hardest(report: Report, kind: str) -> list[str]:
    """The same, by rising precision@k over all methods."""
    return sorted(groups(report, kind), key=lambda group: average(report, kind, group))


def average(report: Report, kind: str, group: str) -> float:
    """Precision@k in one group, the mean over the methods."""
    return mean(row["groups"][kind][group][metric(report)] for row in report["methods"])
