"""Lets glibc hand freed memory back, so that a photo that is gone is gone from the process, too.

By itself glibc raises the size from which a block is mapped apart to that of the largest block ever
freed (mallopt(3), M_MMAP_THRESHOLD). After the first large photo all others would lie in the heaps,
one for each of up to 8 threads per core, and their holes would stay. Elsewhere nothing is done.
"""

import ctypes
import sys
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h
MAPPED = 2**18  # bytes; photos, crops and vectors of a batch lie above
ARENAS = 2


@cache
def _glibc() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if library and hasattr(library, "malloc_trim") else None


def return_early() -> None:
    """Set it for the rest of the process; best before threads are there."""
    if library := _glibc():
        library.mallopt(M_ARENA_MAX, ARENAS)
        library.mallopt(M_MMAP_THRESHOLD, MAPPED)
        library.mallopt(M_TRIM_THRESHOLD, MAPPED)


def give_back() -> None:
    """Give the heaps' free pages back; takes milliseconds."""
    if library := _glibc():
        library.malloc_trim(0)
