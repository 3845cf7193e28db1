"""Indexes are built, grown and merged here, always beside what is there or behind it.

What is interrupted, or fails, leaves the earlier index as it was.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.encoders.base import Encoder
from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, save_vectors
from lookalike.errors import GalleryError, IndexFileError
from lookalike.galleries.gallery import Gallery
from lookalike.index.checks import check, random_pair_quantiles
from lookalike.index.key import IndexKey
from lookalike.index.meta import IDS, PREPROCESSING, Meta, delta_name, write_meta
from lookalike.index.opened import Index, open_prefix
from lookalike.index.projection import BLOCK, Projection, prepare_rows
from lookalike.settings import settings
from lookalike.storage.files import make_folder, replace_folder, replacing, sha256_file

NOTICED = 0.1  # share of new items beyond which the distances between random pairs are taken anew


def build(
    gallery: Gallery,
    encoder: Encoder,
    vectors: np.ndarray,
    engine: str | None = None,
    params: dict[str, Any] | None = None,
    root: Path | None = None,
) -> Path:
    """Index encoded items, check the index, and put it in place; its folder.

    Args:
        vectors: (n, d) float32, the gallery's items in order, as the encoder gave them; may lie
            on the disk. Rows of removed items are not looked at.
        engine: its name; the setting's unless given.
        params: the engine's parameters; its defaults unless given.
        root: an indexes/ folder; the user's unless given.

    Raises:
        GalleryError: every item was removed.
        IndexFileError: a vector is not finite, or the new index does not find its own items; the
            older one stays.
        StorageError: the disk refused; the older one stays.
    """
    if len(vectors) != len(gallery):
        raise ValueError(f"vectors must have {len(gallery)} rows, but got {len(vectors)}")
    ids = np.flatnonzero(gallery.live)
    _check_some(gallery, ids)
    _check_finite(gallery, vectors, ids)
    engine = engine or settings().engine
    built = engines.create(engine, **(params or {}))
    key = IndexKey(gallery.name, encoder.spec.name, encoder.weights.name, engine)
    final = key.path(root or settings().home / "indexes")
    metric = encoder.spec.metric
    projection = None
    # Fewer items than dimensions take little room, and PCA would keep less than their differences.
    longest = settings().dimensions
    if vectors.shape[1] > longest and len(ids) > longest:
        projection = Projection.fit(vectors, longest, ids)
    indexed = prepare_rows(vectors, ids, projection, metric)
    built.build(indexed, metric)
    meta = Meta(
        gallery=gallery.name,
        count=len(gallery),
        fingerprint=gallery.fingerprint,
        encoder=encoder.spec.name,
        weights=key.weights,
        weights_sha256=encoder.weights.sha256,
        preprocessing=PREPROCESSING,
        engine=engine,
        params=built.params.as_dict(),
        library=built.version,
        metric=metric,
        encoded_dimension=vectors.shape[1],
        dimension=indexed.shape[1],
        explained=None if projection is None else round(projection.explained, 4),
        files={},
        recall_at_10=0.0,
        quantiles=[],
        fitted_on=None if projection is None else len(ids),
    )
    _put(final, meta, built, indexed, ids, projection)
    return final


def merge(folder: Path, gallery: Gallery) -> bool:
    """Fold what lies beside the engine into it, and drop what was removed; whether there was any.

    The engine is built from the vectors that the index holds: nothing is encoded.

    Raises:
        GalleryError: every item was removed.
        IndexFileError: the index is damaged, or does not belong to this gallery.
        StorageError: the disk refused; the index stays as it was.
    """
    opened = open_prefix(folder, gallery)
    if not (opened.meta.delta or opened.removed):
        return False
    ids = np.flatnonzero(opened.live)
    _check_some(gallery, ids)
    meta = replace(opened.meta, delta=0, fitted_on=opened.fitted_on)
    merged = engines.create(meta.engine, **meta.params)
    vectors = opened.vectors()[ids]
    merged.build(vectors, meta.metric)
    _put(folder, meta, merged, vectors, ids, opened.projection)
    return True


def append(opened: Index, folder: Path, gallery: Gallery, vectors: np.ndarray) -> None:
    """Put the items that an index does not know beside its engine.

    Args:
        opened: the index in this folder, of an earlier state of the gallery.
        vectors: (m, d) float32, of the gallery's last m items, as the encoder gave them.

    Raises:
        IndexFileError: a vector is not finite.
        StorageError: the disk refused; the index stays as it was.
    """
    meta = opened.meta
    if len(vectors) != len(gallery) - meta.count:
        raise ValueError(f"vectors must have {len(gallery) - meta.count} rows")
    rows = np.arange(len(vectors))
    _check_finite(gallery, vectors, rows[gallery.live[meta.count :]], meta.count)
    delta = prepare_rows(vectors, rows, opened.projection, meta.metric)
    # Behind the files that meta.json names, which it goes on to name until it is replaced.
    name = delta_name(meta.count)
    with replacing(folder / name) as beside:
        save_vectors(delta, beside)
    grown = replace(
        meta,
        count=len(gallery),
        fingerprint=gallery.fingerprint,
        delta=meta.delta + len(delta),
        files=meta.files | {name: sha256_file(folder / name)},
    )
    if grown.delta > NOTICED * grown.main:
        known = np.concatenate([opened.vectors(), delta])[gallery.live]
        grown = replace(grown, quantiles=random_pair_quantiles(known, meta.metric))
    write_meta(folder, grown)


def _put(
    final: Path,
    meta: Meta,
    engine: Engine,
    vectors: np.ndarray,
    ids: np.ndarray,
    projection: Projection | None,
) -> None:
    """Check an engine over its vectors, and write it into the place of an older one."""
    recall = check(engine, vectors)
    staged = final.with_name(f".{final.name}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    make_folder(staged)
    if projection:
        projection.save(staged)
    engine.save(staged)
    identity = len(ids) == meta.count
    if not identity:
        with replacing(staged / IDS) as beside, beside.open("wb") as file:
            np.save(file, ids)
    written = replace(
        meta,
        library=engine.version,
        files={file.name: sha256_file(file) for file in sorted(staged.iterdir())},
        recall_at_10=round(recall, 4),
        quantiles=random_pair_quantiles(vectors, meta.metric),
        rows=None if identity else len(ids),
    )
    write_meta(staged, written)
    replace_folder(staged, final)


def _check_some(gallery: Gallery, ids: np.ndarray) -> None:
    if not len(ids):
        raise GalleryError(
            f"Every image of the gallery {gallery.name} was removed.",
            f"Add some with `python -m lookalike gallery add FOLDER --name {gallery.name}`.",
        )


def _check_finite(gallery: Gallery, vectors: np.ndarray, rows: np.ndarray, first: int = 0) -> None:
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        finite = np.isfinite(vectors[block]).all(axis=1)
        if not finite.all():
            name = gallery.names[first + int(block[np.argmin(finite)])]
            raise IndexFileError(
                f"The vector of {name!r} holds a value that is not a number.",
                "Check the method's weights with `python -m lookalike index verify`.",
            )
