"""Files and folders that are either whole or not there, and what identifies them."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.errors import StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes `path`'s place if the block succeeds.

    A reader sees the old file or the new one, never half of one. The folder must exist.

    Raises:
        StorageError: the disk refused, or the block did not write the file.
    """
    beside = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        yield beside
        _flush(beside)
        beside.replace(path)
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be written ({error.strerror or error}).",
            "Check that its folder exists, is writable and has room.",
        ) from error
    finally:
        _discard(beside)


def _flush(path: Path) -> None:
    # Without this a power cut after the rename can leave an empty file under the final name.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _discard(path: Path) -> None:
    # A folder that can't even be looked into has no left-over; the error on its way out says why.
    if os.path.lexists(path):
        path.unlink()


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 lower-case hex digits.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a small file; whole or not there.

    Raises:
        StorageError: the disk is full or read-only.
    """
    with replacing(path) as beside:
        beside.write_text(text, "utf-8")


def make_folder(folder: Path) -> Path:
    """Make a folder and those above it.

    Raises:
        StorageError: the disk refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error) from error
    return folder


def replace_folder(staged: Path, final: Path) -> None:
    """Put a finished folder in the place of an older one, which stays until then.

    Raises:
        StorageError: the disk refused.
    """
    old = final.with_name(f".{final.name}.old")
    try:
        make_folder(final.parent)
        shutil.rmtree(old, ignore_errors=True)
        if final.exists():
            final.replace(old)
        try:
            staged.replace(final)
        except OSError:
            if old.exists():
                old.replace(final)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _refused(final, error) from error


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{str(path)!r} cannot be written ({error.strerror or error}).",
        "Free some space, or set LOOKALIKE_HOME to a folder that can be written.",
    )
