"""What each system answers: the items nearest to every query.

The first k ids are those that a search for k gives, which is what a visitor is shown; a search for
more may look more closely. Below them come the others that a search down to `depth` gives.

An engine is asked for ids only. How far they are is measured here, in double precision, from the
vectors that were indexed, so that no engine is flattered by its own distances. Items at equal
distance, to float32's precision, come in the order of a hash of their names: it favours no label,
and stays when the gallery is put in another order. Where equal distances lie across the end of an
engine's list, it is the engine that chooses among them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from lookalike import photos
from lookalike.distance import Metric
from lookalike.encoders.base import Reranker
from lookalike.engines.base import Neighbours
from lookalike.evaluation.queries.images import QuerySet
from lookalike.evaluation.ranking.systems import Method, System
from lookalike.index.reranking import SHORT_LIST
from lookalike.photos import Photo
from lookalike.progress import Progress
from lookalike.search.searcher import Searcher
from lookalike.settings import settings
from lookalike.storage.arrays import ArrayCache

CHUNK = 128  # queries per file: what an interruption can cost
TIMED = 200  # queries that are asked one at a time, for the time


@dataclass(frozen=True)
class Asked:
    """The queries, what they may not find, and where work on them is kept."""

    searcher: Searcher
    queries: QuerySet
    excluded: Sequence[np.ndarray]  # per query, ids
    work: Path

    def __len__(self) -> int:
        return len(self.queries.each)

    @cached_property
    def key(self) -> tuple[str, str]:
        """What every result on these queries hangs on."""
        gallery = self.searcher.gallery
        digest = hashlib.sha256(gallery.live.tobytes())
        for query in self.queries.each:
            digest.update(repr((query.name, query.item, sorted(query.digests))).encode())
        return gallery.fingerprint, digest.hexdigest()

    @cached_property
    def left_out(self) -> str:
        """A digest of what the queries may not find, on which rankings hang too."""
        digest = hashlib.sha256()
        for ids in self.excluded:
            digest.update(repr(ids.tolist()).encode())
        return digest.hexdigest()

    @cached_property
    def ties(self) -> np.ndarray:
        """The order of items at equal distance, (n,) uint64 by id."""
        names = self.searcher.gallery.names
        return np.array([hashed(name) for name in names], np.uint64)

    @cached_property
    def timed(self) -> list[int]:
        """The numbers of the queries that are timed: TIMED of them, drawn by a hash of the name.

        Not one class after the other: visitors' photos come in no order.
        """
        each = self.queries.each
        return sorted(range(len(each)), key=lambda number: hashed(each[number].name))[:TIMED]

    def photo(self, number: int) -> Photo:
        """A query as the encoders get it."""
        return photos.shrink(self.queries.each[number].photo, settings().subject_side)


def hashed(name: str) -> int:
    """64 bits of a name, by which ties are broken."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def query_vectors(asked: Asked, method: Method, progress: Progress | None = None) -> np.ndarray:
    """The queries' vectors as the engine sees them, (m, d) float32.

    Those of the gallery's own items are in its index; other images are encoded, in batches.
    """
    queries = asked.queries.each
    vectors = np.empty((len(asked), method.index.meta.dimension), np.float32)
    for number, query in enumerate(queries):
        if query.item is not None:
            vectors[number] = method.vectors[query.item]
    others = [number for number, query in enumerate(queries) if query.item is None]
    kept = ArrayCache(asked.work, f"{method.encoder.spec.name}-vectors", asked.key, method.key)
    for start in range(0, len(others), CHUNK):
        numbers = others[start : start + CHUNK]
        make = partial(_encode, asked, method, numbers)
        vectors[numbers] = method.index.prepare(kept.array(f"{start:09d}", make))
        if progress:
            progress(start + len(numbers), len(others))
    return vectors


def _encode(asked: Asked, method: Method, numbers: list[int]) -> np.ndarray:
    return method.encoder.encode([asked.photo(number) for number in numbers])


@dataclass(frozen=True)
class Rankings:
    """A system's answers to all queries."""

    asked: Asked
    system: System
    vectors: np.ndarray  # the queries', (m, d) float32
    k: int  # results that a visitor is shown
    depth: int  # ranks that are looked at
    rescored: bool = True  # False: in the engine's own order, which may be a rough one

    def chunks(self, progress: Progress | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """The first query's number and the ids, (c, depth) int32, of a few queries at a time.

        -1 stands where the gallery has no more. What was ranked before is read from its file.
        """
        asked = self.asked.key, self.asked.left_out
        key = asked, self.system.key, self.k, self.depth, self.rescored, SHORT_LIST
        kept = ArrayCache(self.asked.work, f"{self.system.name}-ranks", key)
        for start in range(0, len(self.asked), CHUNK):
            numbers = range(start, min(start + CHUNK, len(self.asked)))
            yield start, kept.array(f"{start:09d}", partial(self._rank, numbers))
            if progress:
                progress(numbers.stop, len(self.asked))

    def _rank(self, numbers: range) -> np.ndarray:
        shown = max(self.k, SHORT_LIST) if self.system.reranks else self.k
        heads = self.found(numbers, shown)
        if self.system.reranks:
            heads = [self._reranked(*pair) for pair in zip(numbers, heads, strict=True)]
        return followed(heads, self.found(numbers, self.depth), self.depth)

    def found(self, numbers: Sequence[int], k: int) -> list[np.ndarray]:
        """The k nearest items that the queries may find, nearest first; fewer if there are."""
        left_out = [self.asked.excluded[number] for number in numbers]
        most = max(map(len, left_out), default=0)
        ids = self.system.index.search_prepared(self.vectors[numbers], k + most).ids
        rows = []
        for number, row, out in zip(numbers, ids, left_out, strict=True):
            kept = row[~np.isin(row, out)][:k] if len(out) else row[:k]
            rows.append(self.ordered(number, kept) if self.rescored else kept)
        return rows

    def ordered(self, number: int, ids: np.ndarray) -> np.ndarray:
        """The (r,) ids by their true distance from a query."""
        return self._sorted(ids, self.distances(number, ids))

    def distances(self, number: int, ids: np.ndarray) -> np.ndarray:
        """How far (r,) items are from a query, (r,) float32."""
        metric = self.system.index.meta.metric
        return distances(self.vectors[number], self.system.method.vectors[ids], metric)

    def shown_distances(self, shown: np.ndarray, progress: Progress | None = None) -> np.ndarray:
        """How far the results that a visitor is shown are from each query, as the page says it.

        Args:
            shown: (m, k) ids, the first of each ranking; -1 where there is none.

        Returns:
            (m, k) float64; NaN where there is none.
        """
        key = self.asked.key, self.asked.left_out, self.system.key, self.k, SHORT_LIST
        kept = ArrayCache(self.asked.work, f"{self.system.name}-distances", key)
        parts = []
        for start in range(0, len(shown), CHUNK):
            rows = shown[start : start + CHUNK]
            make = partial(self._shown_distances, start, rows)
            parts.append(kept.array(f"{start:09d}", make))
            if progress:
                progress(start + len(rows), len(shown))
        return np.concatenate(parts)

    def _shown_distances(self, start: int, shown: np.ndarray) -> np.ndarray:
        found = np.full(shown.shape, np.nan)
        for row, ids in enumerate(shown):
            there = ids >= 0
            found[row, there] = self._looked_at(start + row, ids[there])
        return found

    def _looked_at(self, number: int, ids: np.ndarray) -> np.ndarray:
        """`distances`, by the encoder's second look where it has one."""
        distances, encoder = self.distances(number, ids), self.system.method.encoder
        if not (self.system.reranks and isinstance(encoder, Reranker)):
            return distances
        found = Neighbours(ids[None], distances[None])
        again = self.asked.searcher.short_list.rerank(encoder, self.asked.photo(number), found)
        by_id = dict(zip(again.ids[0].tolist(), again.distances[0].tolist(), strict=True))
        return np.array([by_id[item] for item in ids.tolist()], np.float32)

    def _sorted(self, ids: np.ndarray, distances: np.ndarray) -> np.ndarray:
        return ids[np.lexsort((self.asked.ties[ids], distances))]

    def _reranked(self, number: int, ids: np.ndarray) -> np.ndarray:
        encoder = self.system.method.encoder
        assert isinstance(encoder, Reranker)  # `reranks` says so
        found = Neighbours(ids[None], self.distances(number, ids)[None])
        again = self.asked.searcher.short_list.rerank(encoder, self.asked.photo(number), found)
        return self._sorted(again.ids[0], again.distances[0])


def followed(heads: Sequence[np.ndarray], tails: Sequence[np.ndarray], depth: int) -> np.ndarray:
    """Each row's head, then what else its tail holds; (c, depth) int32, filled up with -1."""
    ranked = np.full((len(heads), depth), -1, np.int32)
    for row, head, tail in zip(ranked, heads, tails, strict=True):
        ids = np.concatenate([head, tail[~np.isin(tail, head)]])[:depth]
        row[: len(ids)] = ids
    return ranked


def distances(query: np.ndarray, items: np.ndarray, metric: Metric) -> np.ndarray:
    """From one (d,) vector to (r, d) others, (r,) float32; equal vectors are equally far."""
    apart = items.astype(np.float64) - query
    # Not `@`, which may add up the same numbers in another order in another row.
    squared = np.einsum("rd,rd->r", apart, apart)
    found = squared / 2 if metric == "cosine" else np.sqrt(squared)  # |q - x|² = 2 - 2 cos
    return found.astype(np.float32)
