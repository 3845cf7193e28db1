"""How good are the methods on photographs of many things, and which of them see colour?

The reports of `lookalike evaluate` on galleries that are too large to be shipped: all held-out
images ask, and exact search answers. Of a report its figures are kept, without the queries that go
worst, so that none of the data sets' pictures or their names is in this repository.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.commands import FOLDER, lookalike
from lookalike.benchmarking import charts
from lookalike.cli.options import progress
from lookalike.encoders import registry as encoders
from lookalike.evaluation import summary
from lookalike.galleries import gallery as galleries
from lookalike.index.build import ensure_index

REPORTS: dict[str, tuple[str, str, list[str]]] = {
    # folder below this one: the gallery, the field that makes an item relevant, further options
    "caltech101": ("caltech101", "label", ["--robustness"]),
    "fashion-products": ("fashion-products", "label", []),
    "fashion-products/by-colour": ("fashion-products", "base_colour", []),
}


def measure(methods: list[str] | None = None, queries: int | None = None) -> None:
    """Write a report.json for each gallery that is built, and say how to build the others.

    Args:
        methods: all that need no network unless given.
        queries: how many held-out images ask; all unless given.
    """
    for name, (gallery, field, options) in REPORTS.items():
        if gallery not in galleries.names():
            print(
                f"{gallery} is left out, since it is not built here; "
                f"`python -m lookalike gallery build {gallery}` builds it.",
                file=sys.stderr,
            )
            continue
        asked = queries or len(galleries.open_gallery(gallery).queries())
        _write(FOLDER / name, gallery, methods or encoders.defaults(), [
            "--queries", str(asked), "--relevant", field, *options,
        ])  # fmt: skip


def _write(kept: Path, gallery: str, methods: list[str], options: list[str]) -> None:
    for method in methods:
        with progress(f"index {method}") as report:
            ensure_index(galleries.open_gallery(gallery), method, progress=report)
    named = [word for method in methods for word in ("--method", method)]
    with tempfile.TemporaryDirectory() as out:
        options = [*named, "--engine", "exact", *options, "--out", out]
        lookalike("evaluate", "--gallery", gallery, *options)
        found = condensed(json.loads((Path(out) / "report.json").read_text("utf-8")))
    kept.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (kept / "report.json").write_text(text + "\n", "utf-8")
    if "robustness" in found:
        charts.robustness(found, kept / "robustness.svg")


def condensed(report: dict[str, Any]) -> dict[str, Any]:
    """A report without pictures, of classes and pairs what the metric says that it compares by."""
    metric = summary.metric(report)
    pairs = [pair for pair in report["differences"] if pair["metric"] == metric]
    methods = [row | {"groups": _groups(row["groups"], metric)} for row in report["methods"]]
    return report | {"methods": methods, "differences": pairs, "strips": []}


def _groups(groups: dict[str, Any], metric: str) -> dict[str, Any]:
    return {
        kind: {
            group: {key: round(values[key], 4) for key in ("queries", metric)}
            for group, values in of.items()
        }
        for kind, of in groups.items()
    }
