"""The folder of files that visitors send or see: one for each process, swept when it is gone.

Gradio writes uploads into the folder that GRADIO_TEMP_DIR names. Ours lies in the user's own part
of it, and a lock that ends with the process says that it is in use: what a kill -9 left is removed
by the next start.
"""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout
from gradio.utils import get_upload_folder

from lookalike.errors import PhotoError, StorageError

VARIABLE = "GRADIO_TEMP_DIR"
PREFIX = "uploads-"
LOCK = ".lock"
# Gradio names an upload by its content, so that two visitors with the same photo share a file. It
# stays for as long as the second one may still be waiting for its turn.
SPENT_S = 30.0


class Uploads:
    """This process's folder.

    Args:
        parent: where the folders of all processes lie; made when it is missing.

    Raises:
        StorageError: the disk refused, or the parent is somebody else's.
    """

    def __init__(self, parent: Path) -> None:
        try:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if parent.is_symlink() or parent.stat().st_uid != os.getuid():
                raise PermissionError(None, "it belongs to another user")
            with FileLock(parent / LOCK):  # nobody sweeps a folder that is not locked yet
                sweep(parent)
                self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
                self._lock = FileLock(self.folder / LOCK)
                self._lock.acquire()
        except OSError as error:
            raise StorageError(
                f"{str(parent)!r} cannot hold uploads ({error.strerror or error}).",
                f"Name a folder that can be written in {VARIABLE}.",
            ) from error

    def remove(self) -> None:
        """Delete the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()


def parent_folder() -> Path:
    """Where the folders of this user's processes lie."""
    temporary = os.environ.get(VARIABLE) or tempfile.gettempdir()
    return Path(temporary).resolve() / f"lookalike-{os.getuid()}"


def sweep(parent: Path) -> None:
    """Delete the folders whose process is gone."""
    for folder in parent.glob(f"{PREFIX}*"):
        lock = FileLock(folder / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            continue  # its process runs
        except OSError:
            pass  # it cannot be locked, for instance since it is half deleted
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def path_of(file: object) -> Path:
    """Where Gradio stored an upload.

    A browser can name any path. Gradio 6.31 checks those that come with `meta`, and lets others by.

    Raises:
        PhotoError: this is no uploaded file.
    """
    path = file.get("path") if isinstance(file, dict) else None
    uploads = Path(get_upload_folder()).resolve()
    if not isinstance(path, str) or not Path(path).resolve().is_relative_to(uploads):
        raise PhotoError("There is no photo.", "Choose a JPEG, PNG or WebP photo.")
    return Path(path)


class Spent:
    """The uploads that have been read and are to be deleted. Thread-safe."""

    def __init__(self) -> None:
        self._paths: set[Path] = set()

    def add(self, path: Path) -> None:
        """Note that an upload has been read."""
        self._paths.add(path)

    def sweep(self, older_s: float = SPENT_S) -> None:
        """Delete those that came more than `older_s` seconds ago."""
        for path in list(self._paths):
            try:
                if time.time() - path.lstat().st_ctime < older_s:
                    continue
                path.unlink()
            except OSError:
                pass  # gone already, or never there
            self._paths.discard(path)


SPENT = Spent()


def write(image: bytes) -> Path:
    """Write a picture for one visitor to see; returns its path, which cannot be guessed."""
    kind = "png" if image.startswith(b"\x89PNG") else "jpg"
    path = Path(get_upload_folder()) / f"{secrets.token_hex(16)}.{kind}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image)
    return path


def renew(path: Path) -> bool:
    """Whether a picture is still there; it then counts as new, and stays."""
    try:
        os.utime(path)
        return True
    except OSError:
        return False
