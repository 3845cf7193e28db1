"""What the Benchmark tab shows: reports read from their files, as markup and figures.

A report of the user's own, in LOOKALIKE_HOME/benchmarks, comes before the shipped one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lookalike.benchmarking import engine_plots, engine_report
from lookalike.errors import LookalikeError
from lookalike.evaluation import report as reports
from lookalike.evaluation.render import tables, verdict
from lookalike.evaluation.render.html import figures, table
from lookalike.galleries.gallery import Gallery
from lookalike.plotting import Figure, markup
from lookalike.settings import settings
from lookalike.ui.benchmark import GROWTH
from lookalike.ui.markup import text

OWN = (
    "To measure a gallery of your own, run <code>python -m lookalike evaluate --gallery NAME "
    "--out FOLDER</code>; it writes a report like this one, with the queries that go worst."
)

NAMES = {  # of the report's figures: what the tab calls them
    "quality": "quality",
    "ranks": "ranks",
    "class": "classes",
    "parent": "parents",
    "robustness": "robustness",
}
SAYS = {  # for those who cannot see a plot
    "quality": "Quality of each method against its milliseconds per query.",
    "ranks": "A histogram of the rank of the first relevant result for each method.",
    "classes": "Quality of each method in each class.",
    "parents": "Quality of each method in each parent class.",
    "robustness": "Quality of each method by how the query was changed.",
    "engines": "Recall against queries per second of each engine.",
    **{
        quantity: f"{title}, against the vectors."
        for quantity, title in engine_plots.GROWTH.items()
    },
}


@dataclass(frozen=True)
class Content:
    """The parts of the tab to show, and the markup in them, by the components' names."""

    parts: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    plots: dict[str, str] = field(default_factory=dict)


def methods(gallery: Gallery) -> Content:
    """The report on a gallery's methods.

    Raises:
        LookalikeError: there is none, or it is damaged.
    """
    return _content(
        Path(gallery.name) / "report.json",
        _methods,
        f"The methods have not been compared on {gallery.title}.",
        f"Run `python -m lookalike evaluate --gallery {gallery.name} "
        f"--out LOOKALIKE_HOME/benchmarks/{gallery.name}`, with the folder that LOOKALIKE_HOME "
        "names.",
    )


def engines(_: Gallery) -> Content:
    """The report on the engines, which is of one data set, whatever gallery is searched.

    Raises:
        LookalikeError: there is none, or it is damaged.
    """
    return _content(
        Path("engines.json"),
        _engines,
        "The engines have not been measured here.",
        "Run `python -m lookalike bench engines --out LOOKALIKE_HOME/benchmarks`, with the folder "
        "that LOOKALIKE_HOME names.",
    )


def _content(name: Path, draw: Callable[[Path], Content], missing: str, hint: str) -> Content:
    found = [folder / name for folder in settings().folders("benchmarks")]
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        raise LookalikeError(missing, hint)
    return _drawn(path, path.stat().st_mtime_ns, draw)


@lru_cache(maxsize=8)
def _drawn(path: Path, changed_ns: int, draw: Callable[[Path], Content]) -> Content:
    return draw(path)


def _methods(path: Path) -> Content:
    report = reports.read(path)
    drawn = {NAMES[name]: figure for name, figure in figures(report).items() if name in NAMES}
    facts = (
        f"{text(report.queries.source)}, searched among {report.gallery.count:,} images of "
        f"{text(report.gallery.title)}. {text(report.made)}. {text(report.machine)}."
    )
    about = _about("How the methods compare", verdict.verdict(report), facts, OWN)
    return Content(
        ("methods", *(part for part in ("classes", "parents", "robustness") if part in drawn)),
        {"methods": about, "quality_table": table(tables.quality(report))},
        _markup(drawn),
    )


def _engines(path: Path) -> Content:
    try:
        return _of_engines(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise reports.unreadable(path, repr(error)) from error


def _of_engines(bench: dict[str, Any]) -> Content:
    drawn: dict[str, Figure] = {"engines": engine_plots.engines(bench)}
    if bench.get("growth"):
        drawn |= {quantity: engine_plots.growth(bench, quantity) for quantity in GROWTH}
    facts = (
        f"{bench['count']:,} vectors of {bench['dimension']:,} numbers ({text(bench['dataset'])}), "
        f"{bench['queries']:,} queries, one at a time, {bench['threads']} thread. "
        f"{text(bench['date'])}. {text(bench['machine'])}."
    )
    own = "To measure them here, run <code>python -m lookalike bench engines</code>."
    about = _about("How the engines compare", engine_report.verdict(bench), facts, own)
    return Content(
        ("engines", "growth") if bench.get("growth") else ("engines",),
        {"engines": about, "engines_table": table(engine_report.table(bench))},
        _markup(drawn),
    )


def _markup(drawn: Mapping[str, Figure]) -> dict[str, str]:
    return {name: markup(figure, SAYS.get(name, name)) for name, figure in drawn.items()}


def _about(title: str, sentences: list[str], facts: str, own: str) -> str:
    first, *rest = map(text, sentences)
    return (
        f'<div class="lk-said"><h2>{title}</h2><p class="lk-verdict">{first}</p>'
        f'<p>{" ".join(rest)}</p><p class="lk-hint">{facts} {own}</p></div>'
    )
