"""One contract for every engine, judged against exact search; exact against a plain loop."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest

from lookalike.distance import normalise
from lookalike.engines import registry
from lookalike.errors import IndexFileError, LookalikeError, StorageError, UnknownNameError

METRICS = ("cosine", "euclidean")


@cache
def clustered(count=1500, dimension=24, clusters=12):
    """Vectors as encoders give them: around a few centres, most variance in a few directions."""
    generator = np.random.default_rng(7)
    spread = np.linspace(1, 0.1, dimension)
    centres = generator.normal(size=(clusters, dimension)) * 2
    vectors = centres[np.arange(count) % clusters] + generator.normal(size=(count, dimension))
    vectors = (vectors * spread).astype(np.float32)
    vectors.flags.writeable = False
    return vectors


@cache
def queries():
    """Unlike any vector, and near many."""
    moved = clustered()[::60] + np.random.default_rng(8).normal(size=(25, 24)) * 0.2
    return moved.astype(np.float32)


def unit(vector):
    """Length 1; without a length, equal entries."""
    length = np.sqrt(sum(x * x for x in vector))
    if length == 0:
        return np.full(len(vector), len(vector) ** -0.5)
    return vector / length


def distance(query, vector, metric):
    """What a distance means, in double precision."""
    query, vector = query.astype(np.float64), vector.astype(np.float64)
    if metric == "cosine":
        return 1 - sum(unit(query) * unit(vector))
    return np.sqrt(sum((query - vector) ** 2))


def distances_of(ids, asked, vectors, metric):
    """The distances of the items that were found, without asking the engine."""
    return np.array(
        [
            [distance(query, vectors[item], metric) for item in row]
            for query, row in zip(asked, ids, strict=True)
        ]
    )


def built(name, vectors, metric, **params):
    engine = registry.create(name, **params)
    engine.build(vectors, metric)
    return engine


@pytest.fixture(scope="module", params=METRICS)
def metric(request):
    return request.param


@pytest.fixture(scope="module", params=registry.names())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def engine(name, metric):
    """Every engine over the clustered vectors; not to be changed."""
    return built(name, clustered(), metric)


RECALL = {  # at 10, with the default parameters
    "annoy": 0.99,
    "exact": 1,
    "faiss-hnsw": 0.99,
    "faiss-ivf": 0.98,
    "faiss-ivfpq": 0.98,
    "pq": 0.99,
    "lsh": 0.99,
    "kdtree": 1,
    "voyager": 0.99,
}


@pytest.fixture(scope="module")
def truth(metric):
    return built("exact", clustered(), metric).search(queries(), 10)


FAR = (clustered(300) + 1000).astype(np.float32)  # far from the origin for its spread
TWICE = np.repeat(clustered(20), 15, axis=0)
ZEROS = np.concatenate([np.zeros((3, 24), np.float32), clustered(60)])


@pytest.mark.parametrize(
    ("vectors", "block"),
    [
        (clustered(300), 65536),
        (clustered(300), 7),  # smaller than k, and no divisor of 300
        (clustered(300), 1),
        (FAR, 65536),
        (TWICE, 65536),
        (ZEROS, 65536),
        (clustered(50)[:, :1], 65536),  # one dimension
        (clustered(1), 65536),
    ],
)
def test_exact_search_is_a_plain_loop(vectors, block, metric):
    asked = np.concatenate([vectors[:5], vectors[-3:] + np.float32(0.01), vectors[:1] * 0])
    found = built("exact", vectors, metric, block=block).search(asked, 10)
    everything = np.tile(np.arange(len(vectors)), (len(asked), 1))
    expected = np.sort(distances_of(everything, asked, vectors, metric), axis=1)[:, :10]
    assert np.allclose(found.distances, expected, atol=1e-6, rtol=1e-5)
    assert np.allclose(distances_of(found.ids, asked, vectors, metric), expected, atol=1e-6)


def check_answer(found, asked, vectors, metric, k):
    """What holds of every answer of every engine."""
    ids, distances = found
    assert ids.shape == distances.shape == (len(asked), k)
    assert ids.dtype == np.int64 and distances.dtype == np.float32
    assert ids.min() >= 0 and ids.max() < len(vectors)
    assert all(len(set(row)) == k for row in ids.tolist())
    assert (np.diff(distances, axis=1) >= 0).all()
    assert np.allclose(distances, distances_of(ids, asked, vectors, metric), atol=2e-6, rtol=1e-5)


def test_distances_mean_the_same_in_every_engine(engine, metric):
    check_answer(engine.search(queries(), 10), queries(), clustered(), metric, 10)


def test_recall_at_10_is_that_of_exact_search(engine, name, truth):
    found = engine.search(queries(), 10)
    shared = [len(set(a) & set(b)) for a, b in zip(found.ids, truth.ids, strict=True)]
    assert np.mean(shared) / 10 >= RECALL[name]


@pytest.mark.parametrize("vectors", [FAR, clustered(300) * 1e-6, clustered(300) * 1e6])
def test_distances_are_true_however_large_the_vectors_are(name, metric, vectors):
    asked = vectors[:5] + np.std(vectors) / 100
    ids, distances = built(name, vectors, metric).search(asked, 10)
    true = distances_of(ids, asked, vectors, metric)
    tolerance = 2e-6 if metric == "cosine" else 1e-5 * true.max()
    assert np.allclose(distances, true, atol=tolerance, rtol=0)


@pytest.mark.parametrize("dimension", [1, 2, 3, 7, 33])  # not all are what codes are made of
def test_any_number_of_dimensions_will_do(name, metric, dimension):
    vectors = np.random.default_rng(9).normal(size=(150, dimension)).astype(np.float32)
    found = built(name, vectors, metric).search(vectors[:20], 5)
    check_answer(found, vectors[:20], vectors, metric, 5)
    assert np.allclose(found.distances[:, 0], 0, atol=2e-6)


def test_cosine_reaches_from_0_to_2(name):
    vectors = np.float32([[3, 0], [0, 2], [-1, 0]])
    found = built(name, vectors, "cosine").search(np.float32([[0.5, 0]]), 3)
    assert found.ids.tolist() == [[0, 1, 2]]
    assert np.allclose(found.distances, [[0, 1, 2]], atol=1e-6)


def test_euclidean_is_not_squared(name):
    vectors = np.float32([[0, 0], [30, 40], [0, 7]])
    found = built(name, vectors, "euclidean").search(np.float32([[0, 0]]), 3)
    assert found.ids.tolist() == [[0, 2, 1]]
    assert np.allclose(found.distances, [[0, 7, 50]])


@pytest.mark.parametrize(
    ("count", "k", "given"),
    [
        (40, 1, 1),
        (40, 40, 40),
        (40, 41, 40),  # more than there are
        (40, 10**9, 40),
        (1, 1, 1),  # a gallery of one
        (1, 5, 1),
        (2, 2, 2),
    ],
)
def test_k_results_or_all_that_there_are(name, metric, count, k, given):
    vectors = clustered()[:count]
    found = built(name, vectors, metric).search(queries(), k)
    check_answer(found, queries(), vectors, metric, given)


def test_no_queries_give_no_rows(engine):
    ids, distances = engine.search(np.empty((0, 24), np.float32), 3)
    assert ids.shape == distances.shape == (0, 3)


@pytest.mark.parametrize(
    ("vectors", "count"),
    [
        (np.ones((300, 8), np.float32), 300),  # one picture three hundred times
        (np.zeros((300, 8), np.float32), 300),  # blank ones
        (TWICE, 300),
        (ZEROS, 63),
    ],
)
def test_copies_and_blanks_are_all_found(name, metric, vectors, count):
    engine = built(name, vectors, metric)
    asked = vectors[[0, 1, -1]]
    check_answer(engine.search(asked, count), asked, vectors, metric, count)
    nearest = engine.search(asked, 3)
    check_answer(nearest, asked, vectors, metric, 3)
    assert np.allclose(nearest.distances[:, 0], 0, atol=2e-6)


@pytest.mark.parametrize("vectors", [ZEROS, clustered(300)])
def test_one_query_gets_what_it_gets_among_others(name, metric, vectors):
    engine = built(name, vectors, metric)
    asked = vectors[:10] * 3
    together = engine.search(asked, 60)
    for query, ids, distances in zip(asked, *together, strict=True):
        alone = engine.search(query[None], 60)
        assert np.allclose(alone.distances[0], distances, atol=2e-6, rtol=1e-5)
        assert len(set(alone.ids[0]) & set(ids)) >= 58  # the last may be equally near


@pytest.mark.parametrize(
    "vectors",
    [
        np.empty((0, 4), np.float32),  # nothing
        np.empty((4, 0), np.float32),
        np.ones(4, np.float32),  # one vector that is not a row
        np.ones((2, 2, 2), np.float32),
        np.float32([[1, np.nan]]),
        np.float32([[1, np.inf]]),
        np.float64([[1, 1e300]]),  # too large for float32
        np.float32([[1, 3e38]]),  # whose square is
        np.concatenate([np.ones((40000, 1), np.float32), [[np.nan]]]),  # late
    ],
)
def test_vectors_that_cannot_be_indexed_are_refused(name, metric, vectors):
    with pytest.raises(ValueError, match="vectors must"):
        built(name, vectors, metric)


def test_vectors_that_are_refused_leave_what_was_built(name, metric):
    engine = built(name, clustered(), metric)
    with pytest.raises(ValueError, match="finite"):
        engine.build(np.vstack([np.ones((40_000, 2)), [[0, np.nan]]]), metric)
    check_answer(engine.search(queries(), 5), queries(), clustered(), metric, 5)


@pytest.mark.parametrize(
    ("asked", "k", "message"),
    [
        (np.ones((1, 24)), 0, "k must be at least 1"),
        (np.ones((1, 24)), -1, "k must be at least 1"),
        (np.ones((1, 23)), 1, r"shape \(m, 24\), but got \(1, 23\)"),
        (np.ones((24, 1)), 1, "shape"),
        (np.ones(24), 1, "shape"),
        (np.full((1, 24), np.nan), 1, "finite"),
        (np.full((1, 24), 1e300), 1, "finite"),
        (np.full((1, 24), 3e38), 1, "finite"),
        (np.vstack([np.ones((2, 24)), np.full((1, 24), np.nan)]), 1, "finite"),
    ],
)
def test_queries_that_cannot_be_answered_are_refused(engine, asked, k, message):
    before = engine.search(queries(), 3)
    with pytest.raises(ValueError, match=message):
        engine.search(asked, k)
    assert np.array_equal(engine.search(queries(), 3).ids, before.ids)  # and the next one is well


def test_an_engine_that_holds_nothing_refuses(name):
    with pytest.raises(ValueError, match="shape"):
        registry.create(name).search(queries(), 1)


LAYOUTS = {
    "as it is wanted": lambda array: array.copy(),
    "double precision": lambda array: array.astype(np.float64),
    "by columns": np.asfortranarray,
    "every other row": lambda array: np.repeat(array, 2, axis=0)[::2],
    "backwards": lambda array: array[::-1].copy()[::-1],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("writeable", [True, False])
def test_the_callers_arrays_stay_as_they_were(engine, name, metric, layout, writeable):
    vectors, asked = layout(clustered()), layout(queries())
    for array in (vectors, asked):
        array.flags.writeable = writeable
    found = built(name, vectors, metric).search(asked, 5)
    assert np.array_equal(vectors, clustered()) and np.array_equal(asked, queries())
    assert np.array_equal(found.ids, engine.search(queries(), 5).ids)


def test_what_the_caller_does_to_the_array_later_changes_nothing(engine, name, metric):
    vectors = clustered().copy()
    other = built(name, vectors, metric)
    vectors[:] = 0
    check_answer(other.search(queries(), 5), queries(), clustered(), metric, 5)


def loaded(name, folder, metric, dimension=24, count=1500, **params):
    engine = registry.create(name, **params)
    engine.load(folder, metric, dimension, count)
    return engine


def test_what_is_saved_answers_the_same(engine, name, metric, tmp_path):
    engine.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(engine.file_names)
    again = loaded(name, tmp_path, metric)
    for before, after in zip(
        engine.search(queries(), 20), again.search(queries(), 20), strict=True
    ):
        assert np.array_equal(before, after)
    assert np.array_equal(engine.search(queries(), 5).ids, again.search(queries(), 5).ids)


def test_the_vectors_come_back_as_they_were_indexed(engine, name, metric, tmp_path):
    engine.save(tmp_path)
    expected = normalise(clustered()) if metric == "cosine" else clustered()
    for held in (engine, loaded(name, tmp_path, metric)):
        assert held.vectors().dtype == np.float32
        assert np.array_equal(held.vectors(), expected)


def test_the_vectors_outlive_their_engine(name, metric):
    vectors = built(name, clustered(), metric).vectors()
    for _ in range(100):
        np.ones(clustered().shape, np.float32)  # what would take the place of freed memory
    assert np.array_equal(vectors, normalise(clustered()) if metric == "cosine" else clustered())


def test_only_what_searching_reads_can_be_changed_later(name):
    engine = registry.create(name)
    values = engine.params.as_dict()
    for parameter, value in values.items():
        if parameter in engine.params.search:
            engine.retune(**{parameter: value})
            continue
        with pytest.raises(LookalikeError, match="is fixed once the index is built"):
            engine.retune(**{parameter: value})
    with pytest.raises(LookalikeError, match="no parameter called"):
        engine.retune(nosuch=1)


def test_a_loaded_index_can_be_saved_again(engine, name, metric, tmp_path):
    engine.save(tmp_path)
    before = (tmp_path / engine.file_name).read_bytes()
    loaded(name, tmp_path, metric).save(tmp_path)  # over the very file that it maps
    assert (tmp_path / engine.file_name).read_bytes() == before
    assert np.array_equal(
        loaded(name, tmp_path, metric).search(queries(), 5).ids, engine.search(queries(), 5).ids
    )


def test_the_same_vectors_give_the_same_file(engine, name, metric, tmp_path):
    contents = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        built(name, clustered(), metric).save(folder)
        contents.append([(folder / file_name).read_bytes() for file_name in engine.file_names])
    assert contents[0] == contents[1]


def cut(size):
    """Shorten a file by putting another in its place, since engines may have mapped it."""

    def damage(path):
        data = path.read_bytes()[:size]
        path.unlink()
        path.write_bytes(data)

    return damage


def noise(path):
    """Put a file there that is none of ours."""
    path.unlink()
    path.write_bytes(np.random.default_rng(1).bytes(10_000))


@pytest.mark.parametrize(
    ("damage", "dimension", "count"),
    [
        (lambda path: None, 25, 1500),  # vectors of another dimension
        (lambda path: None, 12, 1500),
        (lambda path: None, 24, 1501),  # more or fewer of them
        (lambda path: None, 24, 1499),
        (cut(-1), 24, 1500),
        (cut(100), 24, 1500),
        (cut(0), 24, 1500),
        (noise, 24, 1500),
        (lambda path: path.unlink(), 24, 1500),
    ],
)
def test_another_file_is_refused(engine, name, metric, tmp_path, damage, dimension, count):
    for file_name in engine.file_names:
        engine.save(tmp_path)
        damage(tmp_path / file_name)
        with pytest.raises(IndexFileError, match="missing or damaged"):
            loaded(name, tmp_path, metric, dimension, count)


def test_a_full_disk_leaves_the_older_file(engine, name, metric, tmp_path, full_disk):
    built(name, clustered(20), metric).save(tmp_path)
    before = (tmp_path / engine.file_name).read_bytes()
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        engine.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(engine.file_names)
    assert (tmp_path / engine.file_name).read_bytes() == before


def test_threads_get_the_answers_that_one_gets_alone(engine):
    alone = [engine.search(query[None], 10).ids.tolist() for query in queries()]
    with ThreadPoolExecutor(8) as pool:
        asked = [query[None] for query in queries()] * 4
        together = list(pool.map(lambda query: engine.search(query, 10).ids.tolist(), asked))
    assert together == alone * 4


@pytest.mark.parametrize("value", [-2, 1.5, "8", True, None])
def test_what_cannot_be_a_parameters_value_is_refused(name, value):
    for parameter in registry.create(name).params.as_dict():
        with pytest.raises(LookalikeError, match=f"{parameter!r} cannot be {value!r}"):
            registry.create(name, **{parameter: value})


def test_an_unknown_parameter_is_refused_by_name(name):
    with pytest.raises(LookalikeError, match="no parameter called 'n_tree'"):
        registry.create(name, n_tree=3)


def test_the_parameters_make_the_same_engine_again(name):
    params = registry.create(name).params.as_dict()
    assert params and registry.create(name, **params).params.as_dict() == params


def test_every_engine_names_its_library_and_what_it_is_good_for(engine, name):
    assert registry.summary(name) and engine.name == name
    assert engine.version.split()[-1][0].isdigit()


@pytest.mark.parametrize("name", ["nosuch", "", "../annoy", "Annoy"])
def test_an_unknown_engine_is_refused(name):
    with pytest.raises(UnknownNameError, match="There is no engine called") as caught:
        registry.create(name)
    assert all(known in caught.value.hint for known in registry.names())
