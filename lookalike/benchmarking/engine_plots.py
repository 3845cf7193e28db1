"""Figures of an engines.json: how the engines compare."""

from collections.abc import Sequence
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import Any

from lookalike.plotting import Axis, Chart, Look, Series, decades, look, save

GROWTH = {  # what is measured: what the axis says
    "build_s": "Seconds to build",
    "peak_mb": "Peak memory while building, MiB",
    "file_mb": "File, MiB",
    "qps": "Queries per second",
}
RECALLS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)  # what is above stands at the last one


def engines(bench: dict[str, Any]) -> Chart:
    """Recall against queries per second: a line per engine through the settings worth choosing.

    A faint mark is a setting that another one of the same engine beats in both. The recall's axis
    stretches towards 1, where the choice is made.
    """
    series = []
    key = f"recall@{bench['k']}"
    for name, rows in by_engine(bench["rows"]).items():
        best, mark = frontier(rows, key), _look(bench, name)
        rest = [row for row in rows if row not in best]
        faint = replace(_settings(name, rest, key, replace(mark, radius=3)), faint=True)
        series += [replace(_settings(name, best, key, mark), key=name, joined=True), faint]
    return Chart(_recall_axis(key, bench["rows"]), _speed_axis(bench["rows"]), series, 440)


def _recall_axis(key: str, rows: Sequence[dict[str, Any]]) -> Axis:
    words = [f"{recall:g}" for recall in RECALLS[:-1]] + ["1"]
    ticks = [(stretched(recall), word) for recall, word in zip(RECALLS, words, strict=True)]
    low = min([stretched(row[key]) for row in rows] + [ticks[1][0]])
    shown = [tick for tick in ticks if tick[0] >= low]
    return Axis(key.capitalize(), low - 0.08, ticks[-1][0] + 0.12, shown)


def _speed_axis(rows: Sequence[dict[str, Any]]) -> Axis:
    return decades(GROWTH["qps"], [row["qps"] for row in rows])


def stretched(recall: float) -> float:
    """Where a recall stands on its axis."""
    return -log10(1 - min(recall, RECALLS[-1]))


def _look(bench: dict[str, Any], name: str) -> Look:
    """An engine's marker, the same in all plots."""
    names = dict.fromkeys(row["engine"] for row in [*bench["rows"], *bench.get("growth", ())])
    return replace(look(list(names).index(name)), radius=4.5)


def _settings(name: str, rows: list[dict[str, Any]], key: str, mark: Look) -> Series:
    return Series(
        [stretched(row[key]) for row in rows],
        [row["qps"] for row in rows],
        [f"{name}\n{_about(row, key)}" for row in rows],
        mark,
    )


def _about(row: dict[str, Any], key: str) -> str:
    params = ", ".join(f"{name} {value}" for name, value in row["params"].items())
    return (
        f"recall {row[key]:.4f}, {row['qps']:,.0f} queries/s, {row['relative_qps']:,.3g} x exact\n"
        f"file {row['file_mb']:,.0f} MiB\n{params}"
    )


def by_engine(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each engine, in the order in which they come."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["engine"], []).append(row)
    return found


def frontier(rows: Sequence[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The rows that no other beats in both recall and speed, by rising recall."""
    best: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (-row[key], -row["qps"])):
        if not best or row["qps"] > best[-1]["qps"]:
            best.append(row)
    return best[::-1]


def growth(bench: dict[str, Any], quantity: str) -> Chart:
    """How a quantity (a key of GROWTH) grows with the number of vectors: a line per engine."""
    rows = bench["growth"]
    series = [
        Series(
            [row["count"] for row in own],
            [row[quantity] for row in own],
            [f"{name}, {row['count']:,} vectors\n{row[quantity]:,.4g}" for row in own],
            _look(bench, name),
            key=name,
            joined=True,
        )
        for name, own in by_engine(rows).items()
    ]
    counts = sorted({row["count"] for row in rows})
    across = replace(
        decades("Vectors", counts), ticks=[(count, thousands(count)) for count in counts]
    )
    return Chart(across, decades(GROWTH[quantity], [row[quantity] for row in rows]), series, 260)


def thousands(count: int) -> str:
    """60,000 as "60k", 1,000,000 as "1M"."""
    return f"{count / 1e6:g}M" if count >= 1e6 else f"{count / 1e3:g}k"


def save_engines(bench: dict[str, Any], path: Path) -> None:
    """Write the plot of all engines as an SVG file."""
    save([engines(bench)], path)


def save_growth(bench: dict[str, Any], path: Path) -> None:
    """Write the plots of all quantities as one SVG file."""
    save([growth({"rows": [], **bench}, quantity) for quantity in GROWTH], path, columns=2)
