"""Galleries whose rankings can be worked out by hand, and an evaluation of them."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from lookalike import photos
from lookalike.engines import registry as engines
from lookalike.engines.base import Neighbours
from lookalike.engines.exact import Exact
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.evaluate import evaluate_queries
from lookalike.evaluation.queries.read import read_queries
from lookalike.galleries.gallery import Item, open_gallery
from lookalike.galleries.writer import write_shard
from lookalike.index.build import index_method
from lookalike.progress import quiet
from lookalike.search import searcher


def grey(level):
    """A picture of one brightness. The method toy-far sees grey pictures as points on a line."""
    return photos.to_png(np.full((8, 8, 3), level, np.uint8))


def grey_items(rows):
    """{name: (label, level)} as items; a third entry is metadata."""
    return [Item(name, row[0], grey(row[1]), *row[2:]) for name, row in rows.items()]


@pytest.fixture
def greys(make_gallery, toy):
    """greys({"a.png": ("cat", 100), …}, held_out={…}): a searcher over grey pictures, indexed."""

    def make(rows, held_out=None, name="toys", methods=("toy-far",), engine="exact"):
        gallery = make_gallery(name, items=grey_items(rows))
        if held_out:
            write_shard(gallery.folder / "queries.parquet", grey_items(held_out))
        for method in methods:
            index_method(gallery, method, engine=engine)
        return searcher(open_gallery(name).name)

    return make


@pytest.fixture
def noise(make_gallery, toy, pictures):
    """noise(40, methods=…): a searcher over pictures of noise, half of them odd, 6 held out."""

    def make(count=40, methods=("toy", "toy-far"), engine="exact", order=None, **weights):
        labels = ["odd" if position % 2 else "even" for position in range(count)]
        items = [
            Item(f"{position:03}.png", labels[position], photos.to_png(photo))
            for position, photo in enumerate(pictures(count))
        ]
        gallery = make_gallery(items=items if order is None else [items[i] for i in order])
        held_out = [
            Item(f"held-{position}.png", "odd" if position % 2 else "even", photos.to_png(photo))
            for position, photo in enumerate(pictures(6, seed=1))
        ]
        write_shard(gallery.folder / "queries.parquet", held_out)
        for method in methods:
            index_method(gallery, method, engine=engine)
        return searcher("toys")

    return make


@pytest.fixture
def evaluated(tmp_path):
    """evaluated(searcher, "all", methods=["toy"]): what `evaluate_queries` gives."""

    def evaluate(answerer, wanted=None, work=None, show=quiet, **comparison):
        comparison = Comparison(**{"engines": ["exact"], **comparison})
        queries = read_queries(answerer.gallery, wanted, comparison.relevant)
        return evaluate_queries(answerer, queries, work or tmp_path / "work", comparison, show)

    return evaluate


@pytest.fixture
def register(monkeypatch):
    """register(Liar): make an engine known by its name."""

    def add(engine):
        module = SimpleNamespace(**{engine.__name__: engine})
        monkeypatch.setitem(sys.modules, f"lookalike.engines.{engine.name}", module)
        entry = engines.Entry(engine.__name__, "numpy", "a test's")
        monkeypatch.setitem(engines.ENGINES, engine.name, entry)

    return add


class Hasty(Exact):
    """Overlooks every third item, unless it is asked for very many."""

    name = "hasty"

    def _search(self, queries, k):
        if k >= 30:
            return super()._search(queries, k)
        found = super()._search(queries, min(3 * k, self.count))
        kept = found.ids[:, np.arange(found.ids.shape[1]) % 3 != 1][:, :k]
        return Neighbours(kept, np.zeros(kept.shape, np.float32))
