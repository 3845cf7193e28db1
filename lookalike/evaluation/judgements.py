"""What is relevant to each query, and what may not answer it.

An item is relevant when it has the query's label, or its value of another field; or when a qrels
file says so. What visitors' votes say is read in votes.py: of those, only what was shown is known.

A query finds neither itself nor a copy of itself: items whose image file equals the query's are
left out of every ranking and of the number of relevant items, since finding a file again shows
nothing. Items that are copies of each other, but not of the query, all stay and all count.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from lookalike.errors import GalleryError, LookalikeError
from lookalike.evaluation.queries.images import QueryImage, QuerySet, digest
from lookalike.galleries.gallery import Gallery
from lookalike.progress import Progress

DIGESTS = 1000  # images read between two steps of the progress bar


class Judgements(ABC):
    """Which items are relevant to which query; a query's number is its place in `QuerySet.each`.

    Attributes:
        excluded: for each query, the ids that it may not find.
        totals: (m,) int64, how many relevant items it may find.
        classes: each query's class; "" when it has none.
    """

    classes: list[str]

    def __init__(self, excluded: Sequence[np.ndarray]) -> None:
        self.excluded = excluded
        self.totals = np.array(
            [
                len(self._live(number)) - np.count_nonzero(self.relevant(number, ids))
                for number, ids in enumerate(excluded)
            ],
            np.int64,
        )

    @abstractmethod
    def relevant(self, number: int, ids: np.ndarray) -> np.ndarray:
        """Whether each of (r,) ids is relevant to a query; -1 stands for no item, which is not."""

    @abstractmethod
    def _live(self, number: int) -> np.ndarray:
        """The relevant ids that are live, those that the query may not find too."""

    def findable(self, number: int) -> np.ndarray:
        """The ids of the relevant items that a query may find, ascending; `totals` of them."""
        return np.setdiff1d(self._live(number), self.excluded[number])


class ByValue(Judgements):
    """Relevant is what has the query's label, or its value of another field.

    An item without a value is relevant to nothing.
    """

    def __init__(
        self, gallery: Gallery, queries: QuerySet, excluded: Sequence[np.ndarray], field: str
    ) -> None:
        values = gallery.values(field)
        self.classes = values_of(gallery, queries, field)
        numbers = {value: number for number, value in enumerate(dict.fromkeys(values))} | {"": -1}
        # The last place is that of id -1.
        self._codes = np.array([*(numbers[value] for value in values), -1], np.int64)
        self._wanted = [numbers.get(value, -2) if value else -2 for value in self.classes]
        live = np.flatnonzero(gallery.live)
        order = live[np.argsort(self._codes[live], kind="stable")]
        starts = np.searchsorted(self._codes[order], np.arange(len(numbers) + 1))
        self._of_code = {code: order[starts[code] : starts[code + 1]] for code in numbers.values()}
        super().__init__(excluded)

    def relevant(self, number: int, ids: np.ndarray) -> np.ndarray:
        return self._codes[ids] == self._wanted[number]

    def _live(self, number: int) -> np.ndarray:
        return self._of_code.get(self._wanted[number], np.empty(0, np.int64))


class ByQrels(Judgements):
    """Relevant is what a qrels file gives more than 0; what it does not judge is not."""

    def __init__(
        self, queries: QuerySet, excluded: Sequence[np.ndarray], qrels: dict[str, dict[int, int]]
    ) -> None:
        self.classes = [query.label for query in queries.each]
        self._relevant = [
            np.array(sorted(i for i, value in qrels[query.name].items() if value > 0), np.int64)
            for query in queries.each
        ]
        super().__init__(excluded)

    def relevant(self, number: int, ids: np.ndarray) -> np.ndarray:
        return np.isin(ids, self._relevant[number])

    def _live(self, number: int) -> np.ndarray:
        return self._relevant[number]


def judge(
    gallery: Gallery, queries: QuerySet, excluded: Sequence[np.ndarray], field: str = "label"
) -> Judgements:
    """The judgements of the queries' own qrels file, or by a field.

    Raises:
        LookalikeError: nothing in the gallery is relevant to any query.
    """
    judgements: Judgements = (
        ByValue(gallery, queries, excluded, field)
        if queries.qrels is None
        else ByQrels(queries, excluded, queries.qrels)
    )
    if not judgements.totals.any():
        raise LookalikeError(
            f"None of the {len(queries.each):,} queries has anything relevant to find in "
            f"{gallery.name}.",
            "Ask with images that share a class with others, or with a qrels file that judges "
            "something relevant.",
        )
    return judgements


def check_values(gallery: Gallery, field: str) -> None:
    """Refuse a field by which every ranking would be perfect, or none could be judged.

    Raises:
        GalleryError: it is one of those, or no item has it.
    """
    values = zip(gallery.values(field), gallery.live, strict=True)
    found = {value for value, live in values if live}
    if found == {""}:
        raise GalleryError(
            f"No item of the gallery {gallery.name} has a {field}, so that none is relevant.",
            "Give relevance by another field with --relevant, or by `--queries FILE.qrels`.",
        )
    if len(found) == 1:
        raise GalleryError(
            f"Every item of the gallery {gallery.name} has the same {field}, {found.pop()!r}, so "
            "that every method would be perfect.",
            "Add items of other classes, or give relevance by `--queries FILE.qrels`.",
        )


def image_digests(gallery: Gallery, progress: Progress | None = None) -> np.ndarray:
    """The sha256 of each item's image file, (n, 32) uint8 by id."""
    digests = np.empty((len(gallery), 32), np.uint8)
    for item in range(len(gallery)):
        digests[item] = np.frombuffer(digest(gallery[item].image), np.uint8)
        if progress and (item + 1) % DIGESTS == 0:
            progress(item + 1, len(gallery))
    return digests


def excluded(
    gallery: Gallery, queries: Sequence[QueryImage], items: list[bytes]
) -> list[np.ndarray]:
    """For each query the ids of the live items that it is, or that are copies of it.

    Args:
        items: the gallery's image digests.
    """
    live: dict[bytes, list[int]] = defaultdict(list)
    for item in np.flatnonzero(gallery.live):
        live[items[item]].append(int(item))
    return [
        np.array(
            sorted({copy for image in _digests(query, items) for copy in live.get(image, [])}),
            np.int64,
        )
        for query in queries
    ]


def values_of(gallery: Gallery, queries: QuerySet, field: str) -> list[str]:
    """Each query's value of a field: its own, or that of the item that it is.

    Raises:
        GalleryError: no item has such a field.
    """
    values = gallery.values(field)
    return [
        query.value(field) if query.item is None else values[query.item] for query in queries.each
    ]


def without_same(
    gallery: Gallery, queries: QuerySet, excluded: Sequence[np.ndarray], field: str, other: str
) -> list[np.ndarray]:
    """For each query what it may not find when only items with another value of `other` count.

    To the ids that it may not find anyway come those that have its value of `field`, which would
    make them relevant, and of `other` too: they are neither right nor wrong. To lack a value of
    `other` is a value as well.

    Raises:
        GalleryError: no item has such a field.
    """
    of_both: dict[tuple[str, str], list[int]] = defaultdict(list)
    pairs = zip(gallery.values(field), gallery.values(other), strict=True)
    for item, pair in enumerate(pairs):
        if pair[0] and gallery.live[item]:
            of_both[pair].append(item)
    asked = zip(values_of(gallery, queries, field), values_of(gallery, queries, other), strict=True)
    return [
        np.union1d(ids, np.array(of_both.get(pair, []), np.int64))
        for ids, pair in zip(excluded, asked, strict=True)
    ]


def _digests(query: QueryImage, items: list[bytes]) -> frozenset[bytes]:
    return query.digests if query.item is None else frozenset([items[query.item]])
