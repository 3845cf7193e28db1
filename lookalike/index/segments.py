"""Search over a main engine with an exact delta beside it, without the items that were removed.

Engines such as Annoy cannot grow. What comes in later is compared vector by vector, which takes
little while it is little, until `index merge` folds it into the engine.
"""

from collections.abc import Iterator

import numpy as np

from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, Neighbours
from lookalike.errors import GalleryError

SLACK = 100  # rows beyond k that the engine is asked for at first, when so many were removed
WIDER = 4  # times as many the next time


class Segments:
    """Searches like an engine, by item ids. Thread-safe.

    Args:
        engine: the main engine, which holds at least one row.
        ids: (r,) int64, ascending: the items that the engine's rows stand for.
        delta: (m, d) float32: the last m items, as the engine would be given them.
        live: (n,) bool by item id: which ones may be found.
    """

    def __init__(
        self, engine: Engine, ids: np.ndarray, delta: np.ndarray, live: np.ndarray
    ) -> None:
        self._engine, self._ids, self._delta = engine, ids, delta
        self._count = len(live)
        self._alive = live[ids]
        self._main_live = int(np.count_nonzero(self._alive))
        first = len(live) - len(delta)
        self._new_ids = first + np.flatnonzero(live[first:])
        self._new: Engine | None = None
        if len(self._new_ids):
            self._new = engines.create("exact")
            self._new.build(delta[self._new_ids - first], engine.metric)

    @property
    def removed(self) -> int:
        """How many of the engine's rows are never given."""
        return len(self._ids) - self._main_live

    def search(self, queries: np.ndarray, k: int) -> Neighbours:
        """The k nearest live items of each query; all when k is more.

        Raises:
            GalleryError: no item is live.
            ValueError: as an engine's search.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, but got {k}")
        parts = []
        if self._main_live:
            parts.append(self._search_main(queries, min(k, self._main_live)))
        if self._new:
            found = self._new.search(queries, k)
            parts.append(Neighbours(self._new_ids[found.ids], found.distances))
        if not parts:
            raise GalleryError(
                "Every image of the gallery was removed.",
                "Add some with `python -m lookalike gallery add`, or choose another gallery.",
            )
        return nearest(parts, k)

    def _search_main(self, queries: np.ndarray, k: int) -> Neighbours:
        """The k nearest live items of the engine, which has as many."""
        ids = np.empty((len(queries), k), np.int64)
        distances = np.empty(ids.shape, np.float32)
        left = np.arange(len(queries))
        for wide in self._widths(k):
            found = self._engine.search(queries[left], wide)
            alive = self._alive[found.ids]
            enough = np.count_nonzero(alive, axis=1) >= self._wanted(k, wide)
            first = np.argsort(~alive[enough], axis=1, kind="stable")[:, :k]
            done = left[enough]
            ids[done] = self._ids[np.take_along_axis(found.ids[enough], first, 1)]
            distances[done] = np.take_along_axis(found.distances[enough], first, 1)
            left = left[~enough]
            if not len(left):
                break
        return Neighbours(ids, distances)

    def _widths(self, k: int) -> Iterator[int]:
        """How many rows to ask for, in turn; the last is all of them."""
        wide = k + min(self.removed, SLACK)
        while wide < len(self._ids):
            yield wide
            wide *= WIDER
        yield len(self._ids)

    def _wanted(self, k: int, wide: int) -> float:
        """How many of a list's rows must be live for its first k to be good ones.

        Where most of what is near was removed, what is left stands at the end of the list, where
        an approximate engine misses much.
        """
        if wide == len(self._ids):
            return k
        return max(k, wide * self._main_live / len(self._ids) / 2)

    def vectors(self) -> np.ndarray:
        """(n, d) float32 by item id; zeros for what was removed before the engine was built."""
        vectors = np.zeros((self._count, self._engine.dimension), np.float32)
        vectors[self._ids] = self._engine.vectors()
        vectors[self._count - len(self._delta) :] = self._delta
        return vectors


def nearest(parts: list[Neighbours], k: int) -> Neighbours:
    """The k nearest of several answers to the same queries; equal distances by id."""
    if len(parts) == 1:
        return parts[0]
    ids = np.concatenate([part.ids for part in parts], axis=1)
    distances = np.concatenate([part.distances for part in parts], axis=1)
    order = np.lexsort((ids, distances), axis=1)[:, :k]
    return Neighbours(np.take_along_axis(ids, order, 1), np.take_along_axis(distances, order, 1))
