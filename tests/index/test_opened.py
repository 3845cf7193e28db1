"""Indexes: what opening checks, what a distance is worth, and what a failed build leaves."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lookalike.distance import normalise
from lookalike.engines import registry as engines
from lookalike.engines.annoy import Annoy
from lookalike.engines.base import Neighbours
from lookalike.errors import IndexFileError, LookalikeError, StorageError, UnknownNameError
from lookalike.galleries.gallery import open_gallery
from lookalike.index import checks, writing
from lookalike.index import meta as metas
from lookalike.index.build import index_method
from lookalike.index.key import IndexKey
from lookalike.index.meta import read_meta
from lookalike.index.opened import installed, open_index, verify_index
from lookalike.index.projection import Projection


@pytest.fixture
def encode(toy):
    """encode(gallery, "toy"): the encoder, and its vectors of all items."""

    def make(gallery, method="toy", weights=None):
        encoder = toy(method, weights)
        return encoder, encoder.encode(gallery.photos(0, len(gallery)))

    return make


@pytest.fixture
def built(make_gallery, encode):
    """built("toy-far", count=60, engine="exact"): gallery, encoder, vectors, the index's folder."""

    def make(method="toy", count=200, engine="annoy", **how):
        gallery = make_gallery(count=count)
        encoder, vectors = encode(gallery, method)
        return gallery, encoder, vectors, writing.build(gallery, encoder, vectors, engine, **how)

    return make


def distances_to_all(vectors, query, metric):
    """From one query to every vector, in double precision."""
    vectors, query = vectors.astype(np.float64), query.astype(np.float64)
    if metric == "cosine":
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return 1 - vectors @ (query / np.linalg.norm(query))
    return np.linalg.norm(vectors - query, axis=1)


# Building and opening


@pytest.mark.parametrize("engine", engines.names())
@pytest.mark.parametrize("method", ["toy", "toy-far"])
def test_what_is_opened_finds_what_a_plain_loop_finds(built, method, engine):
    gallery, encoder, vectors, _ = built(method, engine=engine)
    found = open_index(gallery, encoder, engine).search(vectors[:20], 10)
    for item_id in range(20):
        distances = distances_to_all(vectors, vectors[item_id], encoder.spec.metric)
        assert found.ids[item_id, 0] == item_id
        assert np.allclose(found.distances[item_id], np.sort(distances)[:10], atol=1e-4)


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-long"])
def test_its_vectors_ask_again_and_serve_another_engine(built, method):
    gallery, encoder, vectors, folder = built(method)
    opened = open_index(gallery, encoder)
    exact = opened.under(engines.create("exact"))
    found = exact.search_prepared(opened.vectors()[:20], 10)
    assert np.array_equal(found.ids[:, 0], np.arange(20))
    assert np.allclose(found.distances, opened.search(vectors[:20], 10).distances, atol=1e-4)
    assert exact.meta.engine == "exact" and list(folder.parent.iterdir()) == [folder]


def test_the_meta_says_what_the_index_was_built_from(built):
    gallery, *_, folder = built("toy-long", params={"n_trees": 7})
    meta = read_meta(folder)
    assert folder.parts[-4:] == ("indexes", "toys", "toy-long@embedded", "annoy")
    assert (meta.gallery, meta.count, meta.fingerprint) == ("toys", 200, gallery.fingerprint)
    assert (meta.encoder, meta.weights) == ("toy-long", "embedded")
    assert (meta.weights_sha256, meta.preprocessing) == ("a" * 64, metas.PREPROCESSING)
    assert (meta.engine, meta.params["n_trees"], meta.metric) == ("annoy", 7, "cosine")
    assert meta.library.startswith("annoy 1.")
    assert (meta.encoded_dimension, meta.dimension) == (150, 128)
    assert 0.9 < meta.explained <= 1 and meta.recall_at_10 >= 0.99
    assert len(meta.quantiles) == checks.QUANTILES
    assert {path.name for path in folder.iterdir()} == {
        "index.ann",
        "meta.json",
        "projection.safetensors",
    }


@pytest.mark.parametrize(("longest", "dimension"), [(64, 64), (150, 150), (1000, 150)])
def test_vectors_are_as_long_as_the_setting_lets_them_be(built, fresh_settings, longest, dimension):
    fresh_settings(DIMENSIONS=longest)
    gallery, encoder, *_, folder = built("toy-long")
    assert read_meta(folder).dimension == dimension
    fresh_settings(DIMENSIONS=128)  # an index knows its own
    assert open_index(gallery, encoder).vectors().shape == (200, dimension)


def test_the_same_gallery_gives_the_same_files(built, tmp_path):
    gallery, encoder, vectors, first = built("toy-long")
    second = writing.build(gallery, encoder, vectors, "annoy", root=tmp_path)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_the_users_index_goes_before_the_shipped_one(built, tmp_path, fresh_settings, toy):
    gallery, encoder, vectors, folder = built()
    shipped = writing.build(gallery, encoder, vectors, "annoy", root=tmp_path / "indexes")
    fresh_settings(ASSETS=tmp_path)
    names = IndexKey("toys", "toy", "embedded", "annoy")
    assert names.find() == folder
    assert installed() == [folder, shipped]
    shutil.rmtree(folder)
    assert names.find() == shipped


def test_an_unfinished_index_is_not_listed(built):
    *_, folder = built()
    folder.rename(folder.with_name(".annoy.partial"))
    assert folder not in installed()


def test_what_an_interrupted_build_left_is_not_mixed_in(built):
    *_, projected = built("toy-long")
    left = projected.parents[1] / "toy@embedded" / ".annoy.partial"
    shutil.copytree(projected, left)
    *_, folder = built("toy")
    assert {path.name for path in folder.iterdir()} == {"index.ann", "meta.json"}


def test_vectors_of_another_gallery_are_refused(make_gallery, encode):
    gallery = make_gallery()
    encoder, vectors = encode(gallery)
    with pytest.raises(ValueError, match="vectors must have 40 rows, but got 39"):
        writing.build(gallery, encoder, vectors[:-1])


# What opening refuses


def reweigh(gallery, encoder):
    encoder.weights = replace(encoder.weights, sha256="c" * 64)


def widen(gallery, encoder):
    encoder.weights = replace(encoder.weights, dimension=17)


def bend(gallery, encoder):
    encoder.spec = replace(encoder.spec, metric="euclidean")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (reweigh, "was built from other weights"),
        (widen, "was built from other vectors"),
        (bend, "was built from other distances"),
    ],
)
def test_an_index_of_another_encoder_is_refused(built, change, message):
    gallery, encoder, *_ = built()
    change(gallery, encoder)
    with pytest.raises(IndexFileError, match=message) as caught:
        open_index(gallery, encoder)
    assert "index build --gallery toys --method toy --weights embedded`" in caught.value.hint


@pytest.mark.parametrize(
    "other",
    [
        {"count": 200, "seed": 1},  # other images
        {"count": 199},  # fewer of the same
    ],
)
def test_an_index_of_another_gallery_is_refused(built, make_gallery, other):
    _, encoder, *_ = built()
    with pytest.raises(IndexFileError, match="was built from other images"):
        open_index(make_gallery(**other), encoder)


def test_an_index_of_another_count_is_refused_whatever_the_card_claims(built, make_gallery):
    gallery, encoder, *_ = built()
    fewer = make_gallery(count=199)
    card = fewer.card | {"fingerprint": gallery.fingerprint}
    (fewer.folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(IndexFileError, match="was built from other images"):
        open_index(open_gallery("toys"), encoder)


def test_an_index_of_other_preprocessing_is_refused(built, monkeypatch):
    gallery, encoder, *_ = built()
    monkeypatch.setattr(metas, "PREPROCESSING", "2")
    with pytest.raises(IndexFileError, match="was built from other preprocessing"):
        open_index(gallery, encoder)


def test_an_index_that_was_copied_to_another_name_is_refused(built, toy):
    gallery, _, _, folder = built("toy")
    other = IndexKey("toys", "toy-reader", "embedded", "annoy")  # the same in all but its name
    shutil.copytree(folder, other.path(folder.parents[2]))
    with pytest.raises(IndexFileError, match=r"toy-reader index .* from other methods"):
        open_index(gallery, toy("toy-reader"))


@pytest.mark.parametrize(
    ("engine", "command"),
    [
        ("annoy", "--method toy --weights embedded`."),
        ("exact", "--method toy --weights embedded --engine exact`."),  # not the default
    ],
)
def test_a_missing_index_is_an_error_with_the_command_that_builds_it(
    make_gallery, toy, engine, command
):
    with pytest.raises(IndexFileError, match="is missing") as caught:
        open_index(make_gallery(), toy("toy"), engine)
    assert caught.value.hint.endswith(command)


@pytest.mark.parametrize("engine", ["nosuch", "", "../annoy"])
def test_an_unknown_engine_is_named_as_such(make_gallery, toy, encode, engine, fresh_settings):
    gallery = make_gallery()
    fresh_settings(ENGINE=engine or "none")
    with pytest.raises(UnknownNameError, match="There is no engine called"):
        open_index(gallery, toy("toy"))
    with pytest.raises(UnknownNameError, match="There is no engine called"):
        writing.build(gallery, *encode(gallery), engine)


@pytest.mark.parametrize("engine", engines.names())
@pytest.mark.parametrize("kind", ["index", "projection", "meta"])
def test_one_flipped_bit_is_found_wherever_it_is(built, engine, kind):
    gallery, encoder, vectors, folder = built("toy-long", engine=engine)
    path = next(folder.glob(f"{kind}.*"))
    intact = path.read_bytes()
    # meta.json ends with a newline, which says nothing.
    for position in np.linspace(0, len(intact) - 2, 25).astype(int):
        changed = bytearray(intact)
        changed[position] ^= 2
        path.write_bytes(changed)
        with pytest.raises(IndexFileError, match="damaged") as caught:
            open_index(gallery, encoder, engine)
        assert "index build --gallery toys --method toy-long" in caught.value.hint
    path.write_bytes(intact)
    assert open_index(gallery, encoder, engine).search(vectors[:1], 1).ids.tolist() == [[0]]


@pytest.mark.parametrize(
    "change",
    [
        {"quantiles": [0.0, 1.0]},  # would change every closer_than
        {"params": {"n_trees": 20, "search_k": 1, "seed": 20}},  # would find less
        {"count": 199},
        {"dimension": 64},
        {"metric": "manhattan"},
        {"engine": "nosuch"},
        {"surprise": 1},
    ],
)
def test_a_meta_that_was_edited_by_hand_is_refused(built, change):
    gallery, encoder, _, folder = built()
    path = folder / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(IndexFileError, match="damaged meta"):
        open_index(gallery, encoder)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"sha256": "x"}', "\udcff"])
def test_a_meta_that_is_no_meta_is_refused(built, text):
    gallery, encoder, _, folder = built()
    (folder / "meta.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(IndexFileError, match="damaged meta"):
        open_index(gallery, encoder)


@pytest.mark.parametrize("kind", ["index", "projection"])
def test_a_file_that_is_gone_is_an_error(built, kind):
    gallery, encoder, _, folder = built("toy-long")
    next(folder.glob(f"{kind}.*")).unlink()
    with pytest.raises(IndexFileError, match="cannot be read"):
        open_index(gallery, encoder)


# What a distance is worth


@pytest.mark.parametrize(
    ("method", "count"),
    [
        ("toy", 80),
        ("toy-far", 80),
        ("toy-long", 150),  # projected
        ("toy", 2),
    ],
)
def test_closer_than_is_the_share_of_pairs_that_are_farther_apart(built, method, count):
    gallery, encoder, vectors, _ = built(method, count=count)
    opened = open_index(gallery, encoder)
    seen = opened.prepare(vectors)
    rows = [distances_to_all(seen, vector, encoder.spec.metric) for vector in seen]
    pairs = np.array(rows)[~np.eye(count, dtype=bool)]
    for distance in [*np.quantile(pairs, [0, 0.01, 0.25, 0.5, 0.75, 0.99]) + 1e-5, 0.0, 9.9]:
        share = (pairs > distance).mean()
        assert opened.closer_than(distance) == pytest.approx(share, abs=0.01)
    shares = opened.closer_than(np.linspace(0, pairs.max() * 2, 500))
    assert (np.diff(shares) <= 0).all() and shares[-1] == 0
    assert shares.min() >= 0 and shares.max() <= 1


def test_copies_are_closer_than_all_but_the_other_copies(make_gallery, encode):
    items = [replace(item, name=str(n)) for n, item in enumerate([make_gallery(count=1)[0]] * 30)]
    other = [make_gallery(count=30, seed=3)[item_id] for item_id in range(30)]
    gallery = make_gallery(items=items + other)
    writing.build(gallery, *encode(gallery))
    opened = open_index(gallery, encode(gallery)[0])
    copies = 30 * 29 / (60 * 59)
    assert opened.closer_than(1e-6) == pytest.approx(1 - copies, abs=0.01)


def test_a_gallery_of_one_says_that_nothing_is_farther(built):
    gallery, encoder, vectors, _ = built(count=1)
    opened = open_index(gallery, encoder)
    found = opened.search(vectors, 5)
    assert found.ids.tolist() == [[0]]
    assert opened.closer_than(found.distances).tolist() == [[0.0]]


def test_quantiles_of_tiny_distances_are_not_rounded_away():
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    small = checks.random_pair_quantiles(vectors * np.float32(1e-6), "euclidean")
    large = checks.random_pair_quantiles(vectors, "euclidean")
    assert np.allclose(np.array(small) * 1e6, large, rtol=1e-3)
    assert small == sorted(small) and small[0] > 0  # no item is paired with itself


# The projection


@pytest.mark.parametrize(
    ("count", "long", "wanted", "kept"),
    [
        (200, 150, 128, 128),
        (200, 150, 500, 150),  # no more than there are dimensions
        (60, 150, 128, 60),  # nor than there are items
    ],
)
def test_the_projection_keeps_what_it_can(count, long, wanted, kept):
    vectors = np.random.default_rng(1).normal(size=(count, long)).astype(np.float32)
    projection = Projection.fit(vectors, wanted)
    projected = projection(vectors)
    assert projected.shape == (count, kept) and projected.dtype == np.float32
    components = projection.components
    assert np.allclose(components @ components.T, np.eye(kept), atol=1e-4)
    assert np.allclose(projected.mean(axis=0), 0, atol=1e-4)
    spread = ((vectors - vectors.mean(0)) ** 2).sum()
    assert projection.explained == pytest.approx((projected**2).sum() / spread, abs=1e-3)


def test_a_projection_of_full_rank_keeps_every_distance():
    vectors = np.random.default_rng(2).normal(size=(50, 10)).astype(np.float32)
    projected = Projection.fit(vectors, 10)(vectors)
    before = [distances_to_all(vectors, vector, "euclidean") for vector in vectors]
    after = [distances_to_all(projected, vector, "euclidean") for vector in projected]
    assert np.allclose(before, after, atol=1e-4)


def test_a_large_gallery_is_fitted_on_a_sample(monkeypatch):
    monkeypatch.setattr("lookalike.index.projection.FIT_ON", 50)
    vectors = np.random.default_rng(3).normal(size=(400, 20)).astype(np.float32)
    projection = Projection.fit(vectors, 8)
    chosen = np.random.default_rng(0).choice(400, 50, replace=False)
    assert np.allclose(projection.mean, vectors[chosen].mean(axis=0), atol=1e-5)


def test_a_saved_projection_is_the_same(tmp_path):
    vectors = np.random.default_rng(4).normal(size=(30, 12)).astype(np.float32)
    projection = Projection.fit(vectors, 5)
    projection.save(tmp_path)
    assert np.array_equal(Projection.load(tmp_path)(vectors), projection(vectors))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: save_file({"mean": load_file(path)["mean"]}, path),  # tensors are missing
    ],
)
def test_a_damaged_projection_is_refused(tmp_path, damage):
    Projection.fit(np.eye(9, dtype=np.float32), 3).save(tmp_path)
    damage(tmp_path / "projection.safetensors")
    with pytest.raises(IndexFileError, match="missing or damaged"):
        Projection.load(tmp_path)


def test_a_few_long_vectors_are_indexed_as_they_are(built):
    gallery, encoder, vectors, folder = built("toy-long", count=5)
    assert read_meta(folder).dimension == 150
    found = open_index(gallery, encoder).search(vectors, 1)
    assert found.ids.tolist() == [[0], [1], [2], [3], [4]]


# Self-retrieval


class Shifted(Annoy):
    """Finds the neighbours of the wrong item, and says that they are at distance 0."""

    def _search(self, queries, k):
        ids, distances = super()._search(queries, k)
        return Neighbours((ids + 1) % self.count, distances * 0)


class Forgetful(Annoy):
    """Does not know the last of what it was given."""

    def _search(self, queries, k):
        found = super()._search(queries, k + 1)
        known = [np.flatnonzero(row != self.count - 1)[:k] for row in found.ids]
        return Neighbours(*(np.take_along_axis(part, np.array(known), 1) for part in found))


@pytest.mark.parametrize("broken", [Shifted, Forgetful])
@pytest.mark.parametrize("method", ["toy", "toy-far"])
def test_an_engine_that_loses_items_builds_nothing(built, monkeypatch, broken, method):
    gallery, encoder, vectors, folder = built(method, count=100)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    create = engines.create
    monkeypatch.setattr(
        engines, "create", lambda name, **params: broken() if name == "annoy" else create(name)
    )
    with pytest.raises(IndexFileError, match="does not find its own items"):
        writing.build(gallery, encoder, vectors)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_copies_may_stand_for_each_other(make_gallery, encode):
    item = make_gallery(count=1)[0]
    gallery = make_gallery(items=[replace(item, name=str(number)) for number in range(50)])
    encoder, vectors = encode(gallery)
    writing.build(gallery, encoder, vectors)
    found = open_index(gallery, encoder).search(vectors[:1], 50)
    assert sorted(found.ids[0].tolist()) == list(range(50))


@pytest.mark.parametrize(
    ("found", "share"),
    [
        ([0.1, 0.2, 0.3], 1.0),
        ([0.1, 0.2, 0.4], 2 / 3),  # one is beyond the true third
        ([0.1, 0.3, 0.3], 1.0),  # another item at the same distance
        ([0.5, 0.6, 0.7], 0.0),
    ],
)
def test_recall_counts_what_is_no_farther_than_the_last_true_neighbour(found, share):
    ids = np.arange(3)[None]
    truth = Neighbours(ids, np.float32([[0.1, 0.2, 0.3]]))
    assert checks.recall(Neighbours(ids, np.float32([found])), truth) == pytest.approx(share)


# What a failed build leaves


@pytest.mark.parametrize("method", ["toy", "toy-long"])
def test_a_full_disk_leaves_the_older_index(built, full_disk, method):
    gallery, encoder, vectors, folder = built(method)
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        writing.build(gallery, encoder, vectors * 2)
    assert open_index(gallery, encoder).search(vectors[:1], 1).ids.tolist() == [[0]]
    writing.build(gallery, encoder, vectors)  # and with room again it goes on
    assert {path.name for path in folder.parent.iterdir()} == {"annoy"}


def test_a_home_that_cannot_be_written_is_one_sentence(
    make_gallery, encode, tmp_path, fresh_settings
):
    gallery = make_gallery()
    (tmp_path / "file").write_text("in the way")
    fresh_settings(HOME=tmp_path / "file")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        writing.build(gallery, *encode(gallery))
    assert "LOOKALIKE_HOME" in caught.value.hint


def test_what_is_open_answers_on_while_its_index_is_replaced(built, make_gallery):
    gallery, encoder, vectors, _ = built()
    opened = open_index(gallery, encoder)
    writing.build(gallery, encoder, vectors[::-1])
    assert opened.search(vectors[:1], 1).ids.tolist() == [[0]]
    assert open_index(gallery, encoder).search(vectors[:1], 1).ids.tolist() == [[199]]


# Building by name, and verifying


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-long"])
def test_a_method_is_encoded_indexed_and_its_chunks_are_forgotten(make_gallery, toy, home, method):
    gallery, seen = make_gallery(count=200), []
    folder = index_method(gallery, method, progress=lambda *step: seen.append(step))
    verify_index(folder)
    assert seen == [(0, 200), (200, 200)]
    assert not list((home / "cache").iterdir())


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"method": "nosuch"}, "There is no method called 'nosuch'"),
        ({"method": "toy", "weights": "nosuch"}, "called 'nosuch'"),
        ({"method": "toy", "engine": "nosuch"}, "There is no engine called 'nosuch'"),
        ({"method": "toy", "engine": "../x"}, "There is no engine called"),
    ],
)
def test_unknown_names_are_refused_before_the_long_work(make_gallery, toy, how, message):
    gallery = make_gallery()
    with pytest.raises(UnknownNameError, match=message):
        index_method(gallery, **how)
    assert toy("toy").encoded == 0


def test_an_index_whose_items_moved_does_not_verify(make_gallery, encode):
    gallery = make_gallery()
    encoder, vectors = encode(gallery)
    # Sound in itself, and built from these weights and images; but in another order.
    folder = writing.build(gallery, encoder, vectors[::-1])
    open_index(gallery, encoder)
    with pytest.raises(IndexFileError, match="does not find its own items"):
        verify_index(folder)


def test_verifying_needs_the_gallery(built, home):
    *_, folder = built()
    shutil.rmtree(home / "galleries" / "toys")
    with pytest.raises(LookalikeError, match="There is no gallery called 'toys'"):
        verify_index(folder)


def test_cosine_distances_ignore_lengths(built):
    gallery, encoder, vectors, _ = built()
    opened = open_index(gallery, encoder)
    assert np.allclose(normalise(vectors), vectors, atol=1e-6)
    short, long = opened.search(vectors[:3] / 100, 5), opened.search(vectors[:3] * 100, 5)
    assert np.array_equal(short.ids, long.ids)
    assert np.allclose(short.distances, long.distances, atol=1e-6)
