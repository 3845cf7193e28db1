"""Encoding a gallery: an interruption costs a chunk, and a damaged chunk is made again."""

from dataclasses import replace

import numpy as np
import pytest

from lookalike import vectors
from lookalike.errors import StorageError
from lookalike.vectors import encode_gallery, forget


@pytest.fixture
def gallery(make_gallery, monkeypatch):
    """Forty items, encoded ten at a time."""
    monkeypatch.setattr(vectors, "CHUNK", 10)
    return make_gallery()


def chunks(home):
    return sorted(home.glob("cache/*/*.npz"))


def test_every_item_is_encoded_in_order(gallery, toy, pictures):
    encoder = toy("toy")
    encoded = encode_gallery(gallery, encoder)
    assert encoded.dtype == np.float32
    assert np.array_equal(encoded, encoder.encode(pictures(40)))


@pytest.mark.parametrize("done", [0, 10, 30, 40])
def test_an_interrupted_run_goes_on_where_it_stopped(gallery, toy, done):
    encoder = toy("toy")

    def stop(now, total):
        if now == done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_gallery(gallery, encoder, stop)
    assert encoder.encoded == done
    resumed = encode_gallery(gallery, encoder)
    assert encoder.encoded == 40
    forget(gallery, encoder)
    assert np.array_equal(resumed, encode_gallery(gallery, encoder))
    assert encoder.encoded == 80


def test_a_chunk_that_was_half_written_does_not_count(gallery, toy, monkeypatch, home):
    encoder = toy("toy")
    monkeypatch.setattr(np, "savez", lambda file, **arrays: file.write(b"PK") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        encode_gallery(gallery, encoder)
    assert not chunks(home)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1  # within the numbers, where nothing but a checksum shows it
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-30]),
        lambda path: np.savez(path, vectors=np.zeros((3, 16), np.float32)),  # too few
        lambda path: np.savez(path, other=np.zeros((10, 16), np.float32)),
    ],
)
def test_a_damaged_chunk_is_made_again(gallery, toy, home, damage):
    encoder = toy("toy")
    whole = encode_gallery(gallery, encoder)
    damage(chunks(home)[1])
    assert np.array_equal(encode_gallery(gallery, encoder), whole)
    assert encoder.encoded == 50


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
    assert not chunks(home)
    assert len(encode_gallery(gallery, encoder)) == 40
