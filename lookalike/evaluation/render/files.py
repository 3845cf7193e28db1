"""The files of a report: report.json, report.html, and TREC's qrels.txt and run-*.trec."""

import shutil
from pathlib import Path

from lookalike.errors import LookalikeError, StorageError
from lookalike.evaluation.outcome import Outcome
from lookalike.evaluation.report import Report
from lookalike.storage import trec
from lookalike.storage.files import write_text

WORK = ".work"  # what an unfinished evaluation has found out
LINES = 5_000_000  # of one TREC file, some 200 MB; longer ones are cut, or left out


def prepare(out: Path) -> Path:
    """Make the report's folder, and the one that unfinished work is kept in; the latter.

    Raises:
        LookalikeError: it is a file.
        StorageError: it cannot be made or written to.
    """
    if out.exists() and not out.is_dir():
        raise LookalikeError(f"{str(out)!r} is a file.", "Name a folder for the report.")
    try:
        (out / WORK).mkdir(parents=True, exist_ok=True)
        probe = out / WORK / "probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StorageError(
            f"{str(out)!r} cannot be written ({error.strerror or error}).",
            "Name a folder that can be written for the report.",
        ) from error
    return out / WORK


def write(outcome: Outcome, out: Path) -> Report:
    """Write all files, report.html last, and forget the unfinished work.

    Returns:
        The report, with notes on what had to be left out of the files.

    Raises:
        StorageError: the disk refused; what was measured is kept, so the next try is quick.
    """
    from lookalike.evaluation.render.html import write_html  # here, since it takes long to import

    notes = [*outcome.report.notes, *_write_trec(outcome, out)]
    report = outcome.report.model_copy(update={"notes": notes})
    write_text(out / "report.json", report.json_text())
    write_html(report, outcome.picture, outcome.gallery.thumbnail, out / "report.html")
    shutil.rmtree(out / WORK, ignore_errors=True)
    return report


def _write_trec(outcome: Outcome, out: Path) -> list[str]:
    """What had to be left out of the TREC files, in sentences."""
    for old in (out / "qrels.txt", *out.glob("run-*.trec")):
        old.unlink(missing_ok=True)  # of an earlier report, with other methods
    notes = []
    count = outcome.judgement_count()
    if count <= LINES:
        trec.write_qrels(out / "qrels.txt", outcome.qrels())
    else:
        notes.append(f"qrels.txt is left out: it would have {count:,} lines.")
    depth, k = outcome.report.depth, outcome.report.k
    kept = max(k, min(depth, LINES // outcome.report.queries.count))
    if kept < depth:
        notes.append(f"The run files hold the first {kept} ranks of each query.")
    for name, run in outcome.runs(kept):
        trec.write_run(out / f"run-{name}.trec", name, run)
    return notes
