"""What does one photo cost, warm, through the detector and all methods?

The whole path and the steps alone take turns on the same photos, so that their ratio holds when
the machine is busy. Times are medians over the photos.
"""

from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from lookalike import photos
from lookalike.benchmarking.memory import resident_mb
from lookalike.detectors import registry as detectors
from lookalike.galleries.gallery import Gallery
from lookalike.photos import Photo
from lookalike.search import search, searcher
from lookalike.search.methods import methods_for
from lookalike.search.searcher import Searcher, encode

PHOTOS = 40
WARM_UP = 5
SIZE = (960, 1280)  # height and width, pixels: what a phone sends after scaling


def measure_speed() -> dict[str, Any]:
    """Milliseconds of the whole path and of each step alone, their ratio, and memory."""
    gallery = searcher().gallery
    # A gallery and a searcher of its own for the steps: items that one side has read or described
    # must not serve the other.
    steps_searcher = Searcher(Gallery(gallery.folder))
    asked = [_photo(gallery.queries()[n].photo(), n) for n in range(WARM_UP + PHOTOS)]
    whole: list[float] = []
    alone: list[dict[str, float]] = []
    for number, photo in enumerate(asked):
        if number % 2:
            elapsed, steps = _whole(photo), _steps(photo, steps_searcher)
        else:
            steps, elapsed = _steps(photo, steps_searcher), _whole(photo)
        if number >= WARM_UP:
            whole.append(elapsed)
            alone.append(steps)
    sums = [sum(steps.values()) for steps in alone]
    return {
        "photos": PHOTOS,
        "whole_ms_p50": median(whole),
        "steps_ms_p50": median(sums),
        "overhead_p50": median(one / other for one, other in zip(whole, sums, strict=True)),
        "step_ms_p50": {name: median(steps[name] for steps in alone) for name in alone[0]},
        "resident_mb": resident_mb(),
    }


def _whole(photo: Photo) -> float:
    start = perf_counter()
    search(photo)
    return (perf_counter() - start) * 1000


def _photo(item: Photo, number: int) -> Photo:
    """A gallery-like item, enlarged, somewhere on a grey gradient."""
    height, width = SIZE
    generator = np.random.default_rng(number)
    shade = np.linspace(generator.integers(80, 120), generator.integers(160, 220), width)
    photo = np.repeat(np.broadcast_to(shade, (height, width))[..., None], 3, axis=2).astype(
        np.uint8
    )
    subject = photos.square(item, 560)
    top, left = generator.integers(0, height - 560), generator.integers(0, width - 560)
    photo[top : top + 560, left : left + 560] = subject
    return photo


def _steps(photo: Photo, answerer: Searcher) -> dict[str, float]:
    """Milliseconds of each step, called on its own without Lookalike's search around it."""
    times: dict[str, float] = {}

    def timed(name: str, step: Any, *arguments: Any) -> Any:
        start = perf_counter()
        value = step(*arguments)
        times[name] = (perf_counter() - start) * 1000
        return value

    found = timed("detect", detectors.load("yolo").propose, photo)
    crop = timed("crop", photos.crop, photo, found[0].box)
    for method in methods_for(answerer.gallery.name)[0]:
        encoder, index = answerer.load(method)
        vector = timed(f"{method} encode", encode, encoder, crop)
        ms = timed(f"{method} search", answerer.find, encoder, index, vector, crop, 10)[1]
        if ms.rerank:
            times[f"{method} search"], times[f"{method} rerank"] = ms.search, ms.rerank
    return times
