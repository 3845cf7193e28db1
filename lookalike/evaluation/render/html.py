"""Writes report.html: one file that loads nothing, whatever the names in it hold.

Everything from the report goes through Jinja's escaping or its `tojson`, which leaves no `<` in a
script; the file's Content-Security-Policy lets no other script run and no address be asked.
"""

import secrets
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lookalike.evaluation import summary
from lookalike.evaluation.render import plots, tables
from lookalike.evaluation.render.pictures import Pictures
from lookalike.evaluation.render.tables import Table
from lookalike.evaluation.render.text import metric_name, percent
from lookalike.evaluation.render.verdict import verdict
from lookalike.evaluation.report import Grouping, Report, Strip
from lookalike.plotting import Figure, markup
from lookalike.storage.files import replacing

RELEVANT = {
    "label": "An item with the query's label.",
    "qrels": "What the qrels file says.",
    "votes": "What the visitors' votes say; what nobody judged counts for nothing.",
}
STYLES = ("colours.css", "tables.css", "plots.css")  # shared with the page


def write_html(
    report: Report,
    picture: Callable[[Strip], bytes],
    thumbnail: Callable[[int], bytes],
    path: Path,
) -> None:
    """Write a report as one HTML file.

    Args:
        picture: the encoded query image of one of the report's strips.
        thumbnail: the encoded image of a gallery item, by id. One that cannot be read is left out.

    Raises:
        StorageError: the disk refused.
    """
    pictures = Pictures(picture, thumbnail)
    strips = pictures.add(report.strips)
    drawn = figures(report)
    page = _templates().get_template("report.html.j2").render(
        report=report,
        titles=summary.titles(report),
        compared=summary.compared(report),
        calibrated=summary.calibrated(report),
        percent=percent,
        strips=strips,
        pictures=pictures.found,
        figures=drawn,
        plot=lambda name, says: Markup(markup(drawn[name], says)),
        tables={
            "quality": tables.quality(report),
            "times": tables.times(report),
            "differences": tables.differences(report),
            **({"robustness": tables.robustness(report.robustness)} if report.robustness else {}),
            **({"calibration": tables.calibration(report)} if summary.calibrated(report) else {}),
        },
        verdict=verdict(report),
        measured=measured(report),
        metric=metric_name(report.metric),
        best=summary.titles(report)[summary.best(report).name],
        level=percent(report.level),
        nonce=secrets.token_urlsafe(16),
        **_assets(),
    )  # fmt: skip
    with replacing(path) as beside:
        beside.write_text(page, "utf-8")


def figures(report: Report) -> dict[str, Figure]:
    """The figures that this report has the numbers for, by name."""
    drawn: dict[str, Figure] = {
        "quality": plots.quality_against_latency(report),
        "ranks": plots.first_hits(report),
    }
    if report.differences:
        drawn["differences"] = plots.differences(report)
    kinds: tuple[Grouping, ...] = ("class", "parent")
    for kind in kinds:
        if summary.groups(report, kind):
            drawn[kind] = plots.by_group(report, kind)
    if summary.calibrated(report):
        drawn["reliability"] = plots.reliability(report)
    if report.robustness:
        drawn["robustness"] = plots.robustness(report.robustness)
    if report.two_stage:
        drawn["two_stage"] = plots.two_stage(report)
    return drawn


def measured(report: Report) -> list[tuple[str, str]]:
    """How the figures came about: a word and what it was, one pair after the other."""
    queries, gallery, relevance = report.queries, report.gallery, report.relevance
    level = percent(report.level)
    return [
        ("Queries", f"{queries.source}. {queries.copies_left_out:,} copies of them in the "
         f"gallery are left out: no query finds its own file. {queries.without_relevant:,} "
         "have nothing relevant in the gallery and are not counted."),
        ("Gallery", f"{gallery.title}, {gallery.count:,} images, fingerprint "
         f"{gallery.fingerprint[:16]}."),
        ("Relevant", RELEVANT.get(relevance, f"An item with the query's {relevance}.")
         + _of_another(report.other)),
        ("Ranks", f"The first {report.depth:,}. Plots and comparisons look at the first "
         f"{report.k}."),
        ("Intervals", f"{level}, by bootstrap over the queries. A difference draws both methods' "
         "values for a query together."),
        ("Times", f"One query at a time, warm, without decoding the photo. {report.machine}."),
        *(("Note", note) for note in report.notes),
        ("Made", report.made),
    ]  # fmt: skip


def _of_another(field: str | None) -> str:
    return (
        f" Only with another {field} than the query's: one with the same {field} is left out of "
        "the ranking, neither right nor wrong."
        if field
        else ""
    )


def table(shown: Table) -> str:
    """A table's markup; lookalike/assets/sort.js sorts it."""
    return _templates().get_template("table.html.j2").module.table(shown)  # type: ignore[attr-defined]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("lookalike.evaluation.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _assets() -> dict[str, Markup]:
    """The file's own styles and scripts, which are put in as they are."""
    return {
        "style": Markup("\n".join([*map(_shared, STYLES), _own("report.css")])),
        "script": Markup(_own("report.js")),
        "sorting": Markup(_shared("sort.js")),
    }


def _shared(name: str) -> str:
    return files("lookalike").joinpath("assets", name).read_text("utf-8")


def _own(name: str) -> str:
    return files("lookalike.evaluation.render").joinpath("assets", name).read_text("utf-8")
