"""The figures as Markdown."""

import json
from collections.abc import Callable
from typing import Any

from lookalike.benchmarking import FOLDER
from lookalike.benchmarking.questions.galleries import REPORTS
from lookalike.benchmarking.questions.quality import GALLERY
from lookalike.benchmarking.tables import engines, galleries
from lookalike.benchmarking.tables.markdown import table
from lookalike.evaluation import report as reports
from lookalike.evaluation.report import Report


def write_readme() -> None:
    """Write benchmarks/README.md."""
    (FOLDER / "README.md").write_text(readme(), "utf-8")


def readme() -> str:
    """The tables of every file of figures that is there."""
    results = _read("results.json")
    found = {name: report for name in (GALLERY, *REPORTS) if (report := _report(name))}
    parts = ["# Measured", "", "Written by `make bench` from the JSON files beside it."]
    for name, report in found.items():
        took = results.get("quality", {}).get("seconds")
        ours = name == GALLERY
        lines = galleries.shipped(report, took) if ours else galleries.quality(report)
        parts += _section(lines, report.made, report.machine)
    for name, report in found.items():
        parts += _section(galleries.robustness(report, name), report.made, report.machine)
    for question, write in SECTIONS.items():
        parts += _of_file(write, results.get(question, {}))
    parts += _of_file(_methods, _read("methods.json"), "rows")
    bench = _read("engines.json")
    parts += _of_file(engines.engines, bench, "rows")
    parts += _of_file(engines.growth, bench, "growth")
    parts += _of_file(engines.overhead, bench, "overhead")
    return "\n".join(parts) + "\n"


def _read(name: str) -> dict[str, Any]:
    path = FOLDER / name
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _report(name: str) -> Report | None:
    path = FOLDER / name / "report.json"
    return reports.read(path) if path.exists() else None


def _of_file(
    write: Callable[[dict[str, Any]], list[str]], figures: dict[str, Any], needs: str = "date"
) -> list[str]:
    """A section of figures, if they hold what it needs."""
    if not figures.get(needs):
        return []
    return _section(write(figures), figures["date"], figures["machine"])


def _section(lines: list[str], day: str, machine: str) -> list[str]:
    return ["", *lines, "", f"{day}; {machine}."] if lines else []


def _projection(figures: dict[str, Any]) -> list[str]:
    return [
        "## Projection",
        "",
        f"What shortening the vectors and re-ranking change: P@10 of the first "
        f"{figures['queries']:,} held-out images of {figures['gallery']}. "
        "`python -m lookalike.benchmarking projection`",
        "",
        *table(figures["rows"]),
    ]


def _subject(figures: dict[str, Any]) -> list[str]:
    return [
        "## Subject",
        "",
        "The first proposal against the truth, on composites of items and backgrounds that were "
        f"held out, seed {figures['seed']}: the share with an IoU of at least 0.5 and 0.75, and "
        "with 0.75 at any rank. `python -m lookalike.benchmarking subject`",
        "",
        *table(figures["rows"]),
    ]


def _photographs(figures: dict[str, Any]) -> list[str]:
    return [
        "## Subject of photographs",
        "",
        "The first proposal on real photographs that nothing was trained on or fitted to, against "
        "the objects that SSD-MobileNetV2 is sure of, of at least 3% of the photo: the share that "
        "covers one with an IoU of at least 0.5 (right), the largest (main), and with a proposal "
        "of the largest at any rank (offered). `python -m lookalike.benchmarking photographs`",
        "",
        *table(figures["rows"]),
    ]


def _calibration(figures: dict[str, Any]) -> list[str]:
    return [
        "## Calibration of proposals",
        "",
        "What each thing known of a proposal adds to the log odds that it is the main subject, "
        f"fitted to {figures['pictures'][0]} photographs, {figures['pictures'][1]} easier and "
        f"{figures['pictures'][2]} harder composites, seed {figures['seed']}. "
        "`python -m lookalike.benchmarking calibration`",
        "",
        *table(figures["rows"]),
    ]


def _ranking(figures: dict[str, Any]) -> list[str]:
    return [
        "## Ranking of proposals",
        "",
        "The exponent with which a proposal's confidence counts beside its area and place: IoU of "
        f"the first proposal on {figures['composites']} composites each, of the training sources, "
        f"seed {figures['seed']}. `python -m lookalike.benchmarking ranking`",
        "",
        *table(figures["rows"]),
    ]


def _speed(figures: dict[str, Any]) -> list[str]:
    return [
        "## Speed",
        "",
        f"One photo of 1280 x 960 pixels through the detector and all methods, warm: median "
        f"{figures['whole_ms_p50']:.0f} ms, {figures['overhead_p50']:.3f} times the sum of its "
        f"steps called alone. Resident memory with everything loaded: "
        f"{figures['resident_mb']:.0f} MiB. `python -m lookalike.benchmarking speed`",
        "",
        *table([{"step": step, "ms": ms} for step, ms in figures["step_ms_p50"].items()]),
    ]


def _startup(figures: dict[str, Any]) -> list[str]:
    return [
        "## Start",
        "",
        f"`app.py` answers HTTP after {figures['seconds_to_first_answer']:.1f} s. "
        "`python -m lookalike.benchmarking startup`",
    ]


def _visits(figures: dict[str, Any]) -> list[str]:
    return [
        "## Visits",
        "",
        f"{figures['visits']} visits, each with a photo of {figures['side']} x {figures['side']} "
        "pixels that every method answers. Resident memory of the server before: "
        f"{figures['before_mb']:,.0f} MiB; at most: {figures['peak_mb']:,.0f} MiB; once the pages "
        f"were closed: {figures['after_mb']:,.0f} MiB, {figures['growth']:+.1%}. Files of photos "
        f"that were left: {figures['files_left']}. `python -m lookalike.benchmarking visits`",
    ]


def _methods(figures: dict[str, Any]) -> list[str]:
    return [
        "## Methods",
        "",
        f"{figures['rows'][0]['queries']} held-out images of {figures['gallery']}, one at a time, "
        "warm, in one process: median milliseconds (95th percentile), and images encoded per "
        "second in batches. `python -m lookalike.benchmarking methods`",
        "",
        *table([_method_costs(row) for row in figures["rows"]]),
    ]


def _method_costs(row: dict[str, Any]) -> dict[str, Any]:
    rates = row["images_per_second"]
    return {
        "method": row["method"],
        **{f"{step} ms": f"{ms['p50']:.2f} ({ms['p95']:.2f})" for step, ms in row["ms"].items()},
        **{f"images/s, batch {size}": f"{rate:,.0f}" for size, rate in rates.items()},
    }


def _words(figures: dict[str, Any]) -> list[str]:
    return [
        "## Words",
        "",
        f"Names of {figures['gallery']} that have at least five items, asked as words: the share "
        f"of {figures['method']}@{figures['weights']}'s five nearest that bear the name, for all "
        "names, for those that pictures were called by in its training, and for those that it "
        "never heard; none of these pictures was trained on. "
        "`python -m lookalike.benchmarking words`",
        "",
        *table(figures["rows"]),
    ]


SECTIONS = {
    "projection": _projection,
    "subject": _subject,
    "photographs": _photographs,
    "calibration": _calibration,
    "ranking": _ranking,
    "words": _words,
    "speed": _speed,
    "startup": _startup,
    "visits": _visits,
}
