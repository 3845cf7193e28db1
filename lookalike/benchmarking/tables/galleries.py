"""What the reports on galleries hold, and what changed queries cost, as Markdown."""

from typing import Any

from lookalike import cards
from lookalike.benchmarking.tables.markdown import table
from lookalike.encoders import registry as encoders
from lookalike.evaluation import summary
from lookalike.evaluation.render.text import metric_name
from lookalike.evaluation.report import Change, ChangedFigures, Report, RobustnessRow, SystemEntry


def shipped(report: Report, seconds: float | None) -> list[str]:
    """Each method on the gallery that is shipped; `seconds`: that the report took, if known."""
    took = f"The whole report took {seconds:.0f} s. " if seconds else ""
    return [
        "## Quality",
        "",
        f"{report.queries.source} against the gallery {report.gallery.name}; "
        "relevant is what carries the query's label; with 95 % intervals over the queries. "
        f"{took}`python -m lookalike.benchmarking quality`",
        "",
        *table([_with_times(entry) for entry in report.methods]),
    ]


def weights_of(entry: SystemEntry) -> str:
    """What a row says of its weights: their name, and whether others have come since."""
    return f"{entry.weights}, earlier" if is_earlier(entry) else entry.weights


def is_earlier(entry: SystemEntry) -> bool:
    """Whether a method was measured with other weights than those that are shipped by now."""
    place = encoders.weights_spec(entry.method, entry.weights)
    if place.source != "embedded" or not entry.weights_sha256:
        return False
    return bool(cards.read(cards.find(place.location))["sha256"] != entry.weights_sha256)


def _with_times(entry: SystemEntry) -> dict[str, Any]:
    titles = {"precision@1": "P@1", "precision@10": "P@10", "map": "mAP", "ndcg@10": "nDCG@10"}
    spent = {step: ms.p50 for step, ms in entry.ms.items() if step != "total"}
    return {
        "method": entry.method,
        "weights": weights_of(entry),
        **{title: entry.metrics[name] for name, title in titles.items()},
        "engine": entry.engine,
        "its recall@10": entry.engine_recall(10),
        "vector": entry.encoded_dimension,
        "indexed": entry.dimension,
        **{f"{step} ms": ms for step, ms in spent.items()},
    }


def quality(report: Report) -> list[str]:
    """Each method on one gallery: over the queries, and averaged over the classes."""
    gallery, relevance = report.gallery, report.relevance.replace("_", " ")
    another = f", of another {report.other}" if report.other else ""
    apart = f" and another {report.other}, the same left out" if report.other else ""
    plot = ["", "![The best result by what is right](things/media.svg)"] if report.other else []
    return [
        f"## {gallery.title}, by {relevance}{another}",
        "",
        f"{report.queries.source} against {gallery.count:,} items of {gallery.classes:,} kinds; "
        f"relevant is what has the query's {relevance}{apart}; with 95 % intervals "
        "over the queries, and averaged over the kinds, each of which counts alike. "
        "`python -m lookalike.benchmarking galleries`",
        *plot,
        "",
        *table([_over_kinds(entry, report.metric) for entry in report.methods]),
    ]


def _over_kinds(entry: SystemEntry, metric: str) -> dict[str, Any]:
    name = metric_name(metric)
    mean = summary.class_mean(entry, metric)
    return {
        "method": entry.method,
        "weights": weights_of(entry),
        name: entry.metrics[metric],
        f"{name}, mean over kinds": "–" if mean is None else mean,
        "P@1": entry.metrics["precision@1"].mean,
        "mAP": entry.metrics["map"].mean,
        "engine": entry.engine,
    }


def robustness(report: Report, folder: str) -> list[str]:
    """Each method by how the query was changed, and what that loses.

    Args:
        folder: below benchmarks/, where the plot is.
    """
    part = report.robustness
    if part is None:
        return []
    names = {row.name: f"{row.name}, earlier weights" for row in report.methods if is_earlier(row)}
    return [
        f"## Changed queries, {report.gallery.title}",
        "",
        f"{metric_name(part.metric)} of {part.queries:,} held-out images, as they are and "
        "changed, and what that loses, paired by query, with its 95 % interval. "
        "docs/evaluation.md says what is done to them.",
        "",
        f"![Precision by how the query was changed]({folder}/robustness.svg)",
        "",
        *table([_changed(row, part.changes, names) for row in part.rows]),
    ]


def _changed(row: RobustnessRow, changes: list[Change], names: dict[str, str]) -> dict[str, Any]:
    return {
        "method": names.get(row.name, row.name),
        "unchanged": row.unchanged,
        **{change.title: _loss(row.changes[change.name]) for change in changes},
    }


def _loss(found: ChangedFigures) -> str:
    return f"{found.mean:.3f}, loses {found.loss}"
