"""What is compared: systems, each of them one method's vectors under one engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder, Reranker
from lookalike.encoders.registry import weights_for
from lookalike.engines import registry as engines
from lookalike.galleries.gallery import Gallery
from lookalike.index.key import IndexKey
from lookalike.index.opened import Index, open_index
from lookalike.search.searcher import Searcher
from lookalike.settings import settings


@dataclass(frozen=True, eq=False)
class Method:
    """An encoder and an index of the vectors that it gave the gallery's items."""

    encoder: Encoder
    index: Index

    @cached_property
    def vectors(self) -> np.ndarray:
        """Every item's, (n, d) float32 by id, as the engine sees them."""
        return self.index.vectors()

    @property
    def key(self) -> tuple[Any, ...]:
        """What encoded images hang on."""
        weights, preprocessing = self.encoder.weights, self.index.meta.preprocessing
        return self.encoder.spec.name, weights.name, weights.sha256, preprocessing


@dataclass(frozen=True, eq=False)
class System:
    """A method under an engine; what a row of the report is about."""

    name: str  # unique among those that are compared
    method: Method
    index: Index  # the method's, or its vectors under another engine
    reranks: bool  # whether the short list gets the encoder's second look

    @property
    def built(self) -> Literal["index", "memory"]:
        """Whether the gallery has this index, or it was made for this report only."""
        return "index" if self.index is self.method.index else "memory"

    @property
    def key(self) -> tuple[Any, ...]:
        """What the rankings hang on, beside the gallery and the queries."""
        meta, source = self.index.meta, self.method.index.meta
        params, files = sorted(meta.params.items()), sorted(source.files.items())
        return *self.method.key, meta.engine, meta.library, params, files, self.reranks


def indexed(gallery: Gallery, weights: str | None = None) -> list[str]:
    """The methods that have an index of the gallery, in the order of the page."""
    return [name for name in encoders.names() if _engines(gallery, name, weights)]


def load(
    searcher: Searcher, methods: Sequence[str], engine_names: Sequence[str], weights: str | None
) -> list[System]:
    """Every method under every engine, engine by engine.

    An engine that has no index of a method's vectors is built from them, in memory, with its
    usual parameters.

    Raises:
        UnknownNameError: there is no such method, weights or engine.
        LookalikeError: a model or an index cannot be loaded, or no index holds the vectors.
    """
    for engine in engine_names:
        engines.create(engine)  # an unknown one is refused before the long work
    loaded = {name: load_method(searcher, name, weights) for name in methods}
    several = len(engine_names) > 1
    return [
        system(searcher.gallery, loaded[name], engine, f"{name}@{engine}" if several else name)
        for engine in engine_names
        for name in methods
    ]


def load_method(searcher: Searcher, name: str, weights: str | None) -> Method:
    """A method with the vectors of any index that holds them, the setting's engine's first."""
    if settings().engine in (held := _engines(searcher.gallery, name, weights)) or not held:
        return Method(*searcher.load(name, weights))
    encoder = encoders.load(name, weights_for(name, weights))
    return Method(encoder, open_index(searcher.gallery, encoder, held[0]))


def system(gallery: Gallery, method: Method, engine: str, name: str) -> System:
    """A method under an engine: as it was indexed, or else built in memory."""
    encoder = method.encoder
    reranks = isinstance(encoder, Reranker)
    if method.index.meta.engine == engine:
        return System(name, method, method.index, reranks)
    if engine in _engines(gallery, encoder.spec.name, encoder.weights.name):
        own = Method(encoder, open_index(gallery, encoder, engine))
        return System(name, own, own.index, reranks)
    return System(name, method, method.index.under(engines.create(engine)), reranks)


def _engines(gallery: Gallery, method: str, weights: str | None) -> list[str]:
    """The engines that have an index of the method."""
    chosen = weights_for(method, weights)
    return [
        engine
        for engine in engines.names()
        if IndexKey(gallery.name, method, chosen, engine).find() is not None
    ]
