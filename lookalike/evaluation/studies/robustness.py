"""What is left of a method's precision when the query is changed, as photos are in the wild.

The same queries are asked twice, as they are and changed, of the same index. So the loss is paired
by query, and its interval is narrower than those of the two means.

Strengths are shares of the picture's own size: a picture of 28 pixels and one of 500 are blurred
alike. JPEG's blocks are 8 pixels wide whatever the size, so that small pictures suffer more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np

from lookalike import photos
from lookalike.evaluation import report
from lookalike.evaluation.intervals import of_mean, of_means
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.metrics import precision_at_k
from lookalike.evaluation.queries.images import QueryImage, QuerySet
from lookalike.evaluation.ranking.entries import LEVEL
from lookalike.evaluation.ranking.figures import Measured
from lookalike.evaluation.ranking.rankings import Asked, Rankings, hashed, query_vectors
from lookalike.evaluation.report import ChangedFigures, Robustness, RobustnessRow
from lookalike.photos import Photo
from lookalike.progress import Progress, Show
from lookalike.settings import settings

QUERIES = 500  # that are changed; of more, a hash of the name chooses
ANGLE = 15.0  # degrees, counter-clockwise
BLUR = 0.02  # standard deviation, as a share of the longer side
LIGHT = 0.5  # what is left of it
QUALITY = 20  # of JPEG, of 100
KEPT = 0.5  # share of the area

Change = Callable[[Photo], Photo]  # (h, w, 3) uint8 RGB to the same, of any size


def flip(photo: Photo) -> Photo:
    """Mirror left and right."""
    return np.ascontiguousarray(photo[:, ::-1])


def rotate(photo: Photo) -> Photo:
    """Turn around the middle, at the same size; the border's median colour fills the corners."""
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), ANGLE, 1.0)
    colour = photos.border_colour(photo).tolist()
    return cv2.warpAffine(
        photo, turn, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=colour
    )


def blur(photo: Photo) -> Photo:
    """Blur as a lens out of focus does, by a Gaussian."""
    sigma = BLUR * max(photo.shape[:2])
    return cv2.GaussianBlur(photo, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def darken(photo: Photo) -> Photo:
    """Scale all values down."""
    return np.rint(photo * LIGHT).astype(np.uint8)


def jpeg(photo: Photo) -> Photo:
    """Compress until it shows."""
    return photos.load(photos.to_jpeg(photo, QUALITY))


def crop(photo: Photo) -> Photo:
    """The middle of the picture, without its margins; a side is at least a pixel."""
    sides = [max(1, round(side * KEPT**0.5)) for side in photo.shape[:2]]
    top, left = ((side - kept) // 2 for side, kept in zip(photo.shape, sides, strict=False))
    return np.ascontiguousarray(photo[top : top + sides[0], left : left + sides[1]])


CHANGES: dict[str, tuple[str, Change]] = {
    # name: what a heading says, and the change
    "flip": ("Flipped", flip),
    "rotate": (f"Rotated {ANGLE:.0f}°", rotate),
    "blur": ("Blurred", blur),
    "darken": ("Darkened", darken),
    "jpeg": (f"JPEG {QUALITY}", jpeg),
    "crop": ("Half cropped", crop),
}


@dataclass(frozen=True)
class Changed(QueryImage):
    """A query that is changed at the size in which the encoders get it."""

    change: Change = flip

    @property
    def photo(self) -> Photo:
        """The changed image, (h, w, 3) uint8 RGB."""
        return self.change(photos.shrink(super().photo, settings().subject_side))


def compare(
    asked: Asked, measured: Sequence[Measured], judgements: Judgements, show: Show
) -> Robustness:
    """The part of the report: each method's precision@k, as it was and by change.

    Args:
        asked: all queries; QUERIES of those that can be answered are changed.
        measured: what came out for them as they are.
        show: gives a progress bar for each method's pass over all changes.
    """
    answerable = np.flatnonzero(judgements.totals)
    sample = chosen([asked.queries.each[number].name for number in answerable], QUERIES)
    numbers = answerable[sample]
    return Robustness(
        metric=f"precision@{measured[0].rankings.k}",
        queries=len(numbers),
        changes=[report.Change(name=name, title=title) for name, (title, _) in CHANGES.items()],
        rows=[_row(asked, one, judgements, sample, numbers, show) for one in measured],
    )


def chosen(names: Sequence[str], most: int) -> np.ndarray:
    """The places of at most so many names, ascending, drawn by a hash of the name."""
    order = sorted(range(len(names)), key=lambda place: hashed(names[place]))
    return np.array(sorted(order[:most]), np.int64)


def _row(
    asked: Asked,
    measured: Measured,
    judgements: Judgements,
    sample: np.ndarray,
    numbers: np.ndarray,
    show: Show,
) -> RobustnessRow:
    system, k = measured.system, measured.rankings.k
    unchanged = measured.values[f"precision@{k}"][sample]
    values = {}
    with show(f"change queries of {system.name}") as progress:
        for done, name in enumerate(CHANGES):
            step = _step(progress, done)
            again = changed(asked, name, numbers)
            vectors = query_vectors(again, system.method, step)
            rankings = Rankings(again, system, vectors, k, depth=k)
            values[name] = precision_at_k(_relevant(rankings, judgements, numbers), k)
    return RobustnessRow(
        name=system.name,
        title=system.method.encoder.spec.title,
        unchanged=of_mean(unchanged, LEVEL),
        changes=_losses(unchanged, values),
    )


def _step(progress: Progress, done: int) -> Progress:
    """The progress of one change, when so many are done."""
    return lambda part, total: progress(done * total + part, len(CHANGES) * total)


def _losses(unchanged: np.ndarray, values: Mapping[str, np.ndarray]) -> dict[str, ChangedFigures]:
    losses = of_means({name: unchanged - value for name, value in values.items()}, LEVEL)
    return {
        name: ChangedFigures(mean=float(value.mean()), loss=losses[name])
        for name, value in values.items()
    }


def changed(asked: Asked, name: str, numbers: Sequence[int] | np.ndarray) -> Asked:
    """Some of the queries, changed. What they may not find stays, and so does their order."""
    change = partial(_changed, name=name, change=CHANGES[name][1])
    queries: list[QueryImage] = [change(asked.queries.each[number]) for number in numbers]
    excluded = [asked.excluded[number] for number in numbers]
    return replace(asked, queries=QuerySet(name, queries), excluded=excluded)


def _changed(query: QueryImage, name: str, change: Change) -> Changed:
    # No item of the gallery any more, and of another name, by which work on it is kept.
    return Changed(
        f"{name}:{query.name}",
        query.label,
        query.image,
        None,
        query.metadata,
        query.digests,
        change,
    )


def _relevant(rankings: Rankings, judgements: Judgements, numbers: np.ndarray) -> np.ndarray:
    """Whether each of the first k results is relevant, (m, k) bool."""
    ids = np.concatenate([found for _, found in rankings.chunks()])
    pairs = zip(numbers.tolist(), ids, strict=True)
    return np.stack([judgements.relevant(number, found) for number, found in pairs])
