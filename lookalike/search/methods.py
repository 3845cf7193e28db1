"""Which methods are asked, and for how many results."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.errors import LookalikeError
from lookalike.index.key import IndexKey
from lookalike.settings import settings


def check_k(k: Any) -> int:
    """The number of results, if it is one.

    Raises:
        LookalikeError: it is not a whole number from 1 to the setting max_k.
    """
    most = settings().max_k
    if (
        isinstance(k, bool)
        or not isinstance(k, (int, float, np.integer))
        or k != k
        or not 1 <= k <= most
        or k % 1
    ):
        raise LookalikeError(f"{k!r} is not a number of results.", f"Use 1 to {most}.")
    return int(k)


def indexed(gallery: str) -> list[str]:
    """The methods that have an index of the gallery, with any weights, in the page's order."""
    return [
        name
        for name in encoders.names()
        if any(_has_index(gallery, name, one.name) for one in encoders.spec(name).weights)
    ]


def methods_for(
    gallery: str,
    methods: Sequence[str] | None = None,
    weights: str | None = None,
    words_only: bool = False,
) -> tuple[list[str], list[str]]:
    """The methods to ask, and those that are left out for lack of an index.

    When the query is words only and no method is named, those that read words are meant. Only when
    none is named are any left out: a method of the hub in silence. When no method has an index,
    none is left out, so that the first one says how to build it.

    Raises:
        UnknownNameError: there is no such method, or no method has such weights.
    """
    there_are = encoders.names()
    if words_only:
        there_are = [name for name in there_are if encoders.reads_words(name)]
    names = list(dict.fromkeys(methods or there_are))
    used = {name: encoders.weights_for(name, weights) for name in names}
    if methods:
        return names, []
    usual = [name for name in encoders.defaults() if name in names]
    there = [name for name in names if _has_index(gallery, name, used[name])]
    left_out = [name for name in usual if name not in there]
    return (there, left_out) if there else (usual, [])


def _has_index(gallery: str, method: str, weights: str) -> bool:
    return IndexKey(gallery, method, weights, settings().engine).find() is not None
