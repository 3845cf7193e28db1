"""An index: one engine over one gallery, encoded by one encoder with one set of weights.

    indexes/<gallery>/<encoder>@<weights>/<engine>/
        index.*, projection.safetensors    the engine, and what shortens vectors for it
        delta-*.npy                        vectors of items that came later, searched beside it
        ids.npy                            items of the engine's rows, once some were dropped
        meta.json

meta.json says what the index was built from, and carries its own sha256. Opening checks all of it,
so that a stale or damaged index is an error that names its cure, never a silent wrong answer.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.distance import distances_between
from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder
from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, Neighbours
from lookalike.galleries.gallery import NAME, Gallery, open_gallery
from lookalike.index import meta as metas
from lookalike.index.checks import SEED
from lookalike.index.key import META, IndexKey
from lookalike.index.meta import IDS, Meta, read_meta
from lookalike.index.projection import FILE as PROJECTION_FILE
from lookalike.index.projection import Projection, prepare
from lookalike.index.segments import Segments
from lookalike.settings import settings
from lookalike.storage.files import sha256_file


class Index:
    """An opened index. Searching is thread-safe."""

    def __init__(
        self,
        meta: Meta,
        searched: Engine | Segments,
        projection: Projection | None,
        live: np.ndarray,
    ) -> None:
        self.meta = meta
        self.projection = projection
        self.live = live  # (n,) bool: which items may be found
        self._searched = searched
        self._quantiles = np.asarray(meta.quantiles)
        self._farther = np.linspace(1, 0, len(self._quantiles))

    def search(self, vectors: np.ndarray, k: int) -> Neighbours:
        """The k nearest live items of each encoded query.

        Args:
            vectors: (m, encoded_dimension) float32, as the encoder gives them.
            k: at least 1; more than there are live items gives all of them.

        Raises:
            GalleryError: every item was removed.
        """
        return self._searched.search(self.prepare(vectors), k)

    def search_prepared(self, prepared: np.ndarray, k: int) -> Neighbours:
        """`search` with vectors that `prepare` or `vectors` gave, (m, dimension) float32."""
        return self._searched.search(prepared, k)

    def vectors(self) -> np.ndarray:
        """Every item's vector as the engine sees it, (n, dimension) float32, by id.

        What the rows of removed items hold means nothing, but is finite.
        """
        return self._searched.vectors()

    def under(self, engine: Engine) -> "Index":
        """The same items under another engine, which is built here; nothing is written."""
        ids = np.flatnonzero(self.live)
        vectors = self.vectors()
        engine.build(vectors if len(ids) == len(vectors) else vectors[ids], self.meta.metric)
        meta = replace(
            self.meta,
            engine=engine.name,
            params=engine.params.as_dict(),
            library=engine.version,
            files={},
            rows=len(ids),
            delta=0,
        )
        searched = arrange(engine, ids, vectors[:0], self.live)
        return Index(meta, searched, self.projection, self.live)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Encoded vectors as the engine sees them, (m, dimension) float32."""
        return prepare(vectors, self.projection, self.meta.metric)

    def closer_than(self, distances: np.ndarray) -> np.ndarray:
        """The share of random pairs of items that are farther apart, in [0, 1], per distance."""
        return np.interp(distances, self._quantiles, self._farther, left=1.0, right=0.0)

    def probabilities(self, distances: np.ndarray, media: np.ndarray) -> np.ndarray | None:
        """How likely each result is right, in [0, 1], by its distance and its item's medium.

        None when the index was not calibrated by labels.
        """
        kept = self.meta.calibration
        return kept.curves(distances, media) if kept and kept.curves else None

    def closer_than_words(self, distances: np.ndarray) -> np.ndarray | None:
        """The share of random words whose best result is farther away; None when not measured."""
        kept = self.meta.calibration
        return kept.closer_than_words(distances) if kept and kept.words else None

    @property
    def removed(self) -> int:
        """How many items the engine holds that were removed since."""
        return self._searched.removed if isinstance(self._searched, Segments) else 0

    @property
    def fitted_on(self) -> int | None:
        """How many items there were when the projection was fitted; None without one."""
        if self.projection is None:
            return None
        return self.meta.main if self.meta.fitted_on is None else self.meta.fitted_on


def arrange(
    engine: Engine, ids: np.ndarray, delta: np.ndarray, live: np.ndarray
) -> Engine | Segments:
    """What is searched: the engine itself where its rows are all there is; see `Segments`."""
    if len(ids) == len(live) and live.all():
        return engine
    return Segments(engine, ids, delta, live)


def open_index(gallery: Gallery, encoder: Encoder, engine: str | None = None) -> Index:
    """Open an index, after checking that it belongs to this gallery and these weights.

    Raises:
        IndexFileError: it is missing, damaged, or built from something else.
        UnknownNameError: there is no such engine.
    """
    engine = engine or settings().engine
    key = IndexKey(gallery.name, encoder.spec.name, encoder.weights.name, engine)
    folder = key.find()
    if folder is None:
        engines.create(engine)  # an engine that there is not has a clearer error
        raise key.unusable("is missing")
    return open_folder(folder, gallery, encoder)


def open_folder(folder: Path, gallery: Gallery, encoder: Encoder) -> Index:
    """`open_index` on an index whose folder is known."""
    meta = read_meta(folder)
    _check_gallery(folder, meta, gallery)
    if meta.count < len(gallery):
        missing = len(gallery) - meta.count
        what = "image that was" if missing == 1 else "images that were"
        raise IndexKey.of(folder).unusable(f"lacks {missing:,} {what} added since")
    _check_encoder(folder, meta, encoder)
    return _load(folder, meta, gallery.live)


def open_prefix(folder: Path, gallery: Gallery, encoder: Encoder | None = None) -> Index:
    """Open an index of this gallery, or of an earlier state of it that had fewer items.

    Args:
        encoder: to check its weights as well.

    Raises:
        IndexFileError: it is missing, damaged, or built from something else.
    """
    meta = read_meta(folder)
    _check_gallery(folder, meta, gallery)
    if encoder:
        _check_encoder(folder, meta, encoder)
    return _load(folder, meta, gallery.live[: meta.count])


def verify_index(folder: Path) -> None:
    """Open an index with its gallery and its encoder, and let sampled items find themselves.

    Raises:
        LookalikeError: the index, its gallery or its encoder's weights are not sound.
    """
    meta = read_meta(folder)
    gallery = open_gallery(meta.gallery)
    encoder = encoders.load(meta.encoder, meta.weights)
    opened = open_folder(folder, gallery, encoder)
    live = np.flatnonzero(gallery.live)
    if not len(live):
        return
    sample = np.random.default_rng(SEED).choice(live, min(20, len(live)), replace=False)
    asked = encoder.encode([gallery[int(item_id)].photo() for item_id in sample])
    nearest = opened.search(asked, 1).ids[:, 0]
    found = encoder.encode([gallery[int(item_id)].photo() for item_id in nearest])
    distances = distances_between(opened.prepare(asked), opened.prepare(found), meta.metric)
    # Batches of other sizes round differently; a hundredth of the usual distance is none at all.
    usual = meta.quantiles[len(meta.quantiles) // 2]
    if (distances > 0.01 * usual + 1e-6).any():
        raise IndexKey.of(folder).unusable("does not find its own items")


def _check_gallery(folder: Path, meta: Meta, gallery: Gallery) -> None:
    known = {(segment.count, segment.fingerprint) for segment in gallery.segments}
    if (meta.count, meta.fingerprint) not in known:
        raise IndexKey.of(folder).unusable("was built from other images")


def _check_encoder(folder: Path, meta: Meta, encoder: Encoder) -> None:
    expected: list[tuple[str, Any, Any]] = [
        ("methods", meta.encoder, encoder.spec.name),
        ("weights", meta.weights_sha256, encoder.weights.sha256),
        ("preprocessing", meta.preprocessing, metas.PREPROCESSING),
        ("vectors", meta.encoded_dimension, encoder.weights.dimension),
        ("distances", meta.metric, encoder.spec.metric),
    ]
    for what, stored, now in expected:
        if stored != now:
            raise IndexKey.of(folder).unusable(f"was built from other {what}")


def _load(folder: Path, meta: Meta, live: np.ndarray) -> Index:
    key = IndexKey.of(folder)
    try:
        engine = engines.create(meta.engine, **meta.params)
        if not set(engine.file_names) <= set(meta.files):
            raise key.unusable("lacks a file")
        for name, recorded in meta.files.items():
            if sha256_file(folder / name) != recorded:
                raise key.unusable("is damaged: its sha256 is not the recorded one")
        projection = Projection.load(folder) if PROJECTION_FILE in meta.files else None
        engine.load(folder, meta.metric, meta.dimension, meta.engine_rows)
        ids = np.load(folder / IDS) if IDS in meta.files else np.arange(meta.main)
        empty = np.empty((0, meta.dimension), np.float32)
        delta = np.concatenate([empty, *(np.load(folder / name) for name in meta.deltas)])
    except OSError as error:
        raise key.unusable("cannot be read") from error
    return Index(meta, arrange(engine, ids, delta, live), projection, live)


def installed() -> list[Path]:
    """The folders of every index that is there, the user's before the shipped ones."""
    return [
        meta.parent
        for root in settings().folders("indexes")
        for meta in sorted(root.glob(f"*/*@*/*/{META}"))
        if NAME.fullmatch(meta.parent.parent.parent.name) and not meta.parent.name.startswith(".")
    ]
