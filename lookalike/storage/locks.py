"""One process at a time changes a gallery or an index; reading takes no lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from lookalike.errors import LookalikeError, StorageError
from lookalike.settings import settings
from lookalike.storage.files import make_folder


@contextmanager
def changing(what: str, name: str) -> Iterator[None]:
    """Refuse at once when another process is changing the same thing; a killed one is not.

    Args:
        what: what messages call it, "The gallery mine".
        name: of the lock's file.

    Raises:
        LookalikeError: another process holds the lock.
        StorageError: the disk refused.
    """
    path = make_folder(settings().home / "locks") / f"{name}.lock"
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise LookalikeError(
            f"{what} is being changed by another command.",
            "Wait until that is done, then run this one again.",
        ) from error
    except OSError as error:
        raise StorageError(
            f"{str(path)!r} cannot be locked ({error.strerror or error}).",
            "Set LOOKALIKE_HOME to a folder that can be written.",
        ) from error
    try:
        yield
    finally:
        lock.release()
