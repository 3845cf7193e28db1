"""The pictures of methods.md: what each method finds, matches, redraws and reads.

All are of the shipped Fashion-MNIST gallery (MIT), whose pictures may be shown. They hang on the
weights, so `python docs/generate.py --pictures` draws them anew after those have changed.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from lookalike import photos
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Reconstructor, TextEncoder
from lookalike.encoders.local import LocalFeatures, match
from lookalike.galleries.gallery import Item
from lookalike.photos import Photo
from lookalike.search import searcher
from lookalike.search.methods import methods_for
from lookalike.search.searcher import Searcher

GALLERY = "fashion-mnist"
LABELS = ("Ankle boot", "Shirt", "Bag")  # the first held-out image of each is asked with
WORDS = ("ankle boot", "dress", "trouser")
RESULTS = 5
SIDE = 84  # pixels of a picture, three for each of its own
FRAME = 4  # pixels around it
GAP = 10  # pixels between the query and the results
WHITE, RIGHT, WRONG = (255, 255, 255), (47, 133, 90), (192, 57, 43)
COLOURS = 64  # of a file: greys, and the frames


def draw(folder: Path) -> list[Path]:
    """Write the pictures of every method that has an index of the gallery; the files."""
    folder.mkdir(exist_ok=True)
    answerer = searcher(GALLERY)
    queries = _queries(answerer)
    written = []
    for name in methods_for(GALLERY)[0]:
        written.append(_save(found(answerer, name, queries), folder / f"{name}.png"))
        encoder = encoders.load(name)
        if isinstance(encoder, LocalFeatures):
            seen = matches(answerer, encoder, queries[0].photo())
            written.append(_save(seen, folder / f"{name}-matches.png"))
        if isinstance(encoder, Reconstructor):
            redrawn = encoder.reconstruct([query.photo() for query in queries])
            seen = _stack([_row([query.photo() for query in queries]), _row(redrawn)])
            written.append(_save(seen, folder / f"{name}-redrawn.png"))
        if isinstance(encoder, TextEncoder):
            written.append(_save(by_words(answerer, name), folder / f"{name}-words.png"))
    return written


def _queries(answerer: Searcher) -> list[Item]:
    held_out = answerer.gallery.queries()
    first: dict[str, Item] = {}
    for position in range(len(held_out)):
        item = held_out[position]
        first.setdefault(item.label, item)
        if all(label in first for label in LABELS):
            break
    return [first[label] for label in LABELS]


def found(answerer: Searcher, method: str, queries: Sequence[Item]) -> Photo:
    """A row per query: the query, a gap, and its first results, framed by right and wrong."""
    rows = []
    for query in queries:
        photo = query.photo()
        results = answerer.answer(photo, method, RESULTS).results
        shown = [
            _framed(answerer.gallery[one.id].photo(), RIGHT if one.label == query.label else WRONG)
            for one in results
        ]
        gap = np.full((SIDE + 2 * FRAME + 2, GAP, 3), 255, np.uint8)
        rows.append(np.hstack([_framed(photo, WHITE), gap, *shown]))
    return _stack(rows)


def matches(answerer: Searcher, local: LocalFeatures, photo: Photo) -> Photo:
    """The key points of a query and of its best result, joined where they match."""
    best = answerer.answer(photo, local.spec.name, 1).results[0]
    pair = [photo, answerer.gallery[best.id].photo()]
    described = [local.describe(one) for one in pair]
    scale = 3 * SIDE / local.extraction.side
    canvas = Image.fromarray(np.hstack([_scaled(one, 3 * SIDE) for one in pair]))
    pen = ImageDraw.Draw(canvas)
    matched, partner = match(
        described[0].descriptors, described[1].descriptors, local.verification.ratio
    )
    starts = described[0].points[matched] * scale
    ends = described[1].points[partner] * scale + (3 * SIDE, 0)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        pen.line([*start, *end], fill=RIGHT)
        for x, y in (start, end):
            pen.ellipse([x - 3, y - 3, x + 3, y + 3], outline=WRONG)
    return np.asarray(canvas)


def by_words(answerer: Searcher, method: str) -> Photo:
    """A row per text: its first results, framed by whether they are what was named."""
    rows = []
    for words in WORDS:
        results = answerer.answer(words, method, RESULTS).results
        rows.append(
            np.hstack([
                _framed(
                    answerer.gallery[one.id].photo(), RIGHT if one.label.lower() == words else WRONG
                )
                for one in results
            ])
        )  # fmt: skip
    return _stack(rows)


def _framed(photo: Photo, colour: tuple[int, int, int]) -> Photo:
    """Scaled up, with a frame that is whole where it is right and dashed where it is wrong."""
    canvas = np.full((SIDE + 2 * FRAME, SIDE + 2 * FRAME, 3), colour, np.uint8)
    if colour == WRONG:
        gaps = np.arange(SIDE + 2 * FRAME) // FRAME % 2 == 1
        canvas[gaps] = canvas[:, gaps] = 255
    canvas[FRAME:-FRAME, FRAME:-FRAME] = _scaled(photo, SIDE)
    return np.pad(canvas, ((1, 1), (1, 1), (0, 0)), constant_values=255)


def _scaled(photo: Photo, side: int) -> Photo:
    """Square, and pixel by pixel: these pictures are small."""
    square = photos.square(photo, max(photo.shape[:2]))
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_NEAREST)


def _row(shown: Iterable[Photo]) -> Photo:
    return np.hstack([_framed(photo, WHITE) for photo in shown])


def _stack(rows: Sequence[Photo]) -> Photo:
    return np.vstack(rows)


def _save(picture: Photo, path: Path) -> Path:
    few = Image.fromarray(picture).quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, format="PNG", optimize=True)
    return path
