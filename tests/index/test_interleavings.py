"""Whatever is added, removed, merged and asked, in any order: the answer is a plain list's."""

import shutil
from itertools import count

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lookalike import photos
from lookalike.errors import GalleryError
from lookalike.galleries.changes import add_folder, remove_items
from lookalike.galleries.gallery import open_gallery
from lookalike.index.build import ensure_index, index_method, indexes_of, merge_index
from lookalike.index.opened import open_index, verify_index
from lookalike.search.searcher import Searcher

pytestmark = pytest.mark.slow  # dozens of processes, one after another

NUMBER = count()
PICTURES = st.integers(0, 7)  # few, so that names and copies come again
CHOSEN = st.lists(st.tuples(st.integers(0, 12), PICTURES), min_size=1, max_size=6)


class Interleaving(RuleBasedStateMachine):
    """A gallery with an index, beside the list of what it should hold."""

    method: str
    engine: str
    load: staticmethod  # the fixture `toy`
    pictures: list
    root: object  # a folder for the images

    def __init__(self):
        super().__init__()
        self.name = f"g{next(NUMBER)}"
        self.folder = self.root / self.name
        self.folder.mkdir()
        self.encoder = self.load(self.method)
        self.known = self.encoder.encode(self.pictures)
        self.items = []  # (name, picture), by id
        self.live = {}  # name: id

    @initialize(chosen=CHOSEN)
    def begin(self, chosen):
        self.add(chosen)

    @rule(chosen=CHOSEN)
    def add(self, chosen):
        wanted = dict(chosen)
        for name, picture in wanted.items():
            data = photos.to_png(self.pictures[picture])
            (self.folder / f"{name:02}.png").write_bytes(data)
        add_folder(self.folder, self.name)
        ensure_index(open_gallery(self.name), self.method, engine=self.engine)
        for name, picture in sorted(wanted.items()):
            there = self.live.get(f"{name:02}.png")
            if there is None or self.items[there][1] != picture:
                self.live[f"{name:02}.png"] = len(self.items)
                self.items.append((f"{name:02}.png", picture))

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def remove(self, data):
        names = data.draw(st.lists(st.sampled_from(sorted(self.live)), min_size=1, unique=True))
        assert remove_items(self.name, names) == len(names)
        for name in names:
            del self.live[name]
            (self.folder / name).unlink()

    @precondition(lambda self: self.live)
    @rule()
    def merge(self):
        (folder,) = indexes_of(open_gallery(self.name))
        merge_index(open_gallery(self.name), folder)
        assert not merge_index(open_gallery(self.name), folder)

    @precondition(lambda self: self.live)
    @rule()
    def build_anew(self):
        index_method(open_gallery(self.name), self.method, engine=self.engine, anew=True)

    @rule()
    def verify(self):
        (folder,) = indexes_of(open_gallery(self.name))
        verify_index(folder)

    @rule(picture=PICTURES, k=st.integers(1, 20))
    def search(self, picture, k):
        opened = open_index(open_gallery(self.name), self.encoder, self.engine)
        query = self.known[[picture]]
        if not self.live:
            with pytest.raises(GalleryError, match="Every image of the gallery was removed"):
                opened.search(query, k)
            return
        found = opened.search(query, k)
        ids, distances = found.ids[0].tolist(), found.distances[0]
        every = {item_id: self.distance(picture, item_id) for item_id in self.live.values()}
        assert len(ids) == len(set(ids)) == min(k, len(every))
        assert set(ids) <= set(every)
        assert np.allclose(distances, sorted(every.values())[:k], atol=1e-5)
        assert np.allclose(distances, [every[item_id] for item_id in ids], atol=1e-5)
        assert (np.diff(distances) >= 0).all()

    def distance(self, picture, item_id):
        first, second = self.known[picture], self.known[self.items[item_id][1]]
        if self.encoder.spec.metric == "cosine":
            return max(1 - float(first @ second), 0)
        return float(np.linalg.norm(first - second))

    @precondition(lambda self: self.live)
    @rule(picture=PICTURES, k=st.integers(1, 9), data=st.data())
    def answer(self, picture, k, data):
        searcher = Searcher(open_gallery(self.name))
        exclude = data.draw(st.sampled_from([None, *self.live.values()]))
        searcher._loaded[self.method, "embedded"] = (
            self.encoder,
            open_index(searcher.gallery, self.encoder, self.engine),
        )
        answer = searcher.answer(self.pictures[picture], self.method, k, exclude=exclude)
        there = len(self.live) - (exclude is not None)
        assert len(answer.results) == min(k, there)
        for result in answer.results:
            assert self.live[result.name] == result.id != exclude

    @invariant()
    def holds_what_the_list_holds(self):
        if not self.items:
            return
        gallery = open_gallery(self.name)
        assert gallery.names == [name for name, _ in self.items]
        assert np.flatnonzero(gallery.live).tolist() == sorted(self.live.values())
        vectors = open_index(gallery, self.encoder, self.engine).vectors()
        assert vectors.shape == (len(self.items), 16) and np.isfinite(vectors).all()
        for item_id in self.live.values():
            assert np.allclose(vectors[item_id], self.known[self.items[item_id][1]], atol=1e-5)

    def teardown(self):
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("method", ["toy", "toy-far"])
@pytest.mark.parametrize("engine", ["annoy", "exact", "faiss-hnsw"])
def test_interleavings(toy, pictures, tmp_path, engine, method):
    shared = {
        "method": method,
        "engine": engine,
        "load": staticmethod(toy),
        "pictures": pictures(8),
        "root": tmp_path,
    }
    machine = type("Interleaving", (Interleaving,), shared)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )
