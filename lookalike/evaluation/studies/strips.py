"""A few queries to look at: those that the methods answer worst, and some that are typical."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lookalike import photos
from lookalike.evaluation.judgements import Judgements
from lookalike.evaluation.queries.images import QueryImage
from lookalike.evaluation.ranking.figures import Measured
from lookalike.evaluation.ranking.rankings import hashed
from lookalike.evaluation.report import Answer, Strip
from lookalike.galleries.folder import SMALL
from lookalike.galleries.gallery import THUMBNAIL_SIDE, Gallery

EACH = 6  # queries of each kind


def strips(
    gallery: Gallery,
    queries: Sequence[QueryImage],
    judgements: Judgements,
    systems: Sequence[Measured],
) -> list[Strip]:
    """The queries of lowest mean precision@k over the systems, and those nearest to the median.

    Of equally good queries a hash of the name chooses, so that not all are of the first class.
    """
    judged = np.flatnonzero(judgements.totals)
    k = systems[0].rankings.k
    precision = np.mean([one.values[f"precision@{k}"] for one in systems], axis=0)
    chance = np.array([hashed(queries[number].name) for number in judged.tolist()], np.uint64)
    worst = np.lexsort((chance, precision))[:EACH]
    usual = np.abs(precision - np.median(precision))
    usual[worst] = np.inf
    typical = np.lexsort((chance, usual))[: min(EACH, len(judged) - len(worst))]
    kinds: dict[Literal["worst", "typical"], np.ndarray] = {"worst": worst, "typical": typical}
    return [
        _strip(gallery, queries, int(judged[place]), kind, float(precision[place]), systems)
        for kind, places in kinds.items()
        for place in places
    ]


def _strip(
    gallery: Gallery,
    queries: Sequence[QueryImage],
    number: int,
    kind: Literal["worst", "typical"],
    precision: float,
    systems: Sequence[Measured],
) -> Strip:
    query = queries[number]
    return Strip(
        query=query.name,
        number=number,
        label=query.label,
        kind=kind,
        precision=precision,
        answers={one.system.name: _answers(gallery, one, number) for one in systems},
    )


def _answers(gallery: Gallery, measured: Measured, number: int) -> list[Answer]:
    return [
        Answer(
            id=int(item),
            name=gallery.names[item],
            label=gallery.labels[item],
            relevant=bool(relevant),
        )
        for item, relevant in zip(measured.shown[number], measured.relevant[number], strict=True)
        if item >= 0
    ]


def picture(query: QueryImage) -> bytes:
    """The query's image for showing: PNG or JPEG, at most THUMBNAIL_SIDE pixels long."""
    photo = photos.shrink(query.photo, THUMBNAIL_SIDE)
    return photos.to_png(photo) if max(photo.shape[:2]) <= SMALL else photos.to_jpeg(photo)
