"""Encode a gallery in chunks that are kept, so that an interrupted run goes on where it stopped."""

import hashlib
import shutil
import zipfile
from pathlib import Path

import numpy as np

from lookalike.encoders.base import Encoder, Progress
from lookalike.files import replacing
from lookalike.galleries.gallery import Gallery
from lookalike.galleries.writer import make_folder
from lookalike.index import PREPROCESSING
from lookalike.settings import settings

CHUNK = 512  # images per file: what an interruption can cost


def encode_gallery(
    gallery: Gallery, encoder: Encoder, progress: Progress | None = None
) -> np.ndarray:
    """Encode every item.

    Args:
        progress: called after each chunk with the items done and all of them.

    Returns:
        (n, d) float32, in the order of the ids.

    Raises:
        StorageError: the disk refused a chunk.
    """
    folder = make_folder(_chunks(gallery, encoder))
    vectors = np.empty((len(gallery), encoder.weights.dimension), np.float32)
    if progress:
        progress(0, len(gallery))
    for start in range(0, len(gallery), CHUNK):
        stop = min(start + CHUNK, len(gallery))
        path = folder / f"{start:09d}.npz"
        encoded = _read(path, (stop - start, encoder.weights.dimension))
        if encoded is None:
            encoded = encoder.encode(gallery.photos(start, stop))
            with replacing(path) as beside, beside.open("wb") as file:
                np.savez(file, vectors=encoded)
        vectors[start:stop] = encoded
        if progress:
            progress(stop, len(gallery))
    return vectors


def _read(path: Path, shape: tuple[int, int]) -> np.ndarray | None:
    """A chunk's vectors, or None when they have to be made: npz carries a checksum."""
    try:
        with np.load(path, allow_pickle=False) as chunk:
            vectors = chunk["vectors"]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
    return vectors if vectors.shape == shape else None


def forget(gallery: Gallery, encoder: Encoder) -> None:
    """Remove the chunks, once the index is built."""
    shutil.rmtree(_chunks(gallery, encoder), ignore_errors=True)


def _chunks(gallery: Gallery, encoder: Encoder) -> Path:
    """A folder that only this gallery, encoder, weights and preprocessing share."""
    parts = (gallery.fingerprint, encoder.spec.name, encoder.weights.sha256, PREPROCESSING)
    key = hashlib.sha256(repr((*parts, encoder.weights.name)).encode()).hexdigest()[:16]
    return settings().home / "cache" / f"{gallery.name}-{encoder.spec.name}-{key}"
