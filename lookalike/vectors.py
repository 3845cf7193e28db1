"""Encode a gallery in chunks that are kept, so that an interrupted run goes on where it stopped."""

import hashlib
import shutil
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
    for start in range(0, len(gallery), CHUNK):
        stop = min(start + CHUNK, len(gallery))
        path = folder / f"{start:09d}.npy"
        if not path.exists():
            encoded = encoder.encode(gallery.photos(start, stop))
            with replacing(path) as beside, beside.open("wb") as file:
                np.save(file, encoded, allow_pickle=False)
        vectors[start:stop] = np.load(path, allow_pickle=False)
        if progress:
            progress(stop, len(gallery))
    return vectors


def forget(gallery: Gallery, encoder: Encoder) -> None:
    """Remove the chunks, once the index is built."""
    shutil.rmtree(_chunks(gallery, encoder), ignore_errors=True)


def _chunks(gallery: Gallery, encoder: Encoder) -> Path:
    """A folder that only this gallery, encoder, weights and preprocessing share."""
    parts = (gallery.fingerprint, encoder.spec.name, encoder.weights.sha256, PREPROCESSING)
    key = hashlib.sha256(repr((*parts, encoder.weights.name)).encode()).hexdigest()[:16]
    return settings().home / "cache" / f"{gallery.name}-{encoder.spec.name}-{key}"
