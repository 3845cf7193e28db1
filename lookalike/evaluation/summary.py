"""What the numbers of a report say: which method leads, by how much, and how surely."""

from collections.abc import Sequence
from statistics import mean

from lookalike.evaluation.intervals import Interval
from lookalike.evaluation.report import Calibrated, Grouping, Report, SystemEntry


def class_mean(entry: SystemEntry, metric: str) -> float | None:
    """A metric averaged over the classes, each of them counting alike; None without any."""
    classes = entry.groups.get("class", {}).values()
    return mean(one.figures[metric] for one in classes) if classes else None


def titles(report: Report) -> dict[str, str]:
    """What each system is called, by its name; with its engine where there are several."""
    several = len({entry.engine for entry in report.methods}) > 1
    return {
        entry.name: f"{entry.title} ({entry.engine})" if several else entry.title
        for entry in report.methods
    }


def compared(report: Report) -> str:
    """What the report compares: "7 methods", "2 methods under 3 engines"."""
    methods = len({entry.method for entry in report.methods})
    engines = len({entry.engine for entry in report.methods})
    said = "1 method" if methods == 1 else f"{methods} methods"
    return said if engines == 1 else f"{said} under {engines} engines"


def stage_title(report: Report, name: str) -> str:
    """What a stage of a two-stage search is called: a system's title, or its own name."""
    found = [entry.title for entry in report.methods if name in (entry.name, entry.method)]
    return found[0] if found else name


def best(report: Report) -> SystemEntry:
    """The system whose metric is highest; the first of those that agree."""
    return max(report.methods, key=lambda entry: entry.metrics[report.metric].mean)


def fastest(entries: Sequence[SystemEntry]) -> SystemEntry:
    """The system whose median query takes the shortest."""
    return min(entries, key=lambda entry: entry.median_ms)


def difference(report: Report, first: str, second: str) -> Interval | None:
    """`first` less `second` in the report's metric; None when it does not compare them."""
    for row in report.differences:
        if row.metric == report.metric and (row.first, row.second) == (first, second):
            return row.gap
        if row.metric == report.metric and (row.first, row.second) == (second, first):
            return -row.gap
    return None


def calibrated(report: Report) -> list[Calibrated]:
    """How far each system's probabilities are from what comes true, where that was measured."""
    return [entry.calibration for entry in report.methods if entry.calibration]


def groups(report: Report, kind: Grouping) -> list[str]:
    """The classes (or parent classes) that there are figures of."""
    return list(report.methods[0].groups.get(kind, ()))


def hardest(report: Report, kind: Grouping) -> list[str]:
    """The same, by the rising mean of the metric over all systems."""
    return sorted(groups(report, kind), key=lambda group: average(report, kind, group))


def average(report: Report, kind: Grouping, group: str) -> float:
    """The metric in one group, the mean over the systems."""
    return mean(entry.groups[kind][group].figures[report.metric] for entry in report.methods)
