"""Which images are kept for asking: a hash of the name decides, so every machine agrees."""

import hashlib

HELD_OUT = 0.2  # share of the images that no index holds and no training sees


def place(name: str) -> float:
    """Where a name falls in [0, 1): evenly spread, and the same for ever."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def held_out(name: str, share: float = HELD_OUT) -> bool:
    """Whether the image of this name is kept for measuring."""
    return place(name) < share
