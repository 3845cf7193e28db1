"""Make a method ready for a gallery: encode it, index it, check and calibrate the index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.calibration.record import Calibration
from lookalike.encoders import registry
from lookalike.encoders.base import Encoder
from lookalike.encoders.registry import weights_for
from lookalike.engines import registry as engines
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import Gallery
from lookalike.index import encoding, writing
from lookalike.index.calibrating import calibrate
from lookalike.index.key import META, IndexKey
from lookalike.index.meta import Meta, read_meta
from lookalike.index.opened import Index, open_folder, open_prefix
from lookalike.index.projection import FIT_ON
from lookalike.progress import Progress, Show, quiet
from lookalike.settings import settings
from lookalike.storage.locks import changing

GROWTH = 2  # times as many items as the projection was fitted on, and it is fitted again
MOST_ADDED = 5_000  # vectors beside an engine: at 128-d some 0.1 ms more per query
MOST_REMOVED = 0.5  # share of an engine's rows that searching has to pass over


def index_method(
    gallery: Gallery,
    method: str,
    weights: str | None = None,
    engine: str | None = None,
    root: Path | None = None,
    progress: Progress | None = None,
    anew: bool = False,
    encoded: np.ndarray | None = None,
    calibrating: Progress | None = None,
) -> Path:
    """Build one index of a gallery, or add to it what came since; the folder that it is in.

    An index of an earlier state of the gallery is kept with its calibration, and only what is new
    is encoded. What is built is calibrated by the gallery's held-out images, if it has some.
    Interrupted while encoding, the next call goes on where this one stopped.

    Args:
        root: an indexes/ folder; the user's unless given.
        anew: encode everything, whatever is there.
        encoded: (n, d) float32, all items' vectors, where they are known; no item is encoded then.
        calibrating: called with the held-out images done and all of them.

    Raises:
        UnknownNameError: there is no such method, weights or engine.
        WeightsError: the encoder cannot be loaded.
        GalleryError: every item was removed.
        IndexFileError: the index does not find its own items; an older one stays.
        StorageError: the disk refused; an older index stays.
        LookalikeError: another process is writing the index.
    """
    engine = engine or settings().engine
    engines.create(engine)  # an unknown one is refused before the long work
    encoder = registry.load(method, weights_for(method, weights))
    key = IndexKey(gallery.name, method, encoder.weights.name, engine)
    folder = key.path(root or settings().home / "indexes")
    with locked(key):
        earlier = None if anew or encoded is not None else _earlier(folder, gallery, encoder)
        start = earlier.meta.count if earlier else 0
        if encoded is None:
            encoded = encoding.encode_gallery(gallery, encoder, progress, start)
        if earlier:
            writing.append(earlier, folder, gallery, encoded)
        else:
            writing.build(gallery, encoder, encoded, engine, root=root)
            calibrate(folder, gallery, encoder, calibrating)
        encoding.forget(gallery, encoder, start)
    return folder


def calibrate_method(
    gallery: Gallery,
    method: str,
    weights: str | None = None,
    engine: str | None = None,
    root: Path | None = None,
    progress: Progress | None = None,
) -> Calibration | None:
    """Calibrate an index that is there, anew if it was before; see `calibrate`.

    Args:
        root: an indexes/ folder; unless given, the index that answers, the user's or a shipped one.

    Raises:
        IndexFileError: it is missing or damaged, or lacks items that the gallery holds.
        LookalikeError: as `index_method`.
    """
    encoder = registry.load(method, weights_for(method, weights))
    key = IndexKey(gallery.name, method, encoder.weights.name, engine or settings().engine)
    folder = key.path(root) if root else key.find()
    if folder is None or not (folder / META).exists():
        raise key.unusable("is missing")
    with locked(key):
        return calibrate(folder, gallery, encoder, progress)


def ensure_index(
    gallery: Gallery,
    method: str,
    weights: str | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
    calibrating: Progress | None = None,
) -> Path:
    """`index_method`, unless the user's index is there, sound and of all items."""
    encoder = registry.load(method, weights_for(method, weights))
    key = IndexKey(gallery.name, method, encoder.weights.name, engine or settings().engine)
    folder = key.path(settings().home / "indexes")
    if not _sound(folder, gallery, encoder):
        index_method(gallery, method, weights, engine, progress=progress, calibrating=calibrating)
    return folder


@dataclass(frozen=True)
class Indexed:
    """What `index_gallery` did."""

    folders: list[Path]  # of the indexes that are up to date now
    failed: list[LookalikeError]  # why others are not
    to_merge: list[IndexKey]  # that a merge would make quicker


def index_gallery(
    gallery: Gallery,
    methods: Sequence[str] | None = None,
    weights: str | None = None,
    show: Show = quiet,
) -> Indexed:
    """Index a gallery for each method, and bring its other indexes up to date.

    What is up to date stays as it is. What cannot be indexed stops nothing else.

    Args:
        methods: those that need no network unless given.
        weights: the setting's unless given.
        show: gives a progress bar for each index.

    Raises:
        UnknownNameError: there is no such method or weights; nothing was done.
    """
    engine = settings().engine
    names = registry.defaults() if methods is None else methods
    wanted = [IndexKey(gallery.name, one, weights_for(one, weights), engine) for one in names]
    there = [IndexKey.of(folder) for folder in indexes_of(gallery)]
    done = Indexed([], [], [])
    for key in dict.fromkeys([*wanted, *there]):
        try:
            name = key.encoder
            with show(f"index {name}") as progress, show(f"calibrate {name}") as calibrating:
                folder = ensure_index(gallery, name, key.weights, key.engine, progress, calibrating)
            done.folders.append(folder)
            if unmerged(read_meta(folder), gallery).advisable:
                done.to_merge.append(key)
        except LookalikeError as error:
            done.failed.append(error)
    return done


def _sound(folder: Path, gallery: Gallery, encoder: Encoder) -> bool:
    try:
        open_folder(folder, gallery, encoder)
        return True
    except LookalikeError:
        return False


def merge_index(gallery: Gallery, folder: Path) -> bool:
    """Fold what came since the build into an index's engine; whether there was anything.

    Raises:
        LookalikeError: as `writing.merge`, or another process is writing the index.
    """
    with locked(IndexKey.of(folder)):
        return writing.merge(folder, gallery)


def indexes_of(gallery: Gallery) -> list[Path]:
    """The folders of the user's indexes of a gallery."""
    root = settings().home / "indexes" / gallery.name
    return [
        meta.parent
        for meta in sorted(root.glob(f"*@*/*/{META}"))
        if not meta.parent.name.startswith(".")
    ]


@dataclass(frozen=True)
class Unmerged:
    """What `index merge` would fold in."""

    added: int  # items that lie beside the engine
    removed: int  # items that the engine holds and may not give
    advisable: bool  # searching is slower for it


def unmerged(meta: Meta, gallery: Gallery) -> Unmerged:
    """What lies beside an index's engine, and what of the engine was removed since."""
    removed = max(meta.engine_rows - int(gallery.live[: meta.main].sum()), 0)
    advisable = meta.delta > MOST_ADDED or removed > MOST_REMOVED * meta.engine_rows
    return Unmerged(meta.delta, removed, advisable)


def _earlier(folder: Path, gallery: Gallery, encoder: Encoder) -> Index | None:
    """The index of an earlier state of the gallery, if it is worth adding to."""
    try:
        earlier = open_prefix(folder, gallery, encoder)
    except LookalikeError:
        return None
    if earlier.meta.count == len(gallery):
        return None
    count, fitted_on = gallery.live_count, earlier.fitted_on
    if fitted_on is None:
        # Without a projection, long vectors are for galleries of a few items only.
        return earlier if min(earlier.meta.dimension, count) <= settings().dimensions else None
    outgrown = fitted_on < FIT_ON and count > GROWTH * fitted_on
    return None if outgrown else earlier


@contextmanager
def locked(key: IndexKey) -> Iterator[None]:
    """No other process encodes a gallery for a method meanwhile, or writes its indexes.

    Raises:
        LookalikeError: one is doing so.
    """
    # One lock for all engines: they are built from the same file of vectors.
    what = f"The {key.encoder} index of the gallery {key.gallery}"
    with changing(what, f"index-{key.gallery}-{key.encoder}@{key.weights}"):
        yield
