"""What only exact search promises: every time the same answer, whatever float32 makes of it."""

import numpy as np
import pytest

from lookalike.engines.exact import Exact

GENERATOR = np.random.default_rng(4)
SPREAD = GENERATOR.normal(size=(700, 12)).astype(np.float32)


def exact(vectors, metric="euclidean", **params):
    engine = Exact(**params)
    engine.build(vectors, metric)
    return engine


@pytest.mark.parametrize("block", [1, 64, 16384])
@pytest.mark.parametrize("k", [1, 3, 150, 700])
def test_equally_near_items_come_by_id(block, k):
    vectors = np.tile(SPREAD[:7], (100, 1))  # item i is a copy of item i % 7
    apart = np.linalg.norm(vectors[:7, None] - vectors[None], axis=-1)
    expected = np.argsort(apart, axis=1, kind="stable")[:, :k]
    assert np.array_equal(exact(vectors, block=block).search(vectors[:7], k).ids, expected)


@pytest.mark.parametrize("offset", [0, 10, 1e3, 1e5])
def test_neighbours_are_true_where_a_matrix_product_in_float32_sees_noise(offset):
    vectors = (SPREAD + offset).astype(np.float32)
    exactly = vectors.astype(np.float64)
    expected = np.linalg.norm(exactly[:40, None] - exactly[None], axis=-1)
    found = exact(vectors).search(vectors[:40], 10)
    assert np.allclose(found.distances, np.sort(expected, axis=1)[:, :10], rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_many_queries_get_what_each_gets_alone(metric):
    engine = exact(SPREAD, metric, block=100)
    asked = GENERATOR.normal(size=(600, 12)).astype(np.float32)  # more than are compared at a time
    together = engine.search(asked, 5)
    assert np.array_equal(
        together.ids, np.concatenate([engine.search(q[None], 5).ids for q in asked])
    )
