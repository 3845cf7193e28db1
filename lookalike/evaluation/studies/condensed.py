"""What is known of a system's rankings when only some of its results were judged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lookalike.evaluation import metrics
from lookalike.evaluation.outcome import Qrels, Run
from lookalike.evaluation.ranking.rankings import hashed
from lookalike.feedback.models import Vote

METRIC = "judged_precision"  # what methods are compared by


class SystemName(NamedTuple):
    """Who showed a result: one row of the report."""

    method: str
    weights: str
    engine: str


@dataclass(frozen=True)
class Condensed:
    """What is known of one system's rankings: its judged results."""

    name: SystemName
    votes: list[Vote]
    qrels: Qrels  # of all systems

    @cached_property
    def run(self) -> Run:
        """Each query's judged items, best first; by the last rank that they were shown at."""
        ranks: dict[str, dict[str, int]] = defaultdict(dict)
        for vote in self.votes:
            ranks[vote.query_sha256][vote.item_name] = vote.rank
        return {
            query: sorted(ranks[query], key=lambda name: (ranks[query][name], hashed(name)))
            for query in sorted(ranks)
        }

    def values(self, k: int) -> dict[str, dict[str, float]]:
        """{metric: {query: its value}}; a query without a relevant item has only METRIC."""
        values: dict[str, dict[str, float]] = defaultdict(dict)
        for query, names in self.run.items():
            relevant = np.array([self.qrels[query][name] > 0 for name in names])
            values[METRIC][query] = float(relevant.mean())
            for metric, value in _usual(relevant, [*self.qrels[query].values()], k).items():
                values[metric][query] = value
        return dict(values)

    @property
    def first_hits(self) -> np.ndarray:
        """(q,) rank of the first relevant result among the judged ones; 0 without."""
        hits = [[self.qrels[query][name] > 0 for name in run] for query, run in self.run.items()]
        return np.array([row.index(True) + 1 if True in row else 0 for row in hits])

    @property
    def latencies(self) -> np.ndarray:
        """Milliseconds of each answer that was voted on."""
        answers = {(vote.session, vote.query_sha256): vote.latency_ms for vote in self.votes}
        return np.array([*answers.values()])


def _usual(relevant: np.ndarray, judged: Sequence[int], k: int) -> dict[str, float]:
    """The usual metrics of one condensed ranking, (r,) bool; none when nothing is relevant."""
    total = sum(value > 0 for value in judged)
    if not total:
        return {}
    row, totals = relevant[None], np.array([total])
    return {
        "judged_map": float(metrics.average_precision(row, totals)[0]),
        f"judged_ndcg@{k}": float(metrics.ndcg_at_k(row, totals, k)[0]),
        "judged_mrr": float(metrics.reciprocal_rank(row)[0]),
        "bpref": bpref(relevant, total, len(judged) - total),
    }


def bpref(relevant: np.ndarray, total: int, irrelevant: int) -> float:
    """The share of a query's relevant items that is found, less by irrelevant ones above them.

    Source: https://github.com/usnistgov/trec_eval, m_bpref.c.

    Args:
        relevant: (r,) bool, the ranking's judged results.
        total: how many items are relevant to the query, at least 1.
        irrelevant: how many are judged irrelevant.
    """
    above = np.cumsum(~relevant)[relevant]  # irrelevant results above each relevant one
    most = max(min(irrelevant, total), 1)
    return float((1 - np.minimum(above, total) / most).sum() / total)
