"""Which parameters of each engine are measured: few builds, and on each a walk along one knob."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.engines import registry


@dataclass(frozen=True)
class Sweep:
    """One build, and what is searched with on it."""

    build: dict[str, Any]
    search: tuple[dict[str, Any], ...]  # changes by `Engine.retune`; () means as built


def along(knob: str, values: Sequence[Any], **build: Any) -> Sweep:
    """A build searched with several values of one parameter."""
    return Sweep(build, tuple({knob: value} for value in values))


SWEEPS: dict[str, list[Sweep]] = {
    "annoy": [
        along("search_k", [500, 1000, 2000, 3500, 5000, 8000, 12000], n_trees=10),
        along("search_k", [500, 1000, 2000, 3500, 5000, 8000, 12000], n_trees=20),
    ],
}


def of(name: str) -> list[Sweep]:
    """An engine's sweeps; its defaults when the table has none."""
    return SWEEPS.get(name, [Sweep({}, ({},))])


def params(name: str, build: dict[str, Any], search: dict[str, Any]) -> dict[str, Any]:
    """All parameters of one configuration, defaults included."""
    engine = registry.create(name, **build)
    engine.retune(**search)
    return engine.params.as_dict()
