"""One system's figures: every metric of every query, the first hits, the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.evaluation import metrics
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.ranking.costs import engine_recall, step_times
from lookalike.evaluation.ranking.rankings import Rankings
from lookalike.evaluation.ranking.systems import System
from lookalike.progress import Show

USUAL = 10  # the cut-off that is reported whatever k is


@dataclass(frozen=True)
class Measured:
    """What came out for one system. Queries without a relevant item are not among the q."""

    rankings: Rankings
    shown: np.ndarray  # (m, k) int32 ids, -1 where there is none
    relevant: np.ndarray  # (m, k) bool, of `shown`
    values: dict[str, np.ndarray]  # (q,) per metric
    first: np.ndarray  # (q,) rank of the first hit, 0 without
    ms: np.ndarray  # (t, 3), of STEPS
    recall: dict[int, float]  # the engine's, by how many are nearest

    @property
    def system(self) -> System:
        """What was measured."""
        return self.rankings.system


def measure_system(rankings: Rankings, judgements: Judgements, show: Show) -> Measured:
    """Time a system, rank for every query, and judge the rankings."""
    name = rankings.system.name
    with show(f"time {name}") as progress:
        ms = step_times(rankings, progress)
    shown, relevant, values, first = [], [], [], []
    with show(f"rank {name}") as progress:
        for start, ids in rankings.chunks(progress):
            found = relevance(judgements, start, ids)
            judged = judgements.totals[start : start + len(ids)] > 0
            totals = judgements.totals[start : start + len(ids)][judged]
            shown.append(ids[:, : rankings.k])
            relevant.append(found[:, : rankings.k])
            values.append(per_query(found[judged], totals, rankings.k, rankings.depth))
            first.append(metrics.first_hit(found[judged]))
    return Measured(
        rankings,
        np.concatenate(shown),
        np.concatenate(relevant),
        joined(values),
        np.concatenate(first),
        ms,
        engine_recall(rankings),
    )


def relevance(judgements: Judgements, start: int, ids: np.ndarray) -> np.ndarray:
    """Whether each of (c, r) ids, of the queries from number `start` on, is relevant."""
    return np.stack([judgements.relevant(start + row, found) for row, found in enumerate(ids)])


def per_query(
    relevant: np.ndarray, totals: np.ndarray, k: int, depth: int
) -> dict[str, np.ndarray]:
    """The metrics at k, and at the usual cut-off where the gallery has so many items."""
    usual = metrics.per_query(relevant, totals, USUAL) if depth >= USUAL else {}
    return usual | metrics.per_query(relevant, totals, k)


def joined(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Tables of the same columns, one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
