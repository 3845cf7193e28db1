"""Answers queries: for each method encode -> search -> rerank -> results."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from lookalike.distance import normalise
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder, Reranker, TextEncoder
from lookalike.engines.base import Neighbours
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.index.labelled import media
from lookalike.index.opened import Index, open_index
from lookalike.index.reranking import SHORT_LIST, ShortList
from lookalike.photos import Photo
from lookalike.search.content import HALF, Content, Mixture, photo_of, words_of
from lookalike.search.methods import check_k, methods_for
from lookalike.search.query import Query
from lookalike.search.response import Answer, Response, Result, Steps
from lookalike.settings import settings


class Searcher:
    """Answers queries from one gallery; loads models and indexes when they are first asked.

    Thread-safe. `searcher(gallery)` gives the shared one.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._loaded: dict[tuple[str, str], tuple[Encoder, Index]] = {}
        self._lock = threading.Lock()
        self.short_list = ShortList(gallery)

    def ready(self, method: str, weights: str | None = None) -> bool:
        """Whether the next answer of this method is a warm one."""
        return (method, encoders.weights_for(method, weights)) in self._loaded

    def load(self, method: str, weights: str | None = None) -> tuple[Encoder, Index]:
        """The encoder and its index, loaded by the first call.

        Raises:
            UnknownNameError, WeightsError, IndexFileError: one of them cannot be had.
        """
        return self._load(method, weights)[0]

    def _load(self, method: str, weights: str | None) -> tuple[tuple[Encoder, Index], float | None]:
        """`load`, and the milliseconds that it took; None when all was there."""
        key = method, encoders.weights_for(method, weights)
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
        query: Content,
        method: str,
        k: int | None = None,
        weights: str | None = None,
        exclude: int | None = None,
    ) -> Answer:
        """What one method finds.

        Args:
            query: the subject's crop, (h, w, 3) uint8 RGB; or words, alone or together with a
                crop, for a method that reads them.
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
        words = words_of(query)
        unknown = _unknown(encoder, words)
        results = self._results(found, index, k, exclude, query)
        if isinstance(query, str) and not _understood(encoder, query):
            # Whatever lies near the vector of unknown words lies there by chance.
            results = [replace(result, closer_than=0.0) for result in results]
        return Answer(
            method=method,
            weights=encoder.weights.name,
            weights_sha256=encoder.weights.sha256,
            engine=index.meta.engine,
            cold=load_ms is not None,
            ms=replace(ms, encode=encode_ms),
            results=results,
            **_basis(index, query),
            read_words=words is not None,
            unknown_words=unknown,
        )

    def find(
        self, encoder: Encoder, index: Index, vector: np.ndarray, query: Content, k: int
    ) -> tuple[Neighbours, Steps]:
        """The nearest of one encoded query, re-ranked where the encoder can.

        Returns:
            k neighbours, or the whole short list when it was re-ranked; and the time.
        """
        if not isinstance(encoder, Reranker) or isinstance(query, (str, Mixture)):
            start = perf_counter()
            return index.search(vector, k), Steps(search=_since(start))
        start = perf_counter()
        found = index.search(vector, max(k, SHORT_LIST))
        search_ms = _since(start)
        start = perf_counter()
        found = self.short_list.rerank(encoder, query, found)
        return found, Steps(search=search_ms, rerank=_since(start))

    def _results(
        self, found: Neighbours, index: Index, k: int, exclude: int | None, query: Content
    ) -> list[Result]:
        kept = np.flatnonzero(found.ids[0] != (-1 if exclude is None else exclude))[:k]
        ids, distances = found.ids[0][kept], found.distances[0][kept]
        items = [self.gallery[int(item_id)] for item_id in ids]
        # What was measured of photos and of words says nothing of a mixture.
        closer = likely = None
        if isinstance(query, str):
            closer = index.closer_than_words(distances)
        elif not isinstance(query, Mixture):
            closer = index.closer_than(distances)
            likely = index.probabilities(distances, media(item.metadata for item in items))
        return [
            Result(
                rank=place + 1,
                id=int(ids[place]),
                name=item.name,
                label=item.label,
                distance=float(distances[place]),
                closer_than=None if closer is None else float(closer[place]),
                metadata=item.metadata,
                probability=None if likely is None else float(likely[place]),
            )
            for place, item in enumerate(items)
        ]


def _basis(index: Index, query: Content) -> dict[str, Any]:
    """What an answer says of its calibration."""
    kept = index.meta.calibration
    if isinstance(query, Mixture):
        return {"calibrated_on": "nothing"}
    if isinstance(query, str):
        return {"calibrated_on": "random words" if kept and kept.words else "nothing"}
    if kept is None or kept.curves is None:
        return {"calibrated_on": "random pairs"}
    return {
        "calibrated_on": "labels",
        "calibrated_same": kept.same,
        "calibrated_queries": kept.queries,
    }


def encode(encoder: Encoder, query: Content) -> np.ndarray:
    """One query's vector, (1, d) float32.

    A photo and words together are the weighted sum of their two unit vectors, at length 1.

    Raises:
        LookalikeError: there are words in the query, and the encoder does not read them.
    """
    photo, words = photo_of(query), words_of(query)
    if words is None:
        assert photo is not None
        return encoder.encode([photo])
    if not isinstance(encoder, TextEncoder):
        raise LookalikeError(
            f"{encoder.spec.title} does not read words.", "Use the method clip, or a photo."
        )
    if not isinstance(query, Mixture):
        return encoder.encode_text([words])
    seen = normalise(encoder.encode([query.photo]))
    if not _understood(encoder, words):  # words that mean nothing do not change a photo
        return seen
    read = encoder.encode_text([words])
    return normalise((1 - query.weight) * seen + query.weight * read)


def _understood(encoder: Encoder, words: str) -> bool:
    return isinstance(encoder, TextEncoder) and encoder.understands(words)


def _unknown(encoder: Encoder, words: str | None) -> list[str]:
    return encoder.unknown_words(words) if words and isinstance(encoder, TextEncoder) else []


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
    photo: Photo | None = None,
    gallery: str | None = None,
    methods: Sequence[str] | None = None,
    k: int | None = None,
    subject: str | Sequence[float] = "auto",
    weights: str | None = None,
    words: str | None = None,
    words_weight: float = HALF,
) -> Response:
    """Find what in a gallery looks like the subject of a photo, is what words say, or both.

    A method that does not read words answers the photo alone.

    Args:
        photo: (h, w, 3) uint8 RGB, as `photos.load` gives it.
        gallery: its name; the setting's unless given.
        methods: names of methods; all that have an index of the gallery unless given, or, when
            there is no photo, those of them that read words.
        k: results per method; the setting's unless given.
        subject: "auto", "whole", or a box (x1, y1, x2, y2) in pixels.
        weights: "embedded" or "hub"; the setting's unless given.
        words: what to search for, in English; at most 200 characters.
        words_weight: their share beside a photo, from 0 (the photo alone) to 1.

    Raises:
        LookalikeError: one of the arguments cannot be used, or a model cannot be loaded.
    """
    finder = searcher(gallery)
    chosen, not_indexed = methods_for(finder.gallery.name, methods, weights, photo is None)
    k = check_k(settings().k if k is None else k)
    query = Query.of(photo, words, words_weight, subject)
    asked = [(query.heard_by(method) or query, method) for method in chosen]
    answers = [finder.answer(heard.content, method, k, weights) for heard, method in asked]
    return Response(finder.gallery.name, query, answers, not_indexed)
