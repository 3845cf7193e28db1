"""What a gallery's held-out images find in an index of it, and whether that is right.

Each is asked as a visitor's photo is, except that the whole image is the subject. Right is a result
of the query's kind, where the gallery's card says which label is of which kind, else of its label.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lookalike import photos
from lookalike.calibration.pairs import Pairs
from lookalike.calibration.record import Same
from lookalike.distance import SAME
from lookalike.encoders.base import Encoder, Reranker
from lookalike.engines.base import Neighbours
from lookalike.errors import PhotoError
from lookalike.galleries.gallery import Gallery
from lookalike.galleries.shards import Item, Shards
from lookalike.index.opened import Index
from lookalike.index.reranking import SHORT_LIST, ShortList
from lookalike.photos import Photo
from lookalike.progress import Progress
from lookalike.settings import settings

QUERIES = 500  # held-out images that are asked with, at most
RESULTS = 10  # of each: as many as a visitor is shown unless they ask for more
BATCH = 32  # images that are decoded at a time
MEDIUM = "medium"  # the field that says how a picture was made
SEED = 0


def same(gallery: Gallery) -> Same:
    """What a right result shares with the query."""
    return "kind" if gallery.parents else "label"


def classes(gallery: Gallery, labels: Sequence[str]) -> np.ndarray:
    """The kinds of labels, or the labels themselves where that is what counts; str objects."""
    return np.array([gallery.parents.get(label, label) for label in labels], object)


def media(metadata: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """The medium in each item's metadata, (n,) str objects; "" where it does not say."""
    found = [values.get(MEDIUM) for values in metadata]
    return np.array(["" if medium is None else str(medium) for medium in found], object)


def labelled_pairs(
    index: Index, gallery: Gallery, encoder: Encoder, progress: Progress | None = None
) -> Pairs | None:
    """The first RESULTS of at most QUERIES held-out images, a row each.

    Images that no item's label fits, or that cannot be read, don't ask. A copy of the query, the
    same file, is none of its results.

    Returns:
        None when no image asks.
    """
    if not (gallery.folder / "queries.parquet").exists():
        return None
    held_out, items = gallery.queries(), classes(gallery, gallery.labels)
    wanted = classes(gallery, held_out.labels)
    asking = _sample(np.isin(wanted, sorted(set(items[index.live]) - {""})))
    kinds, short_list, rows = media(gallery.items.metadata()), ShortList(gallery), []
    if progress and asking:
        progress(0, len(asking))
    for start in range(0, len(asking), BATCH):
        numbers = asking[start : start + BATCH]
        for number, found in _answers(index, encoder, short_list, held_out, numbers):
            ids, distances = found.ids[0], found.distances[0].astype(float)
            distances[_copies(gallery, held_out[number], ids, distances)] = np.nan
            rows.append((distances, items[ids] == wanted[number], kinds[ids]))
        if progress:
            progress(start + len(numbers), len(asking))
    return Pairs(*(np.stack(part) for part in zip(*rows, strict=True))) if rows else None


def _sample(may_ask: np.ndarray) -> list[int]:
    numbers = np.flatnonzero(may_ask)
    if len(numbers) > QUERIES:
        numbers = np.random.default_rng(SEED).choice(numbers, QUERIES, replace=False)
    return sorted(int(number) for number in numbers)


def _answers(
    index: Index, encoder: Encoder, short_list: ShortList, held_out: Shards, numbers: list[int]
) -> list[tuple[int, Neighbours]]:
    """Each readable query's number, and its first RESULTS, (1, k)."""
    read = {number: photo for number in numbers if (photo := _photo(held_out[number])) is not None}
    if not read:
        return []
    reranks = isinstance(encoder, Reranker)
    vectors = encoder.encode(list(read.values()))
    found = index.search(vectors, max(RESULTS, SHORT_LIST) if reranks else RESULTS)
    answers = []
    for row, (number, photo) in enumerate(read.items()):
        listed = Neighbours(found.ids[row : row + 1], found.distances[row : row + 1])
        if isinstance(encoder, Reranker):
            listed = short_list.rerank(encoder, photo, listed)
        answers.append((number, Neighbours(listed.ids[:, :RESULTS], listed.distances[:, :RESULTS])))
    return answers


def _photo(query: Item) -> Photo | None:
    """The query as the encoders get it; None when it cannot be read."""
    try:
        return photos.shrink(query.photo(), settings().subject_side)
    except PhotoError:
        return None


def _copies(gallery: Gallery, query: Item, ids: np.ndarray, distances: np.ndarray) -> list[int]:
    """Where in a list the query's own file stands."""
    return [
        place
        for place in np.flatnonzero(distances <= SAME).tolist()
        if gallery[int(ids[place])].image == query.image
    ]
