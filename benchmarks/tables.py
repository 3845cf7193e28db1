"""The figures as Markdown."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import engine_tables, gallery_tables
from benchmarks.galleries import REPORTS
from benchmarks.markdown import Row, table

FOLDER = Path(__file__).parent
Figures = dict[str, Any]


def write_readme() -> None:
    """Write benchmarks/README.md."""
    (FOLDER / "README.md").write_text(readme(), "utf-8")


def readme() -> str:
    """The tables of every file of figures that is there."""
    results = _read("results.json")
    parts = ["# Measured", "", "Written by `make bench` from the JSON files beside it."]
    report = _read("fashion-mnist/report.json") | {"took": results.get("quality")}
    parts += _section(_quality, report, "methods", "made")
    for name in REPORTS:
        found = _read(f"{name}/report.json")
        parts += _section(gallery_tables.quality, found, "methods", "made")
    for name in ("fashion-mnist", *REPORTS):
        found = _read(f"{name}/report.json") | {"folder": name}
        parts += _section(gallery_tables.robustness, found, "robustness", "made")
    for question, write in HERE.items():
        parts += _section(write, results.get(question, {}))
    parts += _section(_methods, _read("methods.json"), "rows")
    engines = _read("engines.json")
    parts += _section(engine_tables.engines, engines, "rows")
    parts += _section(engine_tables.growth, engines, "growth")
    parts += _section(engine_tables.overhead, engines, "overhead")
    return "\n".join(parts) + "\n"


def _read(name: str) -> Figures:
    path = FOLDER / name
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _section(
    write: Callable[[Figures], list[str]], figures: Figures, needs: str = "date", day: str = "date"
) -> list[str]:
    if not figures.get(needs):
        return []
    return ["", *write(figures), "", f"{figures[day]}; {figures['machine']}."]


def _quality(figures: Figures) -> list[str]:
    took = f"The whole report took {figures['took']['seconds']:.0f} s. " if figures["took"] else ""
    return [
        "## Quality",
        "",
        f"{figures['queries']['source']} against the gallery {figures['gallery']['name']}; "
        "relevant is what carries the query's label; with 95 % intervals over the queries. "
        f"{took}`python -m benchmarks quality`",
        "",
        *table([_method_quality(row) for row in figures["methods"]]),
    ]


def _method_quality(row: Figures) -> Row:
    titles = {"precision@1": "P@1", "precision@10": "P@10", "map": "mAP", "ndcg@10": "nDCG@10"}
    return {
        "method": row["method"],
        "weights": row["weights"],
        **{title: _interval(row["metrics"][name]) for name, title in titles.items()},
        "engine": row["engine"],
        "its recall@10": row["engine_recall@10"],
        "vector": row["encoded_dimension"],
        "indexed": row["dimension"],
        **{f"{step} ms": row["ms"][step]["p50"] for step in ("encode", "search", "rerank")},
    }


def _interval(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _projection(figures: Figures) -> list[str]:
    return [
        "## Projection",
        "",
        f"What shortening the vectors and re-ranking change: P@10 of the first "
        f"{figures['queries']:,} held-out images of {figures['gallery']}. "
        "`python -m benchmarks projection`",
        "",
        *table(figures["rows"]),
    ]


def _subject(figures: Figures) -> list[str]:
    return [
        "## Subject",
        "",
        "The first proposal against the truth, on composites of items and backgrounds that were "
        f"held out, seed {figures['seed']}: the share with an IoU of at least 0.5 and 0.75, and "
        "with 0.75 at any rank. `python -m benchmarks subject`",
        "",
        *table(figures["rows"]),
    ]


def _photographs(figures: Figures) -> list[str]:
    return [
        "## Subject of photographs",
        "",
        "The first proposal on real photographs that nothing was trained on or fitted to, against "
        "the objects that SSD-MobileNetV2 is sure of, of at least 3% of the photo: the share that "
        "covers one with an IoU of at least 0.5 (right), the largest (main), and with a proposal "
        "of the largest at any rank (offered). `python -m benchmarks photographs`",
        "",
        *table(figures["rows"]),
    ]


def _calibration(figures: Figures) -> list[str]:
    return [
        "## Calibration of proposals",
        "",
        "What each thing known of a proposal adds to the log odds that it is the main subject, "
        f"fitted to {figures['pictures'][0]} photographs, {figures['pictures'][1]} easier and "
        f"{figures['pictures'][2]} harder composites, seed {figures['seed']}. "
        "`python -m benchmarks calibration`",
        "",
        *table(figures["rows"]),
    ]


def _ranking(figures: Figures) -> list[str]:
    return [
        "## Ranking of proposals",
        "",
        "The exponent with which a proposal's confidence counts beside its area and place: IoU of "
        f"the first proposal on {figures['composites']} composites each, of the training sources, "
        f"seed {figures['seed']}. `python -m benchmarks ranking`",
        "",
        *table(figures["rows"]),
    ]


def _speed(figures: Figures) -> list[str]:
    return [
        "## Speed",
        "",
        f"One photo of 1280 x 960 pixels through the detector and all methods, warm: median "
        f"{figures['whole_ms_p50']:.0f} ms, {figures['overhead_p50']:.3f} times the sum of its "
        f"steps called alone. Resident memory with everything loaded: "
        f"{figures['resident_mb']:.0f} MiB. `python -m benchmarks speed`",
        "",
        *table([{"step": step, "ms": ms} for step, ms in figures["step_ms_p50"].items()]),
    ]


def _startup(figures: Figures) -> list[str]:
    return [
        "## Start",
        "",
        f"`app.py` answers HTTP after {figures['seconds_to_first_answer']:.1f} s. "
        "`python -m benchmarks startup`",
    ]


def _methods(figures: Figures) -> list[str]:
    return [
        "## Methods",
        "",
        f"{figures['rows'][0]['queries']} held-out images of {figures['gallery']}, one at a time, "
        "warm, in one process: median milliseconds (95th percentile), and images encoded per "
        "second in batches. `python -m benchmarks methods`",
        "",
        *table([_method_costs(row) for row in figures["rows"]]),
    ]


def _method_costs(row: Figures) -> Row:
    rates = row["images_per_second"]
    return {
        "method": row["method"],
        **{f"{step} ms": f"{ms['p50']:.2f} ({ms['p95']:.2f})" for step, ms in row["ms"].items()},
        **{f"images/s, batch {size}": f"{rate:,.0f}" for size, rate in rates.items()},
    }


HERE = {
    "projection": _projection,
    "subject": _subject,
    "photographs": _photographs,
    "calibration": _calibration,
    "ranking": _ranking,
    "speed": _speed,
    "startup": _startup,
}
