"""Queries with known labels against a gallery: how good is each method, and how fast?

Every query takes the path of a visitor's photo, one at a time and warm, except that the whole
image is the subject. An item is relevant when it carries the query's label. Average precision is
taken over the first DEPTH ranks, as trec_eval does by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from lookalike import photos
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Progress
from lookalike.errors import GalleryError, LookalikeError, PhotoError
from lookalike.evaluation import metrics
from lookalike.galleries.folder import inside, list_sources
from lookalike.galleries.gallery import Gallery
from lookalike.photos import Photo
from lookalike.search import Searcher, Steps, check_k, encode, weights_for
from lookalike.settings import settings

DEPTH = 1000


@dataclass(frozen=True)
class Query:
    """An image whose label is known."""

    name: str
    label: str
    photo: Photo


def read_queries(gallery: Gallery, wanted: str) -> list[Query]:
    """The first N held-out images of a gallery, or the images of a folder of classes.

    Args:
        wanted: a number, or a folder's path.

    Raises:
        GalleryError: there are fewer held-out images, or the folder cannot be used.
    """
    return _held_out(gallery, int(wanted)) if wanted.isdigit() else _folder(gallery, Path(wanted))


def _held_out(gallery: Gallery, count: int) -> list[Query]:
    held_out = gallery.queries()
    if not 1 <= count <= len(held_out):
        raise GalleryError(
            f"The gallery {gallery.name} cannot give {count} held-out images.",
            f"Ask for 1 to {len(held_out)}, or give a folder of labelled images.",
        )
    items = [held_out[position] for position in range(count)]
    return [Query(item.name, item.label, item.photo()) for item in items]


def _folder(gallery: Gallery, folder: Path) -> list[Query]:
    known, root = set(gallery.labels), folder.resolve()
    queries = []
    for source in list_sources(folder):
        if source.label not in known:
            continue
        try:
            queries.append(Query(source.name, source.label, photos.load(inside(root, source.path))))
        except PhotoError:
            continue
    if not queries:
        raise GalleryError(
            f"No image in {folder.name!r} can be read and has a label that {gallery.name} has.",
            f"Name its subfolders after labels, such as {sorted(known)[0]!r}.",
        )
    return queries


def evaluate(
    searcher: Searcher,
    queries: Sequence[Query],
    methods: Sequence[str] | None = None,
    k: int | None = None,
    weights: str | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """One row per method: quality over all queries, and medians of the steps' milliseconds.

    Args:
        k: how many results are asked for while the time is taken.
        progress: called after each query with queries done and all, over all methods.

    Raises:
        LookalikeError: a method is unknown or cannot be loaded, or k is out of range.
    """
    chosen = list(dict.fromkeys(methods or encoders.names()))
    k = check_k(settings().k if k is None else k)
    for method in chosen:
        weights_for(method, weights)
    if not queries:
        raise LookalikeError("There is no query.", "Give at least one.")
    rows = []
    for number, method in enumerate(chosen):

        def report(done: int, before: int = number * len(queries)) -> None:
            if progress:
                progress(before + done, len(chosen) * len(queries))

        rows.append(_row(searcher, queries, method, k, weights, report))
    return rows


def _row(
    searcher: Searcher,
    queries: Sequence[Query],
    method: str,
    k: int,
    weights: str | None,
    report: Any,
) -> dict[str, Any]:
    searcher.answer(queries[0].photo, method, k, weights)  # warm
    encoder, index = searcher.load(method, weights)
    labels = np.asarray(searcher.gallery.labels, dtype=object)
    relevant, steps = [], []
    for done, query in enumerate(queries, 1):
        ids, ms = _ranking(searcher, method, weights, query, k)
        relevant.append(labels[ids] == query.label)
        steps.append(ms)
        report(done)
    counts = np.asarray([(labels == query.label).sum() for query in queries])
    return {
        "method": method,
        "weights": encoder.weights.name,
        "engine": index.meta.engine,
        "queries": len(queries),
        **_quality(np.asarray(relevant, dtype=bool), counts, k),
        "encode_ms_p50": median(ms.encode for ms in steps),
        "search_ms_p50": median(ms.search for ms in steps),
        "rerank_ms_p50": median(ms.rerank for ms in steps),
    }


def _quality(relevant: np.ndarray, totals: np.ndarray, k: int) -> dict[str, float]:
    """Means over the queries; the usual cut-off of 10 is always there, k's where it is another."""
    means = {
        name: float(values.mean())
        for cut in dict.fromkeys([10, k])
        for name, values in metrics.per_query(relevant, totals, cut).items()
    }
    kept = ["precision@1", "precision@10", "map", "ndcg@10"]
    kept += [f"{name}@{k}" for name in ("precision", "ndcg") if k not in (1, 10)]
    return {name: means[name] for name in kept}


def _ranking(
    searcher: Searcher, method: str, weights: str | None, query: Query, k: int
) -> tuple[np.ndarray, Steps]:
    """Item ids, the first DEPTH of them, and the time that finding the first k took."""
    encoder, index = searcher.load(method, weights)
    subject = photos.shrink(query.photo, settings().subject_side)
    start = perf_counter()
    vector = encode(encoder, subject)
    encode_ms = (perf_counter() - start) * 1000
    found, ms = searcher.find(encoder, index, vector, subject, k)
    deep = index.search(vector, DEPTH).ids[0]
    head = found.ids[0]
    ids = np.concatenate([head, deep[~np.isin(deep, head)]])
    return ids, Steps(encode_ms, ms.search, ms.rerank)
