"""The open pages: what each one searches for, kept until it is closed, idle, or too much.

A page holds nothing but the random name of its visit (in gr.State, put there by the greeting). What
the name stands for lies here, with a limit and a time to live of its own, so that neither Gradio's
copies of a state nor its calls by API clients decide how long a photo stays.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from threading import RLock

from lookalike.ui.visit import Visit
from lookalike.ui.votes import session_or_new

IDLE_S = 3600.0  # so long a visit stays that nobody touches
MOST_VISITS = 2000
MOST_BYTES = 2**30  # of photos; one of PHOTO_SIDE takes 8 MB


class Visits:
    """The visits by their names. Thread-safe.

    Args:
        limit: visits; when one more comes, the one that was left alone for longest is closed.
        most_bytes: of their photos, which close visits in the same order, but the last one.
        idle_s: seconds after which a visit that nobody touches is closed by `sweep`.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        limit: int = MOST_VISITS,
        most_bytes: int = MOST_BYTES,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._most_bytes, self._idle_s = limit, most_bytes, idle_s
        self._clock = clock
        self._visits: OrderedDict[str, tuple[Visit, float]] = OrderedDict()
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._visits)

    def open(self, session: str) -> str:
        """Begin a visit; returns its name, 32 hex digits that cannot be guessed."""
        return self._add(Visit(session))

    def _add(self, visit: Visit) -> str:
        name = secrets.token_hex(16)
        with self._lock:
            self._visits[name] = visit, self._clock()
        self.trim()
        return name

    def get(self, name: object) -> Visit | None:
        """The visit, touched; None when it is unknown or has ended."""
        with self._lock:
            if not isinstance(name, str) or name not in self._visits:
                return None
            visit, since = self._visits[name]
            if self._clock() - since > self._idle_s:
                self.close(name)
                return None
            self._visits[name] = visit, self._clock()
            self._visits.move_to_end(name)
            return visit

    def get_or_open(self, name: object, kept: object) -> tuple[str, Visit]:
        """The visit, or a fresh one for the session that the browser kept; and its name."""
        visit = self.get(name)
        if isinstance(name, str) and visit:
            return name, visit
        visit = Visit(session_or_new(kept))
        return self._add(visit), visit

    def close(self, name: object) -> None:
        """End a visit, known or not."""
        with self._lock:
            found = self._visits.pop(name, None) if isinstance(name, str) else None
        if found:
            found[0].close()

    def trim(self) -> None:
        """Close visits until the limits hold; called when one has come or has taken a photo."""
        with self._lock:
            held = sum(visit.nbytes for visit, _ in self._visits.values())
            while len(self) > self._limit or (held > self._most_bytes and len(self) > 1):
                oldest, (visit, _) = next(iter(self._visits.items()))
                held -= visit.nbytes
                self.close(oldest)

    def sweep(self) -> None:
        """Close the visits that nobody touched for too long."""
        with self._lock:
            before = self._clock() - self._idle_s
            for name in [name for name, (_, since) in self._visits.items() if since < before]:
                self.close(name)


@cache
def visits() -> Visits:
    """This process's visits."""
    return Visits()
