"""Loads the models in the background once the page is up, and says how far that has come."""

import logging
import threading

from lookalike.encoders import registry
from lookalike.errors import LookalikeError
from lookalike.photos import Photo
from lookalike.search import searcher
from lookalike.search.methods import indexed
from lookalike.search.query import Query
from lookalike.settings import settings

log = logging.getLogger(__name__)


class Warmup:
    """One background thread that makes the default gallery's methods ready, in page order."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.done: list[str] = []
        self.finished = True  # until `start`
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self.methods = [name for name in indexed(settings().gallery) if name in registry.defaults()]
        self.finished = False
        self._thread.start()

    def _run(self) -> None:
        try:
            self._load_all()
        finally:
            self.finished = True

    def _load_all(self) -> None:
        self._try("the detector", lambda: Query.of_photo(_blank()))
        for method in self.methods:
            self._try(method, lambda method=method: self._warm(method))

    def _warm(self, method: str) -> None:
        # One answer, not only the model: the first run of a network allocates and compiles.
        searcher(settings().gallery).answer(_blank(), method)
        self.done.append(method)

    def _try(self, what: str, load: object) -> None:
        """A method that cannot load says so when it is asked; the others go on."""
        try:
            load()  # type: ignore[operator]
        except LookalikeError as error:
            log.warning("%s is not ready: %s", what, error)
        except Exception:
            log.exception("%s is not ready", what)


def _blank() -> Photo:
    import numpy as np

    return np.full((64, 64, 3), 255, np.uint8)


WARMUP = Warmup()
