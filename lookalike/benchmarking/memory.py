"""Memory of this process, as Linux tells it."""

import ctypes
import gc
from pathlib import Path

from lookalike.errors import LookalikeError

STATUS = Path("/proc/self/status")
FORGET = Path("/proc/self/clear_refs")


def resident_mb() -> float:
    """What is in memory now, mapped files included, MiB."""
    return _field("VmRSS")


def own_mb() -> float:
    """What is in memory now and in no file: what cannot be dropped when memory is short, MiB."""
    return _field("RssAnon")


def peak_mb() -> float:
    """The most that was in memory since `settle`, or since the start, MiB."""
    return _field("VmHWM")


def settle() -> None:
    """Give back what was freed, and start the peak anew (man 5 proc, clear_refs).

    The C library keeps what is freed for later; what comes next would then seem to need less.
    """
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if give_back:
        give_back(0)
    FORGET.write_text("5")


def check() -> None:
    """Refuse early where memory cannot be measured.

    Raises:
        LookalikeError: this is not Linux.
    """
    if not STATUS.exists():
        raise LookalikeError("Memory can only be measured on Linux.", "Run it in a container.")


def _field(name: str) -> float:
    """A line such as `VmRSS:  1234 kB`, in MiB."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
