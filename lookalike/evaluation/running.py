"""From what the command line is given to a report, in a folder or in memory."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lookalike.errors import LookalikeError
from lookalike.evaluation import protocol, votes, writing
from lookalike.evaluation.outcome import Outcome
from lookalike.evaluation.plan import Plan
from lookalike.feedback.store import VoteStore
from lookalike.progress import Show, quiet
from lookalike.search import searcher
from lookalike.settings import settings

VOTES = "votes"


def run(
    gallery: str | None = None,
    queries: str | None = None,
    plan: Plan | None = None,
    out: Path | None = None,
    show: Show = quiet,
) -> dict[str, Any]:
    """Compare methods on a gallery; what report.json holds.

    Args:
        gallery: its name; the setting's unless given.
        queries: as `queries.read_queries` takes them, or "votes".
        plan: what is compared; every indexed method unless given.
        out: a folder for report.json, report.html and the TREC files. Interrupted, the next call
            with the same arguments goes on where this one stopped.
        show: gives a progress bar for each piece of work, by its name.

    Raises:
        LookalikeError: see `protocol.evaluate`, `queries.read_queries`, `votes.evaluate_votes`.
        StorageError: the folder cannot be written; what was measured so far is kept.
    """
    plan = plan or Plan()
    if out is None:
        with TemporaryDirectory(prefix="lookalike-") as folder:
            return _outcome(gallery, queries, plan, Path(folder), show).report
    outcome = _outcome(gallery, queries, plan, writing.prepare(out), show)
    writing.write(outcome, out)
    return outcome.report


def _outcome(
    gallery: str | None, queries: str | None, plan: Plan, work: Path, show: Show
) -> Outcome:
    answerer = searcher(gallery)
    if queries == VOTES and plan.robustness:
        raise LookalikeError(
            "Votes keep no photo, so that no query can be changed.",
            "Leave --robustness out, or ask with images.",
        )
    if queries == VOTES:
        store = VoteStore(settings().database_url)
        return votes.evaluate_votes(answerer.gallery, store.standing(), plan)
    asked = protocol.read_queries(answerer.gallery, queries, plan.relevant)
    return protocol.evaluate(answerer, asked, work, plan, show)
