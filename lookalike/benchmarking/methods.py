"""What each step of a method costs: warm, in this process, one image at a time and in batches."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from lookalike.encoders.base import Encoder
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import Gallery
from lookalike.photos import Photo
from lookalike.progress import Progress
from lookalike.search.searcher import Searcher

WARM_UP = 5  # images that are not counted
BATCHES = (1, 8, 32)
RUNS = 3  # of each batch size; the best is kept
STEPS = ("encode", "search", "rerank", "total")


def run(
    answerer: Searcher,
    methods: Sequence[str],
    queries: int = 200,
    k: int = 10,
    progress: Progress = lambda done, total: None,
) -> list[dict[str, Any]]:
    """A row per method: milliseconds of each step and images encoded per second.

    Args:
        queries: how many held-out images are asked with.
        progress: called with queries done and all, over all methods.

    Raises:
        LookalikeError: there are not so many held-out images, or a method cannot be loaded.
    """
    photos = _photos(answerer.gallery, queries)
    rows = []
    for position, method in enumerate(methods):
        rows.append(_row(answerer, method, photos, k))
        progress((position + 1) * queries, len(methods) * queries)
    return rows


def _photos(gallery: Gallery, count: int) -> list[Photo]:
    held_out = gallery.queries()
    if not 1 <= count <= len(held_out):
        raise LookalikeError(
            f"The gallery {gallery.name} cannot give {count} held-out images.",
            f"Ask for 1 to {len(held_out)}.",
        )
    return [held_out[position].photo() for position in range(count)]


def _row(answerer: Searcher, method: str, photos: list[Photo], k: int) -> dict[str, Any]:
    for photo in photos[:WARM_UP]:
        answerer.answer(photo, method, k)
    steps = [answerer.answer(photo, method, k).ms for photo in photos]
    encoder, index = answerer.load(method)
    return {
        "method": method,
        "weights": encoder.weights.name,
        "engine": index.meta.engine,
        "queries": len(photos),
        "ms": {name: _percentiles([getattr(step, name) for step in steps]) for name in STEPS},
        "images_per_second": {str(size): _rate(encoder, photos, size) for size in BATCHES},
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    median, high = np.percentile(values, [50, 95])
    return {"p50": round(float(median), 3), "p95": round(float(high), 3)}


def _rate(encoder: Encoder, photos: list[Photo], size: int) -> float:
    """Images encoded per second in batches of one size."""
    images = [photos[position % len(photos)] for position in range(2 * max(BATCHES))]
    seconds = []
    for _ in range(RUNS):
        start = perf_counter()
        encoder.encode(images, batch_size=size)
        seconds.append(perf_counter() - start)
    return round(len(images) / min(seconds), 1)
