"""The detectors by name; each is loaded once per process."""

import threading
from collections.abc import Callable

from lookalike.detectors.base import Detector
from lookalike.detectors.both import yolo
from lookalike.detectors.retinanet import RetinaNet
from lookalike.detectors.whole import Whole
from lookalike.errors import unknown_name
from lookalike.settings import settings

DETECTORS: dict[str, tuple[Callable[..., Detector], tuple[str, ...]]] = {
    # name: what makes it, the weights it can have; the first are the default
    "yolo": (yolo, ("embedded", "coco", "subject", "hub")),
    "retinanet": (RetinaNet, ("hub",)),
    "whole": (lambda _: Whole(), ("none",)),
}

_loaded: dict[tuple[str, str], Detector] = {}
_lock = threading.Lock()


def names() -> list[str]:
    """The detectors that there are, the default first."""
    return list(DETECTORS)


def load(name: str = "yolo", weights: str | None = None) -> Detector:
    """The detector of this name; the same object every time. Thread-safe.

    Args:
        name: one of `names()`.
        weights: "embedded", "hub", or one of YOLO's embedded networks alone, "coco" or "subject";
            None: LOOKALIKE_WEIGHTS where the detector has them, else its default.

    Raises:
        UnknownNameError: no detector, or no weights of it, has this name.
        WeightsError: the weights are missing, damaged, or cannot be downloaded.
    """
    if name not in DETECTORS:
        raise unknown_name("detector", name, names())
    make, known = DETECTORS[name]
    preferred = settings().weights
    chosen = weights or (preferred if preferred in known else known[0])
    if chosen not in known:
        raise unknown_name(f"set of {name} weights", chosen, list(known))
    with _lock:  # held while loading, so that two visitors don't load the same file twice
        if (name, chosen) not in _loaded:
            _loaded[name, chosen] = make(chosen)
        return _loaded[name, chosen]
