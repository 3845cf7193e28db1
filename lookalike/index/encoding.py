"""Encode a gallery chunk by chunk into one file, so that an interrupted run goes on where it was.

The vectors stay on the disk: VLAD's of 100,000 images would take 1.6 GB of memory.
"""

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lookalike.encoders.base import Encoder
from lookalike.errors import StorageError
from lookalike.galleries.gallery import Gallery
from lookalike.index import meta
from lookalike.progress import Progress
from lookalike.settings import settings
from lookalike.storage.files import make_folder, write_text

CHUNK = 512  # images: what an interruption can cost
BATCH = 32  # images that are decoded at a time
VECTORS = "vectors.f32"


def encode_gallery(
    gallery: Gallery, encoder: Encoder, progress: Progress | None = None, start: int = 0
) -> np.ndarray:
    """Encode the live items of a gallery.

    Args:
        progress: called after each chunk with the items done and all of them.
        start: the first item; those before it are left out.

    Returns:
        (n - start, d) float32, in the order of the ids, mapped from a file and read-only; zeros
        for items that were removed.

    Raises:
        LookalikeError: the encoder gave a value that is not a number.
        StorageError: the disk refused.
    """
    folder = make_folder(_folder(gallery, encoder, start))
    for other in folder.parent.iterdir():
        if other != folder:  # of images or weights that are no more, or of an index that is built
            shutil.rmtree(other, ignore_errors=True)
    path, shape = folder / VECTORS, (len(gallery) - start, encoder.weights.dimension)
    if progress:
        progress(0, shape[0])
    try:
        path.touch()
        with path.open("r+b") as file:
            for first in range(0, shape[0], CHUNK):
                ids = np.arange(start + first, start + min(first + CHUNK, shape[0]))
                _encode_chunk(gallery, encoder, ids, file, first, folder / f"{first:09d}.sha256")
                if progress:
                    progress(first + len(ids), shape[0])
        return np.memmap(path, np.float32, "r", shape=shape)
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written ({error.strerror or error}).",
            "Free some space, or set LOOKALIKE_HOME to a folder that can be written.",
        ) from error


def _encode_chunk(
    gallery: Gallery, encoder: Encoder, ids: np.ndarray, file: BinaryIO, first: int, done: Path
) -> None:
    """Write the vectors of some items, and then a note of them; nothing when that was done."""
    row = encoder.weights.dimension * 4
    of = _fingerprint(gallery, int(ids[-1]) + 1)
    file.seek(first * row)
    if done.exists() and done.read_text("utf-8") == _note(of, file.read(len(ids) * row)):
        return
    vectors = np.zeros((len(ids), encoder.weights.dimension), np.float32)
    live = np.flatnonzero(gallery.live[ids])
    for begin in range(0, len(live), BATCH):
        rows = live[begin : begin + BATCH]
        vectors[rows] = encoder.encode([gallery[int(item_id)].photo() for item_id in ids[rows]])
    # Not through the mapping: what does not fit on the disk would then kill the process.
    file.seek(first * row)
    file.write(vectors.data)
    file.flush()
    os.fsync(file.fileno())
    write_text(done, _note(of, vectors.data))


def _note(fingerprint: str, data: bytes | memoryview) -> str:
    return f"{fingerprint} {hashlib.sha256(data).hexdigest()}"


def _fingerprint(gallery: Gallery, count: int) -> str:
    """Of the first state of the gallery that held its first `count` items: later ones hold them."""
    return next(one.fingerprint for one in gallery.segments if one.count >= count)


def forget(gallery: Gallery, encoder: Encoder, start: int = 0) -> None:
    """Remove the file, once the index is built."""
    folder = _folder(gallery, encoder, start)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # those that hold something else stay
        folder.parent.rmdir()
        folder.parent.parent.rmdir()


def _folder(gallery: Gallery, encoder: Encoder, start: int) -> Path:
    """A folder that only this gallery, encoder, weights and preprocessing share.

    Not the gallery's fingerprint, so that a run that is interrupted goes on when the gallery has
    grown meanwhile.
    """
    began = gallery.segments[0].fingerprint
    parts = (began, encoder.weights.sha256, meta.PREPROCESSING, start)
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    name = f"{encoder.spec.name}@{encoder.weights.name}"
    return settings().home / "cache" / gallery.name / name / key
