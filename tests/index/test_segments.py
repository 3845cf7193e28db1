"""A main engine, a delta and a mask give what a plain loop over the live items gives."""

import numpy as np
import pytest

from lookalike.engines import registry as engines
from lookalike.engines.base import Neighbours
from lookalike.engines.exact import Exact
from lookalike.errors import GalleryError
from lookalike.index.segments import SLACK, WIDER, Segments, nearest

COUNT, DIMENSION = 900, 12


@pytest.fixture(scope="module")
def vectors():
    """Clusters in a row: the first hundred items are all near each other, and so on."""
    generator = np.random.default_rng(3)
    centres = np.repeat(generator.normal(size=(9, DIMENSION)) * 3, 100, axis=0)
    return (centres + generator.normal(size=(COUNT, DIMENSION)) * 0.2).astype(np.float32)


def arranged(vectors, live, *, rows=None, delta=0, engine="annoy"):
    """Segments over items of which `rows` are in the engine and the last `delta` are not."""
    rows = np.arange(COUNT - delta) if rows is None else rows
    main = engines.create(engine)
    main.build(vectors[rows], "euclidean")
    return Segments(main, rows, vectors[COUNT - delta :], live)


def plain(vectors, live, query, k):
    distances = np.linalg.norm(vectors.astype(np.float64) - query, axis=1)
    return np.sort(distances[live])[:k]


def mask(*dead):
    live = np.ones(COUNT, bool)
    for part in dead:
        live[part] = False
    return live


@pytest.mark.parametrize("engine", engines.available())
@pytest.mark.parametrize(
    ("live", "delta"),
    [
        (mask(), 0),
        (mask(), 1),
        (mask(), 899),
        (mask([5]), 0),
        (mask(slice(0, 99)), 0),  # all but one of what is near the first query
        (mask(slice(0, 800)), 0),  # more than the engine is asked for at first
        (mask(slice(0, 899)), 0),  # one is left
        (mask(slice(None, None, 2)), 100),
        (mask(slice(0, 800)), 100),  # nothing is left in the engine
        (mask(slice(800, 900)), 100),  # nothing is left in the delta
        (mask(slice(0, 850)), 100),
    ],
)
def test_the_live_items_nearest_are_found(vectors, live, delta, engine):
    searched = arranged(vectors, live, delta=delta, engine=engine)
    asked = vectors[[0, 150, 650, 899]] + np.float32(0.01)
    for k in (1, 10, 200, 2000):
        found = searched.search(asked, k)
        wanted = min(k, live.sum())
        assert found.ids.shape == found.distances.shape == (4, wanted)
        assert found.ids.dtype == np.int64 and found.distances.dtype == np.float32
        for row, query in enumerate(asked):
            assert live[found.ids[row]].all() and len(set(found.ids[row])) == wanted
            distances = np.linalg.norm(vectors[found.ids[row]] - query, axis=1)
            assert np.allclose(found.distances[row], distances, atol=1e-5)
            farthest = plain(vectors, live, query, wanted)[-1]
            # Engines that compress keep short lists of a hundred.
            if k != 200:
                assert (distances <= farthest + 1e-5).mean() >= 0.9
        assert (np.diff(found.distances, axis=1) >= 0).all()


def test_rows_are_the_items_that_they_stand_for(vectors):
    live = mask(slice(0, 50))
    rows = np.flatnonzero(mask(slice(0, 30), [700])[:850])  # dropped by an earlier merge
    searched = arranged(vectors, live & mask([700]), rows=rows, delta=50)
    assert searched.removed == 20
    found = searched.search(vectors[[60, 720, 870]], 1)
    assert found.ids.tolist() == [[60], [720], [870]]
    every = searched.vectors()
    assert every.shape == vectors.shape and np.isfinite(every).all()
    known = [*rows, *range(850, 900)]
    assert np.array_equal(every[known], vectors[known])


def test_equal_distances_come_by_id(vectors):
    twice = vectors.copy()
    twice[850:] = twice[:50]  # the delta holds copies of the first items
    found = arranged(twice, mask(), delta=50, engine="exact").search(twice[:50], 2)
    assert found.ids.tolist() == [[item, item + 850] for item in range(50)]


class Counting(Exact):
    """Notes how much it was asked for."""

    def _search(self, queries, k):
        self.asked = [*getattr(self, "asked", []), (len(queries), k)]
        return super()._search(queries, k)


def test_the_engine_is_asked_for_more_only_where_too_many_are_gone(vectors):
    engine = Counting()
    engine.build(vectors, "euclidean")
    live = mask(slice(0, 299), slice(800, 900))
    searched = Segments(engine, np.arange(COUNT), vectors[:0], live)
    searched.search(vectors[[400, 0, 500]], 10)
    # The first cluster is gone, and two more with it.
    assert engine.asked == [(3, 10 + SLACK), (1, (10 + SLACK) * WIDER)]
    engine.asked = []
    Segments(engine, np.arange(COUNT), vectors[:0], mask(slice(0, 899))).search(vectors[:2], 10)
    assert engine.asked == [(2, 1 + SLACK), (2, (1 + SLACK) * WIDER), (2, COUNT)]
    engine.asked = []
    Segments(engine, np.arange(COUNT), vectors[:0], mask([3])).search(vectors[:5], 10)
    assert engine.asked == [(5, 11)]
    engine.asked = []
    Segments(engine, np.arange(800), vectors[800:], mask()).search(vectors[:5], 10)
    assert engine.asked == [(5, 10)]


@pytest.mark.parametrize("delta", [0, 100, 899])
@pytest.mark.parametrize(
    ("query", "k", "message"),
    [
        (np.ones((1, DIMENSION)), 0, "k must be at least 1"),
        (np.ones((1, DIMENSION)), -1, "k must be at least 1"),
        (np.ones((1, DIMENSION + 1)), 1, "shape"),
        (np.full((1, DIMENSION), np.nan), 1, "finite"),
    ],
)
def test_what_an_engine_refuses_is_refused(vectors, delta, query, k, message):
    with pytest.raises(ValueError, match=message):
        arranged(vectors, mask([1]), delta=delta).search(query, k)


def test_no_queries_give_no_rows(vectors):
    found = arranged(vectors, mask([1]), delta=100).search(np.empty((0, DIMENSION), np.float32), 3)
    assert found.ids.shape == found.distances.shape == (0, 3)


@pytest.mark.parametrize("delta", [0, 100])
def test_a_gallery_that_lost_everything_says_so(vectors, delta):
    with pytest.raises(GalleryError, match="Every image of the gallery was removed"):
        arranged(vectors, ~mask(), delta=delta).search(vectors[:1], 1)


def test_several_answers_make_one():
    parts = [
        Neighbours(np.array([[4, 2], [1, 0]]), np.float32([[0.1, 0.1], [0.5, 0.5]])),
        Neighbours(np.array([[9, 7, 8], [8, 7, 9]]), np.float32([[0.1, 0.2, 0.9], [0, 0.5, 0.6]])),
    ]
    found = nearest(parts, 4)
    assert found.ids.tolist() == [[2, 4, 9, 7], [8, 0, 1, 7]]
    expected = np.float32([[0.1, 0.1, 0.1, 0.2], [0, 0.5, 0.5, 0.5]])
    assert np.array_equal(found.distances, expected)
    assert nearest(parts[:1], 9) is parts[0]
