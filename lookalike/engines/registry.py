"""The engines by name, the default first. To add one: write its file, and name it here.

Listing them imports no engine's library, so that the page and the command line start at once.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from lookalike.engines.base import Engine
from lookalike.errors import LookalikeError, unknown_name


class Entry(NamedTuple):
    """One engine, in the module lookalike.engines.<name> with "_" for "-"."""

    class_name: str
    library: str  # what must be importable
    summary: str  # one line: what it is good for
    extra: str = ""  # of pyproject.toml, when the library does not come with Lookalike


ENGINES = {
    "annoy": Entry(
        "Annoy",
        "annoy",
        "read-only galleries up to a few million, served from one mapped file",
    ),
    "exact": Entry("Exact", "numpy", "small galleries, and the truth to measure others by"),
    "faiss-hnsw": Entry(
        "FaissHNSW",
        "faiss",
        "the fastest answers at high recall, when memory and build time are no concern",
    ),
    "faiss-ivf": Entry(
        "FaissIVF",
        "faiss",
        "large galleries that must build quickly and still find nearly everything",
    ),
    "faiss-ivfpq": Entry(
        "FaissIVFPQ",
        "faiss",
        "galleries larger than memory: a sixteenth of the vectors' size, searched in part",
    ),
    "pq": Entry(
        "PQ",
        "faiss",
        "galleries larger than memory, of any shape: all are compared, at a sixteenth of the size",
    ),
    "lsh": Entry(
        "LSH", "faiss", "codes of fixed size from random hyperplanes: nothing to train but a mean"
    ),
    "kdtree": Entry(
        "KDTree", "sklearn", "exact answers in a few dimensions; slower than exact in hundreds"
    ),
    "voyager": Entry(
        "Voyager",
        "voyager",
        "HNSW by Annoy's makers, where FAISS is too large to install",
        extra="voyager",
    ),
}


def names() -> list[str]:
    """Every engine, the default first."""
    return list(ENGINES)


def available() -> list[str]:
    """Those whose library is installed."""
    return [name for name, entry in ENGINES.items() if find_spec(entry.library)]


def summary(name: str) -> str:
    """One line on what an engine is good for.

    Raises:
        UnknownNameError: there is no such engine.
    """
    return _entry(name).summary


def create(name: str, **params: Any) -> Engine:
    """A new, empty engine.

    Raises:
        UnknownNameError: there is no such engine.
        LookalikeError: it has no such parameter, or its library is not installed.
    """
    entry = _entry(name)
    try:
        module = import_module(f"lookalike.engines.{name.replace('-', '_')}")
    except ModuleNotFoundError as error:
        if error.name != entry.library:
            raise
        wanted = f"lookalike[{entry.extra}]" if entry.extra else "lookalike"
        raise LookalikeError(
            f"The engine {name} needs the library {entry.library}, which is not installed.",
            f"Run `pip install '{wanted}'`.",
        ) from error
    return getattr(module, entry.class_name)(**params)


def _entry(name: str) -> Entry:
    if name not in ENGINES:
        raise unknown_name("engine", name, names())
    return ENGINES[name]
