"""Two-stage search: a cheap method makes a short list, a better one puts it in order.

Both stages go by vectors: a method's second look at its own short list (SIFT's matching of key
points) is not taken here. Below the short list the first stage's order stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.ranking.entries import percentiles
from lookalike.evaluation.ranking.figures import joined, per_query, relevance
from lookalike.evaluation.ranking.rankings import CHUNK, Rankings, distances, followed
from lookalike.evaluation.report import StageFigures, TwoStageEntry
from lookalike.progress import Progress
from lookalike.search.searcher import encode

SIZES = (10, 20, 50, 100, 200, 500, 1000)  # of the short list, up to the one that is asked for
PQ = "pq"  # as the first stage: the second method's own vectors, product-quantised


@dataclass(frozen=True)
class TwoStage:
    """What `--two-stage first:second:short_list` asks for."""

    first: str  # a method, or PQ
    second: str  # a method
    short_list: int  # items that the second one puts in order

    @classmethod
    def parse(cls, text: str) -> "TwoStage":
        """Read "autoencoder:resnet:200".

        Raises:
            LookalikeError: it isn't of this form, or both stages are the same.
        """
        first, second, size = (*text.split(":"), "", "")[:3]
        if text.count(":") != 2 or not (first and second and size.isdecimal() and int(size)):
            raise LookalikeError(
                f"{text!r} does not say how to search in two stages.",
                "Write it as first:second:items, such as autoencoder:resnet:200 or pq:resnet:200.",
            )
        if first == second:
            raise LookalikeError(
                f"Both stages of {text!r} are the same method.", "Name two different ones."
            )
        return cls(first, second, int(size))

    @property
    def methods(self) -> list[str]:
        """The methods that it needs."""
        return [self.second] if self.first == PQ else [self.first, self.second]

    @property
    def sizes(self) -> list[int]:
        """The short lists that are measured, ascending."""
        return [size for size in SIZES if size < self.short_list] + [self.short_list]


def by_vectors(rankings: Rankings) -> Rankings:
    """The rankings of a method without its second look."""
    return replace(rankings, system=replace(rankings.system, reranks=False))


def quantised(second: Rankings) -> Rankings:
    """Rankings by the second stage's vectors, product-quantised, in the order of their codes."""
    from lookalike.evaluation.studies.quantised import Codes  # here: only this needs FAISS

    index = second.system.method.index.under(Codes())
    return replace(second, system=replace(second.system, name=PQ, index=index), rescored=False)


def compare(
    stage: TwoStage,
    first: Rankings,
    second: Rankings,
    judgements: Judgements,
    progress: Progress | None = None,
) -> TwoStageEntry:
    """The entry in the report: quality and time by the size of the short list, and each alone.

    Args:
        first: of the first stage; see `by_vectors` and `quantised`.
        second: of the second one, of the same queries.
    """
    quality = _quality(stage.sizes, first, second, judgements, progress)
    ms = _times(stage.sizes, first, second)
    curve = [
        _figures(values, column, first.k, n=size)
        for size, values, column in zip(stage.sizes, quality, ms.T, strict=False)
    ]
    return TwoStageEntry(
        first=stage.first,
        second=stage.second,
        curve=curve,
        first_alone=_figures(_alone(first, judgements), ms[:, -2], first.k),
        second_alone=_figures(_alone(second, judgements), ms[:, -1], first.k),
    )


def _figures(values: dict[str, np.ndarray], ms: np.ndarray, k: int, **length: Any) -> StageFigures:
    """Of a short list of length n, or without one."""
    means = {name: float(values[name].mean()) for name in (f"precision@{k}", "map")}
    spent = percentiles(ms)
    return StageFigures(ms_p50=spent.p50, ms_p95=spent.p95, **length, **means)


def _quality(
    sizes: Sequence[int],
    first: Rankings,
    second: Rankings,
    judgements: Judgements,
    progress: Progress | None,
) -> list[dict[str, np.ndarray]]:
    """Every metric of every query, by the size of the short list."""
    parts: list[list[dict[str, np.ndarray]]] = [[] for _ in sizes]
    count = len(first.asked)
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        tails = first.found(numbers, first.depth)
        for size, part in zip(sizes, parts, strict=True):
            short = zip(numbers, first.found(numbers, size), strict=True)
            heads = [second.ordered(number, ids) for number, ids in short]
            part.append(_judged(first, judgements, start, followed(heads, tails, first.depth)))
        if progress:
            progress(numbers.stop, count)
    return [joined(part) for part in parts]


def _alone(rankings: Rankings, judgements: Judgements) -> dict[str, np.ndarray]:
    return joined([_judged(rankings, judgements, *chunk) for chunk in rankings.chunks()])


def _judged(
    rankings: Rankings, judgements: Judgements, start: int, ids: np.ndarray
) -> dict[str, np.ndarray]:
    totals = judgements.totals[start : start + len(ids)]
    found = relevance(judgements, start, ids)[totals > 0]
    return per_query(found, totals[totals > 0], rankings.k, rankings.depth)


def _times(sizes: Sequence[int], first: Rankings, second: Rankings) -> np.ndarray:
    """Milliseconds of each timed query, one at a time: (t, sizes + 2), each alone at the end."""
    timed = first.asked.timed
    rows = [_time(sizes, first, second, number) for number in [timed[0], *timed]]
    return np.array(rows[1:])  # the first one warmed up


def _time(sizes: Sequence[int], first: Rankings, second: Rankings, number: int) -> list[float]:
    photo, one, two = first.asked.photo(number), first.system, second.system
    asked_two, encode_two = _timed(lambda: encode(two.method.encoder, photo))
    asked_one, encode_one, both = asked_two, encode_two, encode_two
    if one.method is not two.method:
        asked_one, encode_one = _timed(lambda: encode(one.method.encoder, photo))
        both = encode_one + encode_two

    def answer(size: int) -> np.ndarray:
        ids = one.index.search(asked_one, size).ids[0]
        query = two.index.prepare(asked_two)[0]
        return ids[np.argsort(distances(query, two.method.vectors[ids], two.index.meta.metric))]

    return [
        *(both + _timed(partial(answer, size))[1] for size in sizes),
        encode_one + _timed(lambda: one.index.search(asked_one, first.k))[1],
        encode_two + _timed(lambda: two.index.search(asked_two, first.k))[1],
    ]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` gives, and the milliseconds that it took."""
    start = perf_counter()
    done = work()
    return done, (perf_counter() - start) * 1000
