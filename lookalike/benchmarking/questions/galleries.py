"""How good are the methods on photographs of many things, and which of them see colour?

The reports of `lookalike evaluate` on the gallery of things, and on some that are too large to be
shipped: all held-out images ask, and exact search answers. Of a report its figures are kept, not
the queries that go worst, so that none of the data sets' pictures or their names is in this
repository.
"""

import sys
import tempfile
from pathlib import Path

from lookalike.benchmarking import FOLDER
from lookalike.benchmarking.questions.commands import lookalike
from lookalike.encoders import registry as encoders
from lookalike.evaluation import report as reports
from lookalike.evaluation.render import plots
from lookalike.evaluation.report import GroupMeans, Report, SystemEntry
from lookalike.galleries import gallery as galleries
from lookalike.index.build import ensure_index
from lookalike.plotting import save
from lookalike.storage.files import make_folder, write_text

MEDIA = "media.svg"
REPORTS: dict[str, tuple[str, str, list[str]]] = {
    # folder below FOLDER: the gallery, the field that makes an item relevant, further options
    "things": ("things", "kind", []),
    "things/by-name": ("things", "label", []),
    "things/other-medium": ("things", "label", ["--other", "medium"]),
    "caltech101": ("caltech101", "label", ["--robustness"]),
    "fashion-products": ("fashion-products", "label", []),
    "fashion-products/by-colour": ("fashion-products", "base_colour", []),
}


def measure_galleries(methods: list[str] | None = None, queries: int | None = None) -> None:
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
    draw_media()


def _write(kept: Path, gallery: str, methods: list[str], options: list[str]) -> None:
    for method in methods:
        print(f"Indexing {gallery} by {method}", file=sys.stderr)
        ensure_index(galleries.open_gallery(gallery), method)
    named = [word for method in methods for word in ("--method", method)]
    with tempfile.TemporaryDirectory() as out:
        options = [*named, "--engine", "exact", *options, "--out", out]
        lookalike("evaluate", "--gallery", gallery, *options)
        found = condensed(reports.read(Path(out) / "report.json"))
    write_text(make_folder(kept) / "report.json", found.json_text())
    draw_robustness(kept)


def draw_robustness(folder: Path) -> None:
    """Draw what changed queries cost, if the folder's report says it."""
    if part := reports.read(folder / "report.json").robustness:
        save([plots.robustness(part)], folder / "robustness.svg")


def draw_media() -> None:
    """Draw how often the best result is of the same kind, name, and name in another medium."""
    folders = {"same kind": "", "same name": "by-name", "its name, another medium": "other-medium"}
    files = {what: FOLDER / "things" / name / "report.json" for what, name in folders.items()}
    if all(file.exists() for file in files.values()):
        found = {what: reports.read(file) for what, file in files.items()}
        save([plots.by_relevance(found, "precision@1")], FOLDER / "things" / MEDIA)


def draw() -> None:
    """Draw what the kept reports hold anew."""
    draw_media()
    for path in sorted(FOLDER.rglob("report.json")):
        draw_robustness(path.parent)


def condensed(report: Report) -> Report:
    """A report without pictures, of classes and pairs what the metric says that it compares by."""
    pairs = [pair for pair in report.differences if pair.metric == report.metric]
    methods = [_condensed(entry, report.metric) for entry in report.methods]
    return report.model_copy(update={"methods": methods, "differences": pairs, "strips": []})


def _condensed(entry: SystemEntry, metric: str) -> SystemEntry:
    groups = {
        kind: {
            group: GroupMeans(queries=means.queries, **{metric: round(means.figures[metric], 4)})
            for group, means in of.items()
        }
        for kind, of in entry.groups.items()
    }
    return entry.model_copy(update={"groups": groups})
