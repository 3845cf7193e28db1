"""What the Benchmark tab shows: reports read from their files, as markup and figures.

A report of the user's own, in LOOKALIKE_HOME/benchmarks, comes before the shipped one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from lookalike.errors import LookalikeError
from lookalike.evaluation import summary
from lookalike.evaluation.render import plots, tables, verdict
from lookalike.evaluation.render.html import table
from lookalike.galleries.gallery import Gallery
from lookalike.settings import settings
from lookalike.ui.benchmark import GROWTH
from lookalike.ui.markup import text

OWN = (
    "To measure a gallery of your own, run <code>python -m lookalike evaluate --gallery NAME "
    "--out FOLDER</code>; it writes a report like this one, with the queries that go worst."
)


@dataclass(frozen=True)
class Shown:
    """The parts of the tab to show, and what stands in them, by the components' names."""

    parts: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    plots: dict[str, go.Figure] = field(default_factory=dict)


def methods(gallery: Gallery) -> Shown:
    """The report on a gallery's methods.

    Raises:
        LookalikeError: there is none, or it is damaged.
    """
    return _shown(
        Path(gallery.name) / "report.json",
        _methods,
        f"The methods have not been compared on {gallery.title}.",
        f"Run `python -m lookalike evaluate --gallery {gallery.name} "
        f"--out LOOKALIKE_HOME/benchmarks/{gallery.name}`, with the folder that LOOKALIKE_HOME "
        "names.",
    )


def engines(_: Gallery) -> Shown:
    """The report on the engines, which is of one data set, whatever gallery is searched.

    Raises:
        LookalikeError: there is none, or it is damaged.
    """
    return _shown(
        Path("engines.json"),
        _engines,
        "The engines have not been measured here.",
        "Run `python -m lookalike bench engines --out LOOKALIKE_HOME/benchmarks`, with the folder "
        "that LOOKALIKE_HOME names.",
    )


def _shown(name: Path, draw: Callable[[dict], Shown], missing: str, hint: str) -> Shown:
    found = [folder / name for folder in settings().folders("benchmarks")]
    path = next((path for path in found if path.is_file()), None)
    if path is None:
        raise LookalikeError(missing, hint)
    return _drawn(path, path.stat().st_mtime_ns, draw)


@lru_cache(maxsize=8)
def _drawn(path: Path, changed_ns: int, draw: Callable[[dict], Shown]) -> Shown:
    try:
        return draw(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise LookalikeError(
            f"The report {path.name} cannot be read: it is damaged, or of another version.",
            "Remove it, or make it anew.",
        ) from error


def _methods(report: dict[str, Any]) -> Shown:
    figures = {"quality": plots.quality_against_latency(report), "ranks": plots.first_hits(report)}
    for name, kind in (("classes", "class"), ("parents", "parent")):
        if summary.groups(report, kind):
            figures[name] = plots.by_group(report, kind)
    if report.get("robustness"):
        figures["robustness"] = plots.robustness(report)
    queries, gallery = report["queries"], report["gallery"]
    facts = (
        f"{text(queries['source'])}, searched among {gallery['count']:,} images of "
        f"{text(gallery['title'])}. {text(report['made'])}. {text(report['machine'])}."
    )
    about = _about("How the methods compare", verdict.verdict(report), facts, OWN)
    return Shown(
        ("methods", *(part for part in ("classes", "parents", "robustness") if part in figures)),
        {"methods": about, "quality_table": table(tables.quality(report))},
        figures,
    )


def _engines(bench: dict[str, Any]) -> Shown:
    figures = {"engines": plots.engines(bench)}
    if bench.get("growth"):
        figures |= {quantity: plots.growth(bench, quantity) for quantity in GROWTH}
    facts = (
        f"{bench['count']:,} vectors of {bench['dimension']:,} numbers ({text(bench['dataset'])}), "
        f"{bench['queries']:,} queries, one at a time, {bench['threads']} thread. "
        f"{text(bench['date'])}. {text(bench['machine'])}."
    )
    own = "To measure them here, run <code>python -m lookalike bench engines</code>."
    about = _about("How the engines compare", verdict.engines(bench), facts, own)
    return Shown(
        ("engines", "growth") if bench.get("growth") else ("engines",),
        {"engines": about, "engines_table": table(tables.engines(bench))},
        figures,
    )


def _about(title: str, sentences: list[str], facts: str, own: str) -> str:
    first, *rest = map(text, sentences)
    return (
        f'<div class="lk-said"><h2>{title}</h2><p class="lk-verdict">{first}</p>'
        f'<p>{" ".join(rest)}</p><p class="lk-hint">{facts} {own}</p></div>'
    )
