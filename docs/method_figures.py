"""The generated parts of methods.md: what is known and was measured of each method.

Figures come from the reports in benchmarks/. What was not measured is a dash.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from lookalike import cards
from lookalike.benchmarking.tables.galleries import is_earlier
from lookalike.benchmarking.tables.markdown import table
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import WeightsSpec
from lookalike.evaluation import report as reports
from lookalike.evaluation import summary
from lookalike.evaluation.render.text import milliseconds
from lookalike.evaluation.report import Report, SystemEntry

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "methods"
METRIC = "precision@10"
UNKNOWN = "–"


@dataclass(frozen=True)
class Source:
    """A report, and what its figures are called."""

    folder: str  # below benchmarks/
    title: str


SOURCES = (
    Source("fashion-mnist", "Fashion-MNIST"),
    Source("caltech101", "Caltech-101"),
    Source("fashion-products", "products by type"),
    Source("fashion-products/by-colour", "products by colour"),
)


def comparison() -> list[str]:
    """A row per method: what it costs and how often it is right."""
    return table([_row(name) for name in encoders.ENCODERS])


def _row(name: str) -> dict[str, Any]:
    spec, weights = encoders.spec(name), encoders.weights_spec(name)
    return {
        "Method": f"[{spec.title}](#{anchor(spec.title)})",
        "Family": spec.family,
        "Numbers": f"{weights.dimension:,}",
        **{source.title: precision(source, name) for source in SOURCES},
        "Encode, ms": _encode(name),
        "Weights, MB": megabytes(weights),
        "Licence": weights.licence,
    }


def anchor(title: str) -> str:
    """How a heading is linked to."""
    return title.lower().replace(" ", "-")


def precision(source: Source, name: str) -> str:
    """P@10 over the queries and, where there are many classes, averaged over them."""
    row = measured(source.folder, name)
    if row is None or METRIC not in row.metrics:
        return UNKNOWN
    mean = row.metrics[METRIC].mean
    over = summary.class_mean(row, METRIC)
    even = source.folder == "fashion-mnist" or over is None  # its classes are equally large
    said = f"{mean:.3f}" if even else f"{mean:.3f} / {over:.3f}"
    return f"{said} (earlier weights)" if is_earlier(row) else said


def measured(folder: str, name: str) -> SystemEntry | None:
    """A method's entry in a report, under its default weights; None when there is none."""
    weights = encoders.weights_spec(name).name
    found = report(folder)
    rows = found.methods if found else []
    return next((row for row in rows if (row.method, row.weights) == (name, weights)), None)


@cache
def report(folder: str) -> Report | None:
    """A recorded report."""
    path = ROOT / "benchmarks" / folder / "report.json"
    return reports.read(path) if path.exists() else None


def _encode(name: str) -> str:
    row = measured("fashion-mnist", name)
    return UNKNOWN if row is None else milliseconds(row.ms["encode"].p50)[:-3]


def megabytes(weights: WeightsSpec) -> str:
    """The size of the weights file in 10^6 bytes; unknown for the hub's and for what is missing."""
    size = SIZES.get(weights.source, lambda _: None)(weights)
    if size is None:
        return UNKNOWN
    return f"{size / 1e6:.1f}" if size >= 1e5 or not size else f"{size / 1e6:.2f}"


def _card_bytes(weights: WeightsSpec) -> int | None:
    folder = ROOT / "models" / weights.location
    return cards.read(folder)["bytes"] if (folder / cards.CARD).exists() else None


def _package_bytes(weights: WeightsSpec) -> int | None:
    try:
        return max(file.size or 0 for file in files(weights.location) or ())
    except (PackageNotFoundError, ValueError):
        return None


SIZES: dict[str, Callable[[WeightsSpec], int | None]] = {
    "embedded": _card_bytes,
    "package": _package_bytes,
    "none": lambda _: 0,
}


def about(name: str) -> list[str]:
    """What stands above a method's prose: its picture, what it is, and its figures."""
    spec = encoders.spec(name)
    lines = [*_pictures(name), f"- **Looks at**: {spec.summary}"]
    lines += [f"- **Weights `{one.name}`**: {_weights(one)}" for one in spec.weights]
    found = [(source, precision(source, name)) for source in SOURCES]
    known = [f"{source.title} {value}" for source, value in found if value != UNKNOWN]
    lines += [f"- **P@10**: {', '.join(known)}."] if known else []
    lines += [f"- **Cost**: {_cost(name)}."] if measured("fashion-mnist", name) else []
    lines += [f"- **A changed query**: {lost}." for lost in _losses(name)]
    return [*lines, f"- **Paper**: {spec.paper}"]


def _pictures(name: str) -> list[str]:
    title = encoders.spec(name).title
    said = {
        f"{name}.png": f"Queries on the left, the first five results of {title} beside each",
        f"{name}-matches.png": f"What {title} matches between a query and its best result",
        f"{name}-redrawn.png": f"Queries, and below them what {title} redraws of each",
        f"{name}-words.png": f"What {title} finds for the words ankle boot, dress and trouser",
    }
    return [
        line
        for file, words in said.items()
        if (PICTURES / file).exists()
        for line in (f"![{words}](methods/{file})", "")
    ]


def _weights(weights: WeightsSpec) -> str:
    said = [
        f"{weights.dimension:,} numbers",
        f"sees {weights.input_size} x {weights.input_size} pixels",
    ]
    size = megabytes(weights)
    said += [] if size in (UNKNOWN, "0.0") else [f"{size} MB"]
    said += [f"trained on {weights.trained_on}", weights.licence]
    where = f", from `{weights.location}`" if weights.source in ("hub", "package") else ""
    later = "; downloaded when it is first asked for" if weights.source == "hub" else ""
    return "; ".join(said) + where + later + "."


def _cost(name: str) -> str:
    row = measured("fashion-mnist", name)
    assert row is not None
    spent = {step: ms.p50 for step, ms in row.ms.items() if step != "total"}
    named = [f"{step} {milliseconds(ms)}" for step, ms in spent.items() if ms]
    return f"{', '.join(named)} per query; {row.dimension:,} numbers in the index"


def _losses(name: str) -> list[str]:
    """In one sentence per report: what the worst and the mildest change costs."""
    said = []
    for source in SOURCES:
        found = report(source.folder)
        part = found and found.robustness
        row = next((row for row in part.rows if row.name == name), None) if part else None
        if not part or not row:
            continue
        titles = {change.name: change.title for change in part.changes}
        losses = {key: changed.loss.mean for key, changed in row.changes.items()}
        worst, best = max(losses, key=losses.__getitem__), min(losses, key=losses.__getitem__)
        said.append(
            f"{source.title}: {titles[worst]} costs most, {losses[worst]:.3f} of P@10; "
            f"{titles[best]} least, {losses[best]:.3f}".replace("-0.", "−0.")
        )
    return said
