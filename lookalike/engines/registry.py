"""The engines by name. To add one: write its file, and name it here."""

from typing import Any

from lookalike.engines.annoy import Annoy
from lookalike.engines.base import Engine
from lookalike.engines.exact import Exact
from lookalike.errors import unknown_name

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Annoy, Exact)}


def names() -> list[str]:
    """Every engine, the default first."""
    return list(ENGINES)


def create(name: str, **params: Any) -> Engine:
    """A new, empty engine.

    Raises:
        UnknownNameError: there is no such engine.
        LookalikeError: it has no such parameter.
    """
    if name not in ENGINES:
        raise unknown_name("engine", name, names())
    return ENGINES[name](**params)
