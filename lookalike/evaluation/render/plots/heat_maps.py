"""Heat maps of a report: its metric by class, by how the query was changed, by what is right."""

from collections.abc import Mapping

from lookalike.evaluation import summary
from lookalike.evaluation.render.text import metric_name
from lookalike.evaluation.report import Change, Grouping, Report, Robustness, RobustnessRow
from lookalike.plotting import HeatMap


def by_group(report: Report, kind: Grouping) -> HeatMap:
    """The metric of each system in each group: a row per group, the hardest first."""
    shown, titles = metric_name(report.metric), list(summary.titles(report).values())
    groups = [entry.groups[kind] for entry in report.methods]
    rows = [(label, [group[label] for group in groups]) for label in summary.hardest(report, kind)]
    says = [
        [
            f"{label}\n{title}: {shown} {one.figures[report.metric]:.3f}\n{one.queries:,} queries"
            for title, one in zip(titles, found, strict=True)
        ]
        for label, found in rows
    ]
    values = [[one.figures[report.metric] for one in found] for _, found in rows]
    return HeatMap(values, says, titles, [label for label, _ in rows], high=1)


def by_relevance(reports: Mapping[str, Report], metric: str) -> HeatMap:
    """A metric of each method by what makes an item relevant: a row per method.

    Args:
        reports: of the same methods, by what is relevant in them.
    """
    titles = summary.titles(next(iter(reports.values())))
    found = {
        title: {entry.name: entry.metrics[metric] for entry in report.methods}
        for title, report in reports.items()
    }
    says = [
        [f"{titles[name]}\n{what}: {metric_name(metric)} {of[name]}" for what, of in found.items()]
        for name in titles
    ]
    values = [[of[name].mean for of in found.values()] for name in titles]
    return HeatMap(values, says, list(found), list(titles.values()))


def robustness(part: Robustness) -> HeatMap:
    """The metric of each method by how the query was changed: a row per method."""
    metric = metric_name(part.metric)
    values = [
        [row.unchanged.mean, *(row.changes[change.name].mean for change in part.changes)]
        for row in part.rows
    ]
    says = [
        [
            f"{row.title}\nunchanged: {metric} {row.unchanged}",
            *(_lost(row, change, metric) for change in part.changes),
        ]
        for row in part.rows
    ]
    columns = ["Unchanged", *(change.title for change in part.changes)]
    return HeatMap(values, says, columns, [row.title for row in part.rows])


def _lost(row: RobustnessRow, change: Change, metric: str) -> str:
    found = row.changes[change.name]
    return f"{row.title}\n{change.title}: {metric} {found.mean:.3f}\nloses {found.loss}"
