"""The one path that a query takes; the page, the API and the command line all call it.

photos.load -> detector.propose -> crop -> for each method: encode -> search -> rerank -> results
"""

import hashlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from time import perf_counter
from typing import Any

import numpy as np

from lookalike import photos
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder, Reranker, TextEncoder
from lookalike.engines.base import Neighbours
from lookalike.errors import LookalikeError, PhotoError, WeightsError, unknown_name
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.index import Index, open_index
from lookalike.indexes.meta import Names
from lookalike.photos import Box, Photo
from lookalike.settings import settings

log = logging.getLogger(__name__)

SHORT_LIST = 50  # items that a reranker looks at
DESCRIBED = 2000  # items whose descriptors are kept in memory, about 50 KB each


@dataclass(frozen=True)
class Subject:
    """The part of the photo that is searched for."""

    box: Box  # (x1, y1, x2, y2) in the upright photo's pixels
    score: float  # the detector's confidence, in [0, 1]
    source: str  # who chose it: a detector, "whole photo", "visitor"
    proposals: tuple[Proposal, ...] = ()
    ms: float = 0.0  # spent on detection

    @property
    def name(self) -> str | None:
        """What it is, where a detector proposed this box and knows: "dog"."""
        return next((found.name for found in self.proposals if found.box == self.box), None)

    def as_dict(self) -> dict[str, Any]:
        """The subject and what else was proposed, as JSON holds it."""
        proposals = [asdict(one) | {"box": list(one.box)} for one in self.proposals]
        chosen = Proposal(self.box, self.score, self.source, self.name)
        return asdict(chosen) | {"box": list(self.box), "proposals": proposals}


@dataclass(frozen=True)
class Result:
    """One item that looks like the query."""

    rank: int  # from 1
    id: int
    name: str
    label: str
    distance: float  # smaller is nearer
    closer_than: float | None  # share of random pairs that are farther apart; None for text


@dataclass(frozen=True)
class Steps:
    """Milliseconds of each step; waiting for a turn is in none of them."""

    encode: float = 0.0
    search: float = 0.0
    rerank: float = 0.0

    @property
    def total(self) -> float:
        """All steps together."""
        return self.encode + self.search + self.rerank


@dataclass(frozen=True)
class Answer:
    """What one method says."""

    method: str
    weights: str
    weights_sha256: str
    engine: str
    cold: bool  # the model or the index was loaded by this call, which `ms` then includes
    ms: Steps
    results: list[Result]

    @property
    def good_match(self) -> bool:
        """Whether the best result is closer than nearly all random pairs (`good_match` setting)."""
        best = self.results[0].closer_than if self.results else 0.0
        return best is None or best >= settings().good_match


@dataclass(frozen=True)
class Response:
    """What all methods say about one photo."""

    gallery: str
    subject: Subject
    answers: list[Answer] = field(default_factory=list)
    not_indexed: list[str] = field(default_factory=list)  # methods left out, when none was named

    def as_dict(self) -> dict[str, Any]:
        """The JSON that the command line and the API give."""
        return {
            "gallery": self.gallery,
            "subject": self.subject.as_dict(),
            "methods": [asdict(answer) for answer in self.answers],
            "not_indexed": self.not_indexed,
            "ms": {"detect": self.subject.ms},
        }


def check_k(k: Any) -> int:
    """The number of results, if it is one.

    Raises:
        LookalikeError: it is not a whole number from 1 to the setting max_k.
    """
    most = settings().max_k
    if (
        isinstance(k, bool)
        or not isinstance(k, (int, float, np.integer))
        or k != k
        or not 1 <= k <= most
        or k % 1
    ):
        raise LookalikeError(f"{k!r} is not a number of results.", f"Use 1 to {most}.")
    return int(k)


def find_subject(photo: Photo, wanted: str | Sequence[float] = "auto") -> Subject:
    """Choose what to search for.

    Args:
        photo: (h, w, 3) uint8 RGB.
        wanted: "auto" asks the setting's detector, "whole" takes all, else a box (x1, y1, x2, y2)
            in pixels or the same as text, "x1,y1,x2,y2".

    Raises:
        PhotoError: the box is not four numbers, or lies outside the photo.
        UnknownNameError: there is no such detector as the setting says.
    """
    if isinstance(wanted, str) and wanted in ("auto", "whole"):
        detector = _detector(settings().detector if wanted == "auto" else "whole")
        start = perf_counter()
        proposals = tuple(detector.propose(photo))
        best = proposals[0]
        return Subject(best.box, best.score, best.source, proposals, _since(start))
    box = _parse_box(wanted) if isinstance(wanted, str) else wanted
    return Subject(photos.check_box(box, photo), 1.0, "visitor")


def _detector(name: str) -> Detector:
    """The detector, or the one that takes all where its weights cannot be had."""
    try:
        return detectors.load(name)
    except WeightsError as error:
        log.warning("the whole photo is searched: %s", error)
        return detectors.load("whole")


def _parse_box(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise PhotoError(
            f"{text!r} is not a subject.", "Use auto, whole, or x1,y1,x2,y2 in pixels."
        ) from error


def query_sha256(query: Photo | str) -> str:
    """What identifies a query in the votes: the crop's pixels, or the words."""
    if isinstance(query, str):
        # Half of a surrogate pair can come out of JSON.
        return hashlib.sha256(b"text:" + query.encode("utf-8", "surrogatepass")).hexdigest()
    return hashlib.sha256(repr(query.shape).encode() + query.tobytes()).hexdigest()


def weights_for(method: str, wanted: str | None = None) -> str:
    """The weights that answer: the wanted ones where the method has them, else its default.

    Raises:
        UnknownNameError: there is no such method, or no method has such weights.
    """
    wanted = wanted or settings().weights
    known = [weights.name for weights in encoders.spec(method).weights]
    if wanted in known:
        return wanted
    every = {one.name for name in encoders.names() for one in encoders.spec(name).weights}
    if wanted not in every:
        raise unknown_name("set of weights", wanted, sorted(every))
    return known[0]


def indexed(gallery: str) -> list[str]:
    """The methods that have an index of the gallery, with any weights, in the page's order."""
    engine = settings().engine
    return [
        name
        for name in encoders.names()
        if any(Names(gallery, name, one.name, engine).find() for one in encoders.spec(name).weights)
    ]


def methods_for(
    gallery: str, methods: Sequence[str] | None = None, weights: str | None = None
) -> tuple[list[str], list[str]]:
    """The methods to ask, and those that are left out for lack of an index.

    Only when none is named are any left out: a method of the hub in silence. When no method has an
    index, none is left out, so that the first one says how to build it.

    Raises:
        UnknownNameError: there is no such method, or no method has such weights.
    """
    names = list(dict.fromkeys(methods or encoders.names()))
    used = {name: weights_for(name, weights) for name in names}
    if methods:
        return names, []
    engine, usual = settings().engine, encoders.defaults()
    there = [name for name in names if Names(gallery, name, used[name], engine).find()]
    left_out = [name for name in usual if name not in there]
    return (there, left_out) if there else (usual, [])


class Searcher:
    """Answers queries from one gallery; loads models and indexes when they are first asked.

    Thread-safe. `searcher(gallery)` gives the shared one.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._loaded: dict[tuple[str, str], tuple[Encoder, Index]] = {}
        self._lock = threading.Lock()
        self._described = lru_cache(maxsize=DESCRIBED)(self._describe)

    def ready(self, method: str, weights: str | None = None) -> bool:
        """Whether the next answer of this method is a warm one."""
        return (method, weights_for(method, weights)) in self._loaded

    def load(self, method: str, weights: str | None = None) -> tuple[Encoder, Index]:
        """The encoder and its index, loaded by the first call.

        Raises:
            UnknownNameError, WeightsError, IndexFileError: one of them cannot be had.
        """
        return self._load(method, weights)[0]

    def _load(self, method: str, weights: str | None) -> tuple[tuple[Encoder, Index], float | None]:
        """`load`, and the milliseconds that it took; None when all was there."""
        key = method, weights_for(method, weights)
        if key in self._loaded:  # without the lock, behind which others may load for seconds
            return self._loaded[key], None
        # A lock for all: on few cores, models that load at the same time only slow each other.
        with self._lock:
            start = perf_counter()
            if key in self._loaded:
                return self._loaded[key], None
            encoder = encoders.load(*key)
            self._loaded[key] = encoder, open_index(self.gallery, encoder)
            return self._loaded[key], _since(start)

    def answer(
        self,
        query: Photo | str,
        method: str,
        k: int | None = None,
        weights: str | None = None,
        exclude: int | None = None,
    ) -> Answer:
        """What one method finds.

        Args:
            query: the subject's crop, (h, w, 3) uint8 RGB, or words for a method that reads them.
            k: results; the setting's unless given. A smaller gallery gives all it has.
            exclude: an item that is left out, since it is the query itself.

        Raises:
            UnknownNameError: there is no such method or weights.
            WeightsError, IndexFileError: the model or the index cannot be loaded.
            LookalikeError: k is out of range, or the method takes no words.
        """
        k = check_k(settings().k if k is None else k)
        (encoder, index), load_ms = self._load(method, weights)
        start = perf_counter()
        vector = encode(encoder, query)
        encode_ms = _since(start) + (load_ms or 0)
        found, ms = self.find(encoder, index, vector, query, k + (exclude is not None))
        return Answer(
            method=method,
            weights=encoder.weights.name,
            weights_sha256=encoder.weights.sha256,
            engine=index.meta.engine,
            cold=load_ms is not None,
            ms=replace(ms, encode=encode_ms),
            results=self._results(found, index, k, exclude, scored=not isinstance(query, str)),
        )

    def find(
        self, encoder: Encoder, index: Index, vector: np.ndarray, query: Photo | str, k: int
    ) -> tuple[Neighbours, Steps]:
        """The nearest of one encoded query, re-ranked where the encoder can.

        Returns:
            k neighbours, or the whole short list when it was re-ranked; and the time.
        """
        if not isinstance(encoder, Reranker) or isinstance(query, str):
            start = perf_counter()
            return index.search(vector, k), Steps(search=_since(start))
        start = perf_counter()
        found = index.search(vector, max(k, SHORT_LIST))
        search_ms = _since(start)
        start = perf_counter()
        found = self.rerank(encoder, query, found)
        return found, Steps(search=search_ms, rerank=_since(start))

    def rerank(self, encoder: Reranker, query: Photo, found: Neighbours) -> Neighbours:
        """Order the short list by distance * (1 - share of the query's points verified).

        The product keeps one meaning of distance: a copy comes to 0, an item without a match
        stays where its vector put it, and rows still ascend.
        """
        points = encoder.describe(query)
        ids = found.ids[0]

        def share(item_id: int) -> float:
            item = self._described(encoder, int(item_id))  # type: ignore[arg-type]  # by identity
            return encoder.verify(points, item)

        shares = np.fromiter(_pool().map(share, ids), np.float32, len(ids))
        distances = found.distances[0] * (1 - shares)
        order = np.lexsort((ids, distances))
        return Neighbours(ids[None, order], distances[None, order])

    def _describe(self, encoder: Reranker, item_id: int) -> Any:
        return encoder.describe(self.gallery[item_id].photo())

    def _results(
        self, found: Neighbours, index: Index, k: int, exclude: int | None, scored: bool
    ) -> list[Result]:
        closer = index.closer_than(found.distances[0])
        rows = [
            (int(item_id), float(distance), float(share) if scored else None)
            for item_id, distance, share in zip(
                found.ids[0], found.distances[0], closer, strict=True
            )
            if item_id != exclude
        ]
        names, labels = self.gallery.names, self.gallery.labels
        return [
            Result(rank, item_id, names[item_id], labels[item_id], distance, share)
            for rank, (item_id, distance, share) in enumerate(rows[:k], 1)
        ]


def encode(encoder: Encoder, query: Photo | str) -> np.ndarray:
    """One query's vector, (1, d) float32.

    Raises:
        LookalikeError: the query is words and the encoder does not read them.
    """
    if not isinstance(query, str):
        return encoder.encode([query])
    if not isinstance(encoder, TextEncoder):
        raise LookalikeError(
            f"{encoder.spec.title} does not read words.", "Use the method clip, or a photo."
        )
    return encoder.encode_text([query])


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Threads for describing the short list; OpenCV works without Python's lock."""
    return ThreadPoolExecutor(thread_name_prefix="rerank")


def _since(start: float) -> float:
    return round((perf_counter() - start) * 1000, 3)


_searchers: dict[str, Searcher] = {}
_searchers_lock = threading.Lock()


def searcher(gallery: str | None = None) -> Searcher:
    """The shared searcher of a gallery; a new one when the gallery has changed.

    Raises:
        UnknownNameError, GalleryError: the gallery cannot be opened.
    """
    opened = open_gallery(settings().gallery if gallery is None else gallery)
    with _searchers_lock:
        shared = _searchers.get(opened.name)
        if shared is None or shared.gallery is not opened:
            shared = _searchers[opened.name] = Searcher(opened)
        return shared


def search(
    photo: Photo,
    gallery: str | None = None,
    methods: Sequence[str] | None = None,
    k: int | None = None,
    subject: str | Sequence[float] = "auto",
    weights: str | None = None,
) -> Response:
    """Find what in a gallery looks like the subject of a photo.

    Args:
        photo: (h, w, 3) uint8 RGB, as `photos.load` gives it.
        gallery: its name; the setting's unless given.
        methods: names of methods; all that have an index of the gallery unless given.
        k: results per method; the setting's unless given.
        subject: "auto", "whole", or a box (x1, y1, x2, y2) in pixels.
        weights: "embedded" or "hub"; the setting's unless given.

    Raises:
        LookalikeError: one of the arguments cannot be used, or a model cannot be loaded.
    """
    answerer = searcher(gallery)
    chosen, not_indexed = methods_for(answerer.gallery.name, methods, weights)
    k = check_k(settings().k if k is None else k)
    found = find_subject(photo, subject)
    crop = photos.crop(photo, found.box)
    answers = [answerer.answer(crop, method, k, weights) for method in chosen]
    return Response(answerer.gallery.name, found, answers, not_indexed)
