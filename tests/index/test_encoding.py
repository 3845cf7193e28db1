"""Encoding a gallery: an interruption costs a chunk, and a damaged chunk is made again."""

import shutil
import signal
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import LookalikeError, StorageError
from lookalike.galleries.changes import add_folder, remove_items
from lookalike.galleries.gallery import open_gallery
from lookalike.index import encoding
from lookalike.index.encoding import encode_gallery, forget
from lookalike.index.projection import Projection, prepare_rows
from tests import toys
from tests.interrupting import stop_after


@pytest.fixture
def gallery(make_gallery, monkeypatch):
    """Forty items, encoded ten at a time."""
    monkeypatch.setattr(encoding, "CHUNK", 10)
    return make_gallery()


def notes(home):
    return sorted(home.glob("cache/*/*/*/*.sha256"))


def test_every_item_is_encoded_in_order(gallery, toy, pictures):
    encoder = toy("toy")
    encoded = encode_gallery(gallery, encoder)
    assert encoded.dtype == np.float32 and encoded.shape == (40, 16)
    assert np.array_equal(encoded, encoder.encode(pictures(40)))


@pytest.mark.parametrize("start", [1, 10, 25, 39])
def test_what_comes_first_can_be_left_out(gallery, toy, start):
    encoder, seen = toy("toy"), []
    whole = encode_gallery(gallery, encoder).copy()
    encoder.encoded = 0
    part = encode_gallery(gallery, encoder, lambda *step: seen.append(step), start)
    assert np.array_equal(part, whole[start:]) and encoder.encoded == 40 - start
    assert seen[0] == (0, 40 - start) and seen[-1] == (40 - start, 40 - start)


def test_removed_items_are_not_encoded(gallery, toy):
    encoder = toy("toy")
    whole = encode_gallery(gallery, encoder).copy()
    forget(gallery, encoder)
    encoder.encoded = 0
    remove_items("toys", ["003.png", "020.png", "021.png"])
    fewer = open_gallery("toys")
    encoded = encode_gallery(fewer, encoder)
    assert encoder.encoded == 37
    assert np.allclose(encoded[fewer.live], whole[fewer.live], atol=1e-6)
    assert not encoded[[3, 20, 21]].any()


def test_vectors_stay_on_the_disk_and_images_too(make_gallery, toy, monkeypatch, home):
    """A gallery of long vectors: what is in memory is a chunk of it, and a batch of images."""
    spec = toys.spec("toy", dimension=4096)
    encoder = toys.Toy(spec.weights[0], spec)
    gallery, decoded = make_gallery(count=1000), []
    monkeypatch.setattr(encoding, "CHUNK", 64)
    monkeypatch.setattr("lookalike.index.projection.BLOCK", 64)
    encode = encoder.encode
    monkeypatch.setattr(
        encoder, "encode", lambda images: decoded.append(len(images)) or encode(images)
    )
    Projection.fit(np.eye(20, dtype=np.float32), 16)  # what it imports is not counted
    tracemalloc.start()
    encoded = encode_gallery(gallery, encoder)
    projection = Projection.fit(encoded, 16, np.arange(100))
    prepared = prepare_rows(encoded, np.arange(1000), projection, "cosine")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert encoded.nbytes > 16e6 and prepared.shape == (1000, 16)
    assert max(decoded) == encoding.BATCH
    assert peak < encoded.nbytes / 2


@pytest.mark.parametrize("done", [0, 10, 30, 40])
def test_an_interrupted_run_goes_on_where_it_stopped(gallery, toy, done):
    encoder = toy("toy")
    with pytest.raises(KeyboardInterrupt):
        encode_gallery(gallery, encoder, stop_after(done))
    assert encoder.encoded == done
    resumed = encode_gallery(gallery, encoder)
    assert encoder.encoded == 40
    forget(gallery, encoder)
    assert np.array_equal(resumed, encode_gallery(gallery, encoder))
    assert encoder.encoded == 80


@pytest.mark.parametrize(("done", "again"), [(10, 40), (30, 20), (40, 10)])
def test_an_interrupted_run_goes_on_when_the_gallery_has_grown(
    gallery, toy, pictures, tmp_path, done, again
):
    encoder = toy("toy")
    with pytest.raises(KeyboardInterrupt):
        encode_gallery(gallery, encoder, stop_after(done))
    for number, picture in enumerate(pictures(10, seed=6)):
        (tmp_path / f"{number}.png").write_bytes(photos.to_png(picture))
    add_folder(tmp_path, "toys")
    grown = open_gallery("toys")
    encoder.encoded = 0
    encoded = encode_gallery(grown, encoder)
    assert encoder.encoded == again
    assert np.array_equal(encoded, encoder.encode([*pictures(40), *pictures(10, seed=6)]))


def test_a_gallery_that_began_alike_and_went_on_otherwise_shares_no_chunk(
    gallery, toy, pictures, tmp_path
):
    encoder, first = toy("toy"), gallery.folder.with_name("first")
    shutil.copytree(gallery.folder, first)
    for seed in (6, 7):
        for number, picture in enumerate(pictures(20, seed=seed)):
            (tmp_path / f"{number:02}.png").write_bytes(photos.to_png(picture))
        shutil.rmtree(gallery.folder)
        shutil.copytree(first, gallery.folder, copy_function=shutil.copy)
        add_folder(tmp_path, "toys")
        encoded = encode_gallery(open_gallery("toys"), encoder)
        assert np.array_equal(encoded, encoder.encode([*pictures(40), *pictures(20, seed=seed)]))


def test_what_is_of_no_use_any_more_goes(gallery, make_gallery, toy, home):
    encoder = toy("toy")
    encode_gallery(gallery, encoder)
    encode_gallery(gallery, toy("toy", "hub"))
    other = make_gallery(seed=2)  # the same name, other images
    encode_gallery(other, encoder)
    assert len(list(home.glob("cache/toys/toy@embedded/*"))) == 1
    assert len(list(home.glob("cache/toys/toy@hub/*"))) == 1
    forget(other, encoder)
    forget(gallery, toy("toy", "hub"))
    assert not list(home.glob("cache/*"))


KILLED = """
import os, signal, sys
from lookalike.index import encoding
from lookalike.galleries.gallery import open_gallery
from tests import toys
encoding.CHUNK = 10
encoder = toys.module("toy").Toy(toys.SPECS["toy"][1].weights[0])
encode = encoder._encode
def die_in_the_third_chunk(images):
    if encoder.encoded == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return encode(images)
encoder._encode = die_in_the_third_chunk
encoding.encode_gallery(open_gallery("toys"), encoder)
"""


def test_a_killed_run_goes_on_where_it_stopped(gallery, toy, pictures, home):
    killed = subprocess.run([sys.executable, "-c", KILLED], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(notes(home)) == 2
    encoder = toy("toy")
    encoded = encode_gallery(gallery, encoder)
    assert encoder.encoded == 20
    assert np.array_equal(encoded, encoder.encode(pictures(40)))


def test_a_chunk_that_was_half_written_does_not_count(gallery, toy, monkeypatch, home):
    encoder = toy("toy")
    monkeypatch.setattr(encoding.os, "fsync", lambda file: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        encode_gallery(gallery, encoder)
    assert not notes(home)


def flip(path):
    data = bytearray(path.read_bytes())
    data[15 * 64] ^= 1  # within the numbers of the second chunk
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "made"),
    [
        (lambda path: flip(path), 10),
        (lambda path: path.write_bytes(b""), 40),
        (lambda path: path.unlink(), 40),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), 10),
        (lambda path: notes(path.parents[4])[1].unlink(), 10),
        (lambda path: notes(path.parents[4])[1].write_text("c" * 64), 10),
    ],
)
def test_a_damaged_chunk_is_made_again(gallery, toy, home, damage, made):
    encoder = toy("toy")
    whole = encode_gallery(gallery, encoder).copy()
    (path,) = home.glob("cache/*/*/*/vectors.f32")
    damage(path)
    assert np.array_equal(encode_gallery(gallery, encoder), whole)
    assert encoder.encoded == 40 + made


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_no_number_is_one_sentence(gallery, toy, monkeypatch, wrong):
    encoder = toy("toy")
    encode = encoder._encode

    def spoilt(images):
        found = encode(images)
        found[-1, 3] = wrong if encoder.encoded == 30 else 0.5
        return found

    monkeypatch.setattr(encoder, "_encode", spoilt)
    with pytest.raises(LookalikeError, match="Toy gave a vector that is not a number"):
        encode_gallery(gallery, encoder)
    monkeypatch.setattr(encoder, "_encode", encode)
    assert np.isfinite(encode_gallery(gallery, encoder)).all()
    assert encoder.encoded == 50  # what was well is kept


def test_other_weights_and_galleries_share_no_chunk(gallery, make_gallery, toy, home):
    encoder = toy("toy")
    encode_gallery(gallery, encoder)
    for other in (toy("toy", "hub"), toy("toy-reader"), toy("toy-far")):
        before = other.encoded
        encode_gallery(gallery, other)
        assert other.encoded == before + 40
    encode_gallery(make_gallery(seed=2), encoder)  # the same name, other images
    assert encoder.encoded == 80
    encoder.weights = replace(encoder.weights, sha256="c" * 64)  # trained again
    encode_gallery(make_gallery(seed=2), encoder)
    assert encoder.encoded == 120


def test_a_full_disk_is_one_sentence_and_keeps_what_is_there(gallery, toy, full_disk, home):
    encoder = toy("toy")
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        encode_gallery(gallery, encoder)
    assert not notes(home)
    assert len(encode_gallery(gallery, encoder)) == 40
