"""From what the command line is given to a report, in a folder or in memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from lookalike.errors import LookalikeError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.evaluate import evaluate_queries
from lookalike.evaluation.outcome import Outcome
from lookalike.evaluation.queries.read import read_queries
from lookalike.evaluation.render import files
from lookalike.evaluation.report import Report
from lookalike.evaluation.studies import votes
from lookalike.feedback.store import VoteStore
from lookalike.progress import Show, quiet
from lookalike.search import searcher
from lookalike.settings import settings

VOTES = "votes"


def run(
    gallery: str | None = None,
    queries: str | None = None,
    comparison: Comparison | None = None,
    out: Path | None = None,
    show: Show = quiet,
) -> Report:
    """Compare methods on a gallery.

    Args:
        gallery: its name; the setting's unless given.
        queries: as `read_queries` takes them, or "votes".
        comparison: what is compared; every indexed method unless given.
        out: a folder for report.json, report.html and the TREC files. Interrupted, the next call
            with the same arguments goes on where this one stopped.
        show: gives a progress bar for each piece of work, by its name.

    Raises:
        LookalikeError: see `evaluate.evaluate`, `read_queries`, `votes.evaluate_votes`.
        StorageError: the folder cannot be written; what was measured so far is kept.
    """
    comparison = comparison or Comparison()
    if out is None:
        with TemporaryDirectory(prefix="lookalike-") as folder:
            return _outcome(gallery, queries, comparison, Path(folder), show).report
    outcome = _outcome(gallery, queries, comparison, files.prepare(out), show)
    return files.write(outcome, out)


def _outcome(
    gallery: str | None, queries: str | None, comparison: Comparison, work: Path, show: Show
) -> Outcome:
    answerer = searcher(gallery)
    if queries == VOTES and comparison.robustness:
        raise LookalikeError(
            "Votes keep no photo, so that no query can be changed.",
            "Leave --robustness out, or ask with images.",
        )
    if queries == VOTES and comparison.other:
        raise LookalikeError("Votes say by themselves which items count.", "Leave --other out.")
    if queries == VOTES:
        store = VoteStore(settings().database_url)
        return votes.evaluate_votes(answerer.gallery, store.standing(), comparison)
    asked = read_queries(answerer.gallery, queries, comparison.relevant)
    return evaluate_queries(answerer, asked, work, comparison, show)
