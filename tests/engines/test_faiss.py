"""What only the engines on FAISS have: lists and graphs that may fall short, and threads."""

import importlib

import faiss
import numpy as np
import pytest

from lookalike.engines import registry

VECTORS = np.random.default_rng(3).normal(size=(2000, 16)).astype(np.float32)
ENGINES = [name for name in registry.names() if registry.ENGINES[name].library == "faiss"]


def built(name, vectors=VECTORS, **params):
    engine = registry.create(name, **params)
    engine.build(vectors, "euclidean")
    return engine


def recall(engine, k=10):
    truth = built("exact", engine.vectors()).search(VECTORS[:100] + 0.1, k).ids
    found = engine.search(VECTORS[:100] + 0.1, k).ids
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(found, truth, strict=True)])


@pytest.mark.parametrize("name", ["faiss-ivf", "faiss-ivfpq"])
@pytest.mark.parametrize("count", [1, 2, 15, 17, 100, 2000])
def test_k_are_found_however_few_lists_are_searched(name, count):
    engine = built(name, VECTORS[:count], nlist=300, nprobe=1)
    found = engine.search(VECTORS[:5], count)
    assert all(sorted(row) == list(range(count)) for row in found.ids.tolist())
    assert (np.diff(found.distances, axis=1) >= 0).all()


@pytest.mark.parametrize(
    ("name", "knob", "few", "many"),
    [
        ("faiss-hnsw", "ef_search", 1, 200),
        ("faiss-ivf", "nprobe", 1, 60),
        ("faiss-ivfpq", "nprobe", 1, 60),
        ("faiss-ivfpq", "rescore", 10, 200),
        ("pq", "rescore", 10, 200),
        ("lsh", "rescore", 10, 200),
    ],
)
def test_looking_at_more_finds_more(name, knob, few, many):
    engine = built(name, **({"nprobe": 60} if name == "faiss-ivfpq" else {}))
    engine.retune(**{knob: few})
    found = recall(engine)
    engine.retune(**{knob: many})
    assert found < recall(engine) and recall(engine) > 0.95


@pytest.mark.parametrize("name", ENGINES)
def test_building_leaves_the_number_of_threads_and_stderr_alone(name, capfd):
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    built(name, VECTORS[:50])
    left = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(before)
    assert left == 3
    assert capfd.readouterr() == ("", "")  # FAISS would like more to learn from, and says so


@pytest.mark.parametrize(
    ("name", "params", "extra"),
    [
        ("pq", {}, 0),
        ("faiss-ivfpq", {"nlist": 8}, 8),  # bytes for the id, since lists are in no order
    ],
)
@pytest.mark.parametrize(("subspace", "size"), [(2, 64 / 16), (4, 64 / 32)])
def test_codes_are_sixteen_times_smaller_than_vectors(
    name, params, extra, subspace, size, tmp_path
):
    sizes = []
    for count in (640, 1920):  # a difference, so that what is learned does not count
        built(name, VECTORS[:count], subspace=subspace, **params).save(tmp_path)
        sizes.append((tmp_path / "index.faiss").stat().st_size)
    # Codes lie in blocks of 32.
    assert abs(sizes[1] - sizes[0] - 1280 * (size + extra)) <= 32 * 16 * size


def test_hyperplanes_go_through_the_vectors_and_not_beside_them():
    """All on one side of every hyperplane through the origin, they would share one code."""
    engine = built("lsh", VECTORS + 100)
    found = engine.search(VECTORS[:100] + 100, 10).ids
    truth = built("exact", VECTORS + 100).search(VECTORS[:100] + 100, 10).ids
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found, truth, strict=True)]) > 9.5


@pytest.mark.parametrize(("bits", "size"), [(1, 1), (8, 1), (9, 2), (1000, 125)])
def test_bits_fill_whole_bytes(bits, size, tmp_path):
    engine = built("lsh", bits=bits)
    assert engine._index.code_size == size
    engine.save(tmp_path)
    again = registry.create("lsh", bits=bits)
    again.load(tmp_path, "euclidean", 16, 2000)
    assert np.array_equal(again.search(VECTORS[:9], 3).ids, engine.search(VECTORS[:9], 3).ids)


@pytest.mark.parametrize("name", ENGINES)
def test_mapped_vectors_serve_when_faiss_is_made_to_take_tensors(name, tmp_path):
    """pytorch-metric-learning imports this; from then on FAISS refuses subclasses of arrays."""
    importlib.import_module("faiss.contrib.torch_utils")
    np.save(tmp_path / "vectors.npy", VECTORS)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    engine = built(name, mapped)
    for queries in (mapped[:1], mapped[:3]):
        expected = built(name).search(np.array(queries), 5)
        assert np.array_equal(engine.search(queries, 5).ids, expected.ids)
