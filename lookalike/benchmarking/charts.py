"""The figures as pictures: SVG, so that a README and a browser show them without a script."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lookalike.storage.files import replacing

Row = dict[str, Any]
SETTINGS: dict[Any, Any] = {
    "svg.hashsalt": "lookalike",
    "svg.fonttype": "none",
    "axes.spines.top": False,
}
SETTINGS |= {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}


def engines(figures: dict[str, Any], path: Path) -> None:
    """Draw recall against queries per second, each engine's best configurations joined."""
    key = f"recall@{figures['k']}"
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        axes = figure.add_subplot()
        for style, (name, rows) in enumerate(_by_engine(figures["rows"]).items()):
            best = frontier(rows, key)
            axes.plot(
                [row[key] for row in best], [row["qps"] for row in best], **_look(style, name)
            )
        _label(axes, key, "queries per second", f"{figures['dataset']}, one thread")
        axes.set_yscale("log")
        axes.legend()
        _save(figure, path)


def growth(figures: dict[str, Any], path: Path) -> None:
    """Draw build time, memory, file and speed against the number of vectors."""
    panels = {
        "build_s": "build, seconds",
        "peak_mb": "peak memory while building, MiB",
        "file_mb": "file, MiB",
        "qps": "queries per second",
    }
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 7), layout="constrained")
        for axes, (key, title) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
            for style, (name, rows) in enumerate(_by_engine(figures["growth"]).items()):
                ordered = sorted(rows, key=lambda row: row["count"])
                points = [row["count"] for row in ordered], [row[key] for row in ordered]
                axes.plot(*points, **_look(style, name))
            _label(axes, "vectors", "", title)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.legend()
        _save(figure, path)


def robustness(report: dict[str, Any], path: Path) -> None:
    """Draw the precision of each method by how the query was changed, as a heat map."""
    part = report["robustness"]
    names = [change["name"] for change in part["changes"]]
    rows = [
        [row["unchanged"]["mean"], *(row["changes"][name]["mean"] for name in names)]
        for row in part["rows"]
    ]
    columns = ["Unchanged", *(change["title"] for change in part["changes"])]
    with matplotlib.rc_context(SETTINGS | {"axes.grid": False}):
        figure = Figure(figsize=(9, 1.2 + 0.32 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        axes.imshow(
            rows, cmap="YlGnBu", aspect="auto", vmin=0, vmax=1.3
        )  # black text stays legible
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                axes.text(x, y, f"{value:.2f}", ha="center", va="center")
        axes.set_xticks(range(len(columns)), columns)
        axes.set_yticks(range(len(rows)), [row["title"] for row in part["rows"]])
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        _save(figure, path)


def frontier(rows: Sequence[Row], key: str) -> list[Row]:
    """The rows that no other beats in both recall and speed, by recall."""
    best: list[Row] = []
    for row in sorted(rows, key=lambda row: (-row[key], -row["qps"])):
        if not best or row["qps"] > best[-1]["qps"]:
            best.append(row)
    return best[::-1]


def _by_engine(rows: Sequence[Row]) -> dict[str, list[Row]]:
    names = dict.fromkeys(row["engine"] for row in rows)
    return {name: [row for row in rows if row["engine"] == name] for name in names}


def _look(style: int, name: str) -> dict[str, Any]:
    """Told apart by mark as well as by colour."""
    return {"marker": "osD^vPX*p"[style % 9], "markersize": 5, "linewidth": 1.5, "label": name}


def _label(axes: Axes, horizontal: str, vertical: str, title: str) -> None:
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.set_title(title)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as beside:
        figure.savefig(beside, format="svg", metadata={"Date": None})
