"""What only Annoy has: knobs that trade recall for speed."""

import numpy as np
import pytest

from lookalike.engines import registry
from lookalike.engines.annoy import Annoy

VECTORS = np.random.default_rng(3).normal(size=(400, 16)).astype(np.float32)


def annoy(**params):
    engine = Annoy(**params)
    engine.build(VECTORS, "euclidean")
    return engine


@pytest.mark.parametrize("search_k", [1, 10, -1])
def test_k_are_found_however_few_nodes_are_looked_at(search_k):
    found = annoy(n_trees=1, search_k=search_k).search(VECTORS[:3], 400)
    assert all(sorted(row) == list(range(400)) for row in found.ids.tolist())


def test_many_results_are_as_good_as_few():
    """A search_k that gives enough of them is not yet one that gives the right ones."""
    rough = annoy(n_trees=4, search_k=300)
    exact = registry.create("exact")
    exact.build(VECTORS, "euclidean")
    found, truth = (engine.search(VECTORS[:20], 200).ids for engine in (rough, exact))
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found, truth, strict=True)]) > 0.99 * 200


def test_another_seed_grows_another_forest(tmp_path):
    files = []
    for seed in (1, 2):
        annoy(seed=seed).save(tmp_path)
        files.append((tmp_path / Annoy.file_name).read_bytes())
    assert files[0] != files[1]
