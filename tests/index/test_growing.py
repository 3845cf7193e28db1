"""Indexes that grow and are merged: only what is new is encoded, and failures leave what was."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from lookalike import photos
from lookalike.distance import normalise
from lookalike.engines import registry as engines
from lookalike.errors import GalleryError, IndexFileError, LookalikeError, StorageError
from lookalike.galleries.changes import add_folder, remove_items
from lookalike.galleries.gallery import open_gallery
from lookalike.index import encoding, writing
from lookalike.index import meta as metas
from lookalike.index.build import ensure_index, index_method, indexes_of, merge_index, unmerged
from lookalike.index.key import IndexKey
from lookalike.index.meta import read_meta, write_meta
from lookalike.index.opened import open_index, open_prefix, verify_index


@pytest.fixture
def grow(make_gallery, pictures, tmp_path):
    """grow(3): so many new images come into the gallery "toys"; the gallery as it is then."""
    made = []

    def add(count):
        folder = tmp_path / f"more-{len(made)}"
        folder.mkdir()
        for number, picture in enumerate(pictures(count, seed=100 + len(made))):
            (folder / f"{folder.name}-{number:03}.png").write_bytes(photos.to_png(picture))
        made.append(folder)
        add_folder(folder, "toys")
        return open_gallery("toys")

    return add


@pytest.fixture
def grown(make_gallery, toy, grow):
    """grown("toy-far", 5, 3): a gallery with an index of its first items, five and then three more
    that lie beside it, and the index's folder."""

    def make(method="toy", *more, count=150, engine="exact", removed=()):
        gallery = make_gallery(count=count)
        folder = index_method(gallery, method, engine=engine)
        for number in more:
            index_method(grow(number), method, engine=engine)
        if removed:
            names = open_gallery("toys").names
            remove_items("toys", [names[item_id] for item_id in removed])
        return open_gallery("toys"), folder

    return make


def encode_all(gallery, encoder):
    return encoder.encode(gallery.photos(0, len(gallery)))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Growing


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-long"])
def test_only_what_is_new_is_encoded(grown, toy, grow, method):
    gallery, folder = grown(method)
    before, encoder = contents(folder), toy(method)
    encoder.encoded, seen = 0, []
    gallery = grow(7)
    assert (
        index_method(gallery, method, engine="exact", progress=lambda *n: seen.append(n)) == folder
    )
    assert encoder.encoded == 7 and seen == [(0, 7), (7, 7)]
    after = contents(folder)
    assert {name for name in after if before.get(name) != after[name]} == {
        "meta.json",
        "delta-000000150.npy",
    }
    meta = read_meta(folder)
    assert (meta.count, meta.delta, meta.main) == (157, 7, 150)
    assert meta.fingerprint == gallery.fingerprint
    verify_index(folder)


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-long"])
@pytest.mark.parametrize("engine", ["annoy", "exact", "faiss-ivf"])
def test_what_came_later_is_found_like_the_rest(grown, toy, method, engine):
    gallery, _ = grown(method, 5, 8, engine=engine, removed=[3, 149])
    encoder = toy(method)
    opened = open_index(gallery, encoder, engine)
    every = encode_all(gallery, encoder)
    seen = opened.prepare(every)
    live = np.flatnonzero(gallery.live)
    assert np.allclose(opened.vectors()[live], seen[live], atol=1e-5)
    found = opened.search(every[live], 6)
    assert found.ids[:, 0].tolist() == live.tolist()
    for row, item_id in enumerate(live):
        if encoder.spec.metric == "cosine":
            distances = 1 - seen[live] @ seen[item_id]
        else:
            distances = np.linalg.norm(seen[live] - seen[item_id], axis=1)
        assert np.allclose(found.distances[row], np.sort(distances)[:6], atol=1e-4)


def test_an_index_that_lacks_items_says_so_and_how_to_mend_it(grown, grow, toy):
    grown("toy", engine="annoy")
    gallery = grow(1)
    with pytest.raises(
        IndexFileError, match=r"toy index .* lacks 1 image that was added"
    ) as caught:
        open_index(gallery, toy("toy"))
    assert "index build --gallery toys --method toy" in caught.value.hint


@pytest.mark.parametrize("count", [2, 1200])
def test_the_number_of_lacking_items_is_said(make_gallery, grow, toy, count, monkeypatch):
    index_method(make_gallery(), "toy")
    gallery = grow(2)
    monkeypatch.setattr(type(gallery), "__len__", lambda self: 40 + count)
    with pytest.raises(IndexFileError, match=f"lacks {count:,} images that were added since"):
        open_index(gallery, toy("toy"))


@pytest.mark.parametrize(
    ("method", "count", "more", "anew"),
    [
        ("toy", 3, 100, False),  # nothing is projected, so nothing has to be fitted
        ("toy-long", 150, 100, False),
        ("toy-long", 150, 151, True),  # more than twice of what PCA was fitted on
        ("toy-long", 5, 10, False),  # too few to project
        ("toy-long", 100, 40, True),  # no longer too few
    ],
)
def test_a_projection_that_is_outgrown_is_fitted_again(grown, grow, method, count, more, anew):
    _, folder = grown(method, count=count)
    index_method(grow(more), method, engine="exact")
    meta = read_meta(folder)
    assert meta.delta == (0 if anew else more)
    assert meta.fitted_on == (None if meta.dimension != 128 else count + more * anew)


def test_after_a_merge_it_is_still_known_what_the_projection_was_fitted_on(grown, grow):
    gallery, folder = grown("toy-long", 100)
    # As it is in indexes of before it was noted.
    write_meta(folder, replace(read_meta(folder), fitted_on=None))
    merge_index(gallery, folder)
    assert read_meta(folder).fitted_on == 150
    index_method(grow(100), "toy-long", engine="exact")
    assert read_meta(folder).fitted_on == 350  # fitted again


@pytest.mark.parametrize("damage", ["gone", "damaged", "of other weights", "of other images"])
def test_what_does_not_fit_is_built_anew(grown, grow, toy, make_gallery, damage):
    _, folder = grown("toy", 3)
    encoder = toy("toy")
    if damage == "gone":
        shutil.rmtree(folder)
    if damage == "damaged":
        (folder / "delta-000000150.npy").write_bytes(b"")
    if damage == "of other weights":
        encoder.weights = replace(encoder.weights, sha256="c" * 64)
    if damage == "of other images":
        make_gallery(count=150, seed=9)
    encoder.encoded = 0
    gallery = grow(2)
    index_method(gallery, "toy", engine="exact")
    assert encoder.encoded == len(gallery) and read_meta(folder).delta == 0


def test_everything_can_be_encoded_again_on_demand(grown, grow, toy):
    _, folder = grown("toy", 3)
    encoder = toy("toy")
    encoder.encoded = 0
    index_method(grow(2), "toy", engine="exact", anew=True)
    assert encoder.encoded == 155 and read_meta(folder).delta == 0


def test_what_is_sound_is_left_alone(grown, grow, toy):
    gallery, folder = grown("toy", 3)
    before, encoder = contents(folder), toy("toy")
    encoder.encoded = 0
    ensure_index(gallery, "toy", engine="exact")
    assert contents(folder) == before and encoder.encoded == 0
    ensure_index(grow(2), "toy", engine="exact")
    assert encoder.encoded == 2
    (folder / "index.npy").unlink()
    ensure_index(open_gallery("toys"), "toy", engine="exact")
    verify_index(folder)


def test_distances_are_worth_what_they_are_among_all_live_items(grown, toy):
    def check(gallery):
        opened = open_index(gallery, toy("toy-far"), "exact")
        seen = opened.vectors()[gallery.live]
        pairs = np.linalg.norm(seen[:, None] - seen[None], axis=2)[~np.eye(len(seen), dtype=bool)]
        for distance in np.quantile(pairs, [0.05, 0.5, 0.95]):
            share = (pairs > distance).mean()
            assert opened.closer_than(distance) == pytest.approx(share, abs=0.01)

    gallery, folder = grown("toy-far", 100, count=20)
    check(gallery)  # most came later
    remove_items("toys", gallery.names[:90])
    gallery = open_gallery("toys")
    merge_index(gallery, folder)
    check(gallery)


@pytest.mark.parametrize(("more", "again"), [((10,), False), ((10, 6), True)])
def test_a_few_new_items_leave_what_distances_are_worth(grown, more, again):
    _, folder = grown("toy")
    before = read_meta(folder).quantiles
    grown("toy", *more)
    assert (read_meta(folder).quantiles != before) == again


# Merging


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-long"])
@pytest.mark.parametrize("engine", ["annoy", "exact", "faiss-hnsw"])
def test_a_merged_index_is_that_of_one_that_was_built_so(grown, toy, method, engine):
    gallery, folder = grown(method, 5, 8, engine=engine, removed=[0, 77])
    encoder = toy(method)
    every = encode_all(gallery, encoder)
    before, encoded = open_index(gallery, encoder, engine), encoder.encoded
    assert merge_index(gallery, folder)
    assert encoder.encoded == encoded
    meta = read_meta(folder)
    assert (meta.count, meta.delta, meta.rows, meta.main) == (163, 0, 161, 163)
    assert meta.recall_at_10 > 0.99
    assert not list(folder.glob("delta-*")) and not list(folder.parent.glob(".*"))
    after = open_index(gallery, encoder, engine)
    assert after.removed == 0
    for k in (1, 20, 200):
        first, second = before.search(every, k), after.search(every, k)
        assert np.array_equal(first.ids[:, 0], second.ids[:, 0])
        same = np.isclose(first.distances, second.distances, atol=1e-5)
        assert same.mean() > (0.99 if engine == "faiss-hnsw" else 1 - 1e-9)  # it may miss one
    verify_index(folder)
    assert not merge_index(gallery, folder)  # nothing more


def test_an_index_grows_on_after_a_merge(grown, grow, toy):
    gallery, folder = grown("toy", 5, removed=[3, 151])
    merge_index(gallery, folder)
    index_method(grow(4), "toy", engine="exact")
    remove_items("toys", ["000.png"])
    gallery = open_gallery("toys")
    opened = open_index(gallery, toy("toy"), "exact")
    assert (opened.removed, opened.meta.delta, opened.meta.rows) == (1, 4, 153)
    live = np.flatnonzero(gallery.live)
    found = opened.search(encode_all(gallery, toy("toy"))[live], 1)
    assert found.ids[:, 0].tolist() == live.tolist()
    assert merge_index(gallery, folder)
    assert read_meta(folder).rows == len(live) == 156


def test_an_index_built_after_removals_holds_live_items_only(grown, toy):
    gallery, folder = grown("toy", removed=range(0, 150, 3))
    encoder = toy("toy")
    encoder.encoded = 0
    index_method(gallery, "toy", engine="exact", anew=True)
    assert encoder.encoded == 100 and read_meta(folder).rows == 100
    assert open_index(gallery, encoder, "exact").removed == 0
    verify_index(folder)


@pytest.mark.parametrize(
    ("more", "removed", "added", "gone", "advisable"),
    [
        ((), (), 0, 0, False),
        ((3,), (1, 2), 3, 2, False),
        ((11,), (), 11, 0, True),  # more than MOST_ADDED, which is ten here
        ((), range(75), 0, 75, False),
        ((), range(76), 0, 76, True),  # more than half
    ],
)
def test_it_is_said_when_merging_is_advisable(
    grown, monkeypatch, more, removed, added, gone, advisable
):
    monkeypatch.setattr("lookalike.index.build.MOST_ADDED", 10)
    gallery, folder = grown("toy", *more, removed=removed)
    found = unmerged(read_meta(folder), gallery)
    assert (found.added, found.removed, found.advisable) == (added, gone, advisable)
    merge_index(gallery, folder)
    found = unmerged(read_meta(folder), gallery)
    assert (found.added, found.removed, found.advisable) == (0, 0, False)


# What is empty, and what is no number


def test_a_gallery_that_lost_everything(grown, grow, toy):
    gallery, folder = grown("toy", count=5, removed=range(5))
    opened = open_index(gallery, toy("toy"), "exact")
    with pytest.raises(GalleryError, match="Every image of the gallery was removed"):
        opened.search(np.ones((1, 16), np.float32), 3)
    assert np.isfinite(opened.vectors()).all()
    verify_index(folder)
    before = contents(folder)
    for attempt in (
        lambda: merge_index(gallery, folder),
        lambda: index_method(gallery, "toy", engine="exact", anew=True),
    ):
        with pytest.raises(GalleryError, match="Every image of the gallery toys was removed"):
            attempt()
    assert contents(folder) == before
    gallery = grow(3)
    index_method(gallery, "toy", engine="exact")
    found = open_index(gallery, toy("toy"), "exact").search(np.ones((1, 16), np.float32), 9)
    assert sorted(found.ids[0].tolist()) == [5, 6, 7]
    assert merge_index(gallery, folder)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", ["toy", "toy-long"])
def test_a_vector_that_is_no_number_is_one_sentence(grown, grow, toy, method, wrong):
    gallery, folder = grown(method)
    before, encoder = contents(folder), toy(method)
    every = encode_all(gallery, encoder)
    every[77, 3] = wrong
    with pytest.raises(IndexFileError, match=r"vector of '077.png' holds a value that is not a"):
        writing.build(gallery, encoder, every, "exact")
    gallery = grow(4)
    new = encoder.encode(gallery.photos(150, 154))
    new[2, 0] = wrong
    with pytest.raises(
        IndexFileError, match=r"'more-0-002.png' holds a value that is not a number"
    ):
        writing.append(open_prefix(folder, gallery, encoder), folder, gallery, new)
    assert contents(folder) == before


def test_what_a_removed_item_would_be_encoded_as_does_not_matter(grown, toy):
    gallery, _ = grown("toy", removed=[77])
    every = encode_all(gallery, toy("toy"))
    every[77] = np.nan
    writing.build(gallery, toy("toy"), every, "exact")
    opened = open_index(gallery, toy("toy"), "exact")
    assert np.isfinite(opened.vectors()).all()
    assert opened.search(every[:1], 200).ids.shape == (1, 149)


# Damage, interruption, a full disk, another process


@pytest.mark.parametrize("name", ["delta-000000150.npy", "ids.npy"])
@pytest.mark.parametrize("how", ["flip", "gone", "other"])
def test_damage_is_found_in_every_file(grown, grow, toy, name, how):
    gallery, folder = grown("toy", 2, removed=[5])
    merge_index(gallery, folder)
    name = name.replace("150", "152")
    index_method(grow(3), "toy", engine="exact")
    path = folder / name
    data = bytearray(path.read_bytes())
    if how == "flip":
        data[-1] ^= 1
        path.write_bytes(data)
    if how == "gone":
        path.unlink()
    if how == "other":
        np.save(path, np.zeros((3, 16), np.float32))
    with pytest.raises(IndexFileError, match=r"damaged|cannot be read") as caught:
        open_index(open_gallery("toys"), toy("toy"), "exact")
    assert "index build --gallery toys --method toy" in caught.value.hint


@pytest.mark.parametrize("limit", [100, 5000])  # no delta, and no meta.json
def test_a_full_disk_while_growing_leaves_the_index(grown, grow, toy, full_disk, limit):
    _, folder = grown("toy")
    before = contents(folder)
    gallery = grow(3)
    encoder = toy("toy")
    encoded = encoding.encode_gallery(gallery, encoder, start=150)
    opened = open_prefix(folder, gallery, encoder)
    with full_disk(limit), pytest.raises(StorageError, match="cannot be written"):
        writing.append(opened, folder, gallery, encoded)
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    index_method(gallery, "toy", engine="exact")  # and with room again it goes on
    verify_index(folder)
    assert set(contents(folder)) == {*before, "delta-000000150.npy"}


@pytest.mark.parametrize("limit", [100, 11_000])  # no engine, and no meta.json
def test_a_full_disk_while_merging_leaves_the_index(grown, toy, full_disk, limit):
    gallery, folder = grown("toy", 3, removed=[1])
    before = contents(folder)
    with full_disk(limit), pytest.raises(StorageError, match="cannot be written"):
        merge_index(gallery, folder)
    assert contents(folder) == before
    assert open_index(gallery, toy("toy"), "exact").meta.delta == 3
    assert merge_index(gallery, folder)
    assert {path.name for path in folder.parent.iterdir()} == {"exact"}


KILLED = """
import os, signal, sys
from pathlib import Path
from lookalike.galleries.gallery import open_gallery
from lookalike.index import writing
from lookalike.index.build import merge_index
setattr(writing, sys.argv[2], lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
merge_index(open_gallery("toys"), Path(sys.argv[1]))
"""


@pytest.mark.parametrize("step", ["check", "write_meta", "replace_folder"])
def test_a_killed_merge_leaves_the_index_and_is_done_by_the_next(grown, toy, step):
    gallery, folder = grown("toy", 3, removed=[1])
    before = contents(folder)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), step], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert contents(folder) == before
    assert open_index(gallery, toy("toy"), "exact").meta.delta == 3
    assert merge_index(gallery, folder)
    assert {path.name for path in folder.parent.iterdir()} == {"exact"}


@pytest.mark.parametrize("step", ["sha256_file", "random_pair_quantiles", "write_meta"])
def test_growing_that_was_cut_short_is_done_by_the_next(grown, grow, toy, monkeypatch, step):
    _, folder = grown("toy", 3)
    before = contents(folder)
    later = grow(14)
    with monkeypatch.context() as patch:
        patch.setattr(writing, step, lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index_method(later, "toy", engine="exact")
    after = contents(folder)
    assert {name: after[name] for name in before} == before
    toy("toy").encoded = 0
    later = grow(2)  # and the gallery has grown meanwhile
    index_method(later, "toy", engine="exact")
    assert read_meta(folder).delta == 19
    verify_index(folder)


def test_two_cannot_write_an_index_at_once(grown, grow, toy):
    _, folder = grown("toy", 3)
    later = grow(2)
    holding, go_on = threading.Event(), threading.Event()

    def slow(done, total):
        holding.set()
        assert go_on.wait(60)

    other = threading.Thread(target=index_method, args=(later, "toy", None, "exact", None, slow))
    other.start()
    assert holding.wait(60)
    for attempt in (
        lambda: index_method(later, "toy", engine="exact"),
        lambda: index_method(later, "toy", engine="annoy"),  # encoded into the same file
        lambda: merge_index(later, folder),
    ):
        with pytest.raises(LookalikeError, match="The toy index of the gallery toys is being"):
            attempt()
    index_method(later, "toy-far", engine="exact")  # another method is not held up
    go_on.set()
    other.join()
    assert read_meta(folder).delta == 5


def test_the_indexes_of_a_gallery_are_the_users(grown, make_gallery, home):
    gallery, folder = grown("toy")
    index_method(make_gallery("others", count=5), "toy")
    shutil.copytree(folder, folder.with_name(".exact.partial"))
    assert indexes_of(gallery) == [folder]
    assert IndexKey.of(folder) == IndexKey("toys", "toy", "embedded", "exact")


def test_metas_of_before_indexes_grew_are_read(grown):
    _, folder = grown("toy")
    path = folder / "meta.json"
    content = json.loads(path.read_text())
    for name in ("sha256", "fitted_on", "rows", "delta"):
        content.pop(name)
    path.write_text(json.dumps({"sha256": metas._digest(content)} | content))
    meta = read_meta(folder)
    assert (meta.delta, meta.rows, meta.main, meta.engine_rows) == (0, None, 150, 150)
    verify_index(folder)


def test_an_index_under_another_engine_leaves_out_what_was_removed(grown, toy):
    gallery, _ = grown("toy", 5, removed=[3, 152])
    encoder = toy("toy")
    opened = open_index(gallery, encoder, "exact")
    other = opened.under(engines.create("faiss-hnsw"))
    every = encode_all(gallery, encoder)
    first, second = opened.search(every, 160), other.search(every, 160)
    assert second.ids.shape == (155, 153) and not np.isin([3, 152], second.ids).any()
    assert np.allclose(first.distances, second.distances, atol=1e-5)
    assert (other.meta.engine, other.meta.delta, other.removed) == ("faiss-hnsw", 0, 0)
    live = np.flatnonzero(gallery.live)
    assert np.allclose(other.vectors()[live], normalise(every[live]), atol=1e-5)
