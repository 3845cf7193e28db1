"""What visitors' votes say about the methods that they saw.

A vote names its query by the sha256 of the crop, and no photo is kept, so the query cannot be asked
again: of each method only those of its results are known that somebody voted on, with their ranks.
So a method's ranking is condensed to its judged results, those nobody judged being left out and the
rest moving up (Sakai 2007, "Alternatives to Bpref", https://doi.org/10.1145/1277741.1277756): an
unjudged result is neither right nor wrong. A result is relevant when more visitors said up than
down about the pair of query and item, whichever method showed it to them.

    judged_precision    the share of a method's judged results that is relevant
    judged_map, judged_ndcg@k, judged_mrr
                        the usual metrics of the condensed ranking; relevant to a query are all
                        items that visitors voted up, whichever method showed them
    bpref               how seldom an irrelevant result stands above a relevant one, as trec_eval
                        has it (Buckley and Voorhees 2004, https://doi.org/10.1145/1008992.1009000)

Each is a mean over the queries that the method was judged on; all but the first leave out those
without a relevant item. What people vote on is no fair sample of what they see: compare methods by
paired differences, over the queries that both were judged on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.encoders.registry import weights_for
from lookalike.errors import LookalikeError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.intervals import of_mean
from lookalike.evaluation.outcome import Outcome, Qrels, Run
from lookalike.evaluation.ranking.entries import (
    LEVEL,
    about_gallery,
    about_run,
    difference_entries,
    first_hits,
    percentiles,
)
from lookalike.evaluation.report import Difference, QueryFacts, Report, Strip, SystemEntry
from lookalike.evaluation.studies.condensed import METRIC, Condensed, SystemName
from lookalike.feedback.export import doc_id, relevance
from lookalike.feedback.models import Vote
from lookalike.galleries.gallery import Gallery
from lookalike.search.methods import check_k
from lookalike.settings import settings


@dataclass(frozen=True)
class VotesOutcome(Outcome):
    """What votes came to."""

    judged: Qrels
    systems: dict[str, Condensed]  # by the name of the report's row

    def judgement_count(self) -> int:
        return sum(map(len, self.judged.values()))

    def qrels(self) -> Qrels:
        return self.judged

    def runs(self, depth: int) -> Iterator[tuple[str, Run]]:
        """The judged results only."""
        for name, system in self.systems.items():
            label = name if "@" in name else f"{name}@{system.name.engine}"
            yield label, {query: names[:depth] for query, names in system.run.items()}

    def picture(self, strip: Strip) -> bytes:
        raise ValueError("votes keep no picture")


def evaluate_votes(gallery: Gallery, votes: Iterable[Vote], comparison: Comparison) -> VotesOutcome:
    """Compare the methods that visitors voted on.

    Votes on other galleries and on items that were removed say nothing here. Of a method whose
    weights have changed, only the rankings of the last voted-on weights count; what older votes
    say about a query and an item still holds.

    Args:
        votes: standing ones, oldest first.

    Raises:
        LookalikeError: no vote is left, a method or weights are unknown, or k is out of range.
    """
    k = check_k(settings().k if comparison.k is None else comparison.k)
    live = {name for name, alive in zip(gallery.names, gallery.live, strict=True) if alive}
    kept = [vote for vote in votes if vote.gallery == gallery.name and vote.item_name in live]
    judged = _qrels(kept)
    systems = _named(
        {
            named: Condensed(named, own, judged)
            for named, own in _by_system(kept, comparison).items()
        }
    )
    if not systems:
        raise LookalikeError(
            f"No vote has been cast on what the gallery {gallery.name} shows by these methods.",
            "Collect some with `python -m lookalike serve`, or ask with images.",
        )
    values = {name: system.values(k) for name, system in systems.items()}
    depth = max(len(names) for system in systems.values() for names in system.run.values())
    report = Report(
        gallery=about_gallery(gallery, "label"),
        queries=_about_queries(systems, judged),
        relevance="votes",
        k=k,
        metric=METRIC,
        depth=depth,
        notes=_notes(kept),
        methods=[_entry(name, systems[name], values[name]) for name in systems],
        differences=_differences(values),
        two_stage=[],
        strips=[],
        **about_run(),
    )
    return VotesOutcome(report, gallery, judged, systems)


def _qrels(votes: Sequence[Vote]) -> Qrels:
    names = {doc_id(vote): vote.item_name for vote in votes}
    qrels: Qrels = defaultdict(dict)
    for (query, document), value in sorted(relevance(votes).items()):
        qrels[query][names[document]] = value
    return dict(qrels)


def _by_system(votes: Sequence[Vote], comparison: Comparison) -> dict[SystemName, list[Vote]]:
    """The votes on each system that is asked for, under its newest weights, by method."""
    wanted = {
        name: weights_for(name, comparison.weights)
        for name in comparison.methods or encoders.names()
    }
    newest = {(vote.encoder, vote.weights): vote.weights_sha256 for vote in votes}
    found: dict[SystemName, list[Vote]] = defaultdict(list)
    for vote in votes:
        if (
            vote.encoder in wanted
            and (not comparison.weights or vote.weights == wanted[vote.encoder])
            and (not comparison.engines or vote.engine in comparison.engines)
            and vote.weights_sha256 == newest[vote.encoder, vote.weights]
        ):
            found[SystemName(vote.encoder, vote.weights, vote.engine)].append(vote)
    order = [*wanted]
    return {named: found[named] for named in sorted(found, key=lambda one: order.index(one.method))}


def _named(systems: dict[SystemName, Condensed]) -> dict[str, Condensed]:
    """By the method's name, with its weights and engine where there are several."""
    several = [len({named[part] for named in systems}) > 1 for part in (1, 2)]
    return {
        named.method
        + (f"-{named.weights}" if several[0] else "")
        + (f"@{named.engine}" if several[1] else ""): system
        for named, system in systems.items()
    }


def _about_queries(systems: Mapping[str, Condensed], judged: Qrels) -> QueryFacts:
    asked = {query for system in systems.values() for query in system.run}
    return QueryFacts(
        source=f"{len(asked):,} queries that visitors voted on",
        count=len(asked),
        copies_left_out=0,
        without_relevant=sum(not any(judged[query].values()) for query in asked),
        timed=len(asked),
    )


def _entry(name: str, system: Condensed, values: dict[str, dict[str, float]]) -> SystemEntry:
    named = system.name
    return SystemEntry(
        name=name,
        method=named.method,
        title=encoders.spec(named.method).title,
        weights=named.weights,
        engine=named.engine,
        params={},
        dimension=None,
        encoded_dimension=None,
        built="index",
        queries=len(system.run),
        judgements=sum(map(len, system.run.values())),
        metrics={
            metric: of_mean(np.array([*column.values()]), LEVEL)
            for metric, column in values.items()
        },
        ms={"total": percentiles(system.latencies)},
        groups={},
        first_hit=first_hits(system.first_hits),
    )


def _differences(values: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[Difference]:
    """Paired by the queries that both were judged on."""
    entries = []
    for metric in (METRIC, "judged_map"):
        for first, second in combinations(values, 2):
            one, two = values[first].get(metric, {}), values[second].get(metric, {})
            if both := sorted(one.keys() & two.keys()):
                apart = np.array([one[query] - two[query] for query in both])
                (entry,) = difference_entries({(metric, first, second): apart})
                entries.append(entry.model_copy(update={"queries": len(both)}))
    return entries


def _notes(votes: Sequence[Vote]) -> list[str]:
    blind, sessions = sum(vote.blind for vote in votes), len({vote.session for vote in votes})
    return [
        f"{len(votes):,} votes of {sessions:,} visitors, {blind:,} of them cast without seeing "
        "which method answered.",
        "Only judged results are known: the others are left out of each ranking.",
    ]
