"""Arrays that take long to make, kept in files, so that an interrupted evaluation goes on."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lookalike.storage.files import make_folder, replacing


class ArrayCache:
    """A folder of arrays, for one piece of work.

    Args:
        root: where all pieces of work are kept.
        name: what people call this one.
        key: all that the arrays hang on. With another value of any of it they are made anew.

    Raises:
        StorageError: here, and when an array is kept, if the disk refuses.
    """

    def __init__(self, root: Path, name: str, *key: object) -> None:
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        self._folder = make_folder(root / f"{name}-{digest}")

    def array(self, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        """The array of this name: as it was kept, or made, then kept."""
        path = self._folder / f"{name}.npz"
        kept = _read(path)
        if kept is None:
            kept = make()
            with replacing(path) as beside, beside.open("wb") as file:
                np.savez(file, array=kept)  # unlike npy it has a checksum
        return kept


def _read(path: Path) -> np.ndarray | None:
    """A kept array; None when it is not there or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return file["array"]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return None
