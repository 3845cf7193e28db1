"""Which of two drawings of one panel is the later one.

Answers overtake each other on their way to the browser, whichever way they left. Each drawing
carries a number; the browser (assets/clicks.js) keeps the one with the higher number.
"""

import time
from threading import Lock

_lock = Lock()
_last = 0


def number() -> int:
    """A number above all earlier ones, also above those of a server that ran before.

    Take it before you look at what is to be drawn: whatever was known when a lower number was
    taken is then in this drawing, too.
    """
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1000)  # JavaScript counts exactly to 2 ** 53
        return _last


def stamped(html: str, drawing: int) -> str:
    """The markup with its number; so no two drawings are equal, and the page draws each anew."""
    return f"{html}<!-- drawing {drawing} -->"
