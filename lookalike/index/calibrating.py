"""Measure what an index's distances are worth, and write that into its meta.json."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from lookalike.calibration.curves import fit_curves
from lookalike.calibration.record import Calibration
from lookalike.calibration.reliability import cross_fitted_error
from lookalike.encoders.base import Encoder, TextEncoder
from lookalike.galleries.gallery import Gallery
from lookalike.index.labelled import labelled_pairs, same
from lookalike.index.meta import write_meta
from lookalike.index.opened import Index, open_prefix
from lookalike.progress import Progress

FEWEST = 200  # pairs; with fewer, random pairs have to do
WORDS = 1000  # random words that are searched for
WORD_BATCH = 100
WORD_QUANTILES = 101
SEED = 0


def calibrate(
    folder: Path, gallery: Gallery, encoder: Encoder, progress: Progress | None = None
) -> Calibration | None:
    """Calibrate an index by the gallery's held-out images, and by random words where it can read.

    Nothing of the gallery is encoded anew.

    Args:
        progress: called with the held-out images done and all of them.

    Returns:
        What the index keeps of it; None when there is nothing to go by, and the index says what it
        says by random pairs of items.

    Raises:
        IndexFileError: the index is missing, damaged, or does not belong to this gallery.
        LookalikeError: the encoder gave a value that is not a number.
        StorageError: the disk refused; the index stays as it was.
    """
    index = open_prefix(folder, gallery, encoder)
    made = measure(index, gallery, encoder, progress)
    if made != index.meta.calibration:
        write_meta(folder, replace(index.meta, calibration=made))
    return made


def measure(
    index: Index, gallery: Gallery, encoder: Encoder, progress: Progress | None = None
) -> Calibration | None:
    """`calibrate`, without writing anything."""
    pairs = labelled_pairs(index, gallery, encoder, progress)
    words = word_quantiles(index, encoder)
    if pairs is None or pairs.there.sum() < FEWEST:
        return Calibration(words=words) if words else None
    error = cross_fitted_error(pairs)
    return Calibration(
        fit_curves(pairs),
        same(gallery),
        len(pairs.distances),
        None if error is None else round(error, 4),
        words,
    )


def word_quantiles(index: Index, encoder: Encoder) -> list[float]:
    """Ascending quantiles of the distance of the best result of WORDS random words.

    Drawn from the encoder's `vocabulary`; empty when it has none, or reads no words.
    """
    known = sorted(set(getattr(encoder, "vocabulary", None) or ()))
    if not (known and isinstance(encoder, TextEncoder)):
        return []
    drawn = np.random.default_rng(SEED).permutation(len(known))[:WORDS]
    best = []
    for start in range(0, len(drawn), WORD_BATCH):
        words = [known[place] for place in drawn[start : start + WORD_BATCH]]
        best.append(index.search(encoder.encode_text(words), 1).distances[:, 0])
    values = np.quantile(np.concatenate(best), np.linspace(0, 1, WORD_QUANTILES))
    return [float(f"{value:.6g}") for value in values]
