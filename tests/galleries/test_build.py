"""The shipped gallery, made from a small stand-in for its data set."""

import numpy as np
import pytest

from lookalike.errors import LookalikeError, StorageError, UnknownNameError
from lookalike.galleries import build as builder
from lookalike.galleries import fashion_mnist
from lookalike.galleries.build import build
from lookalike.galleries.gallery import label_counts, open_gallery
from lookalike.galleries.writer import write_shard


@pytest.fixture
def data(monkeypatch):
    """Ten classes of 30 training and 8 test images each, in a mixed order."""
    sets = {}
    for seed, (split, each) in enumerate([("train", 30), ("test", 8)]):
        generator = np.random.default_rng(seed)
        images = generator.integers(0, 256, (each * 10, 28, 28), np.uint8)
        sets[split] = images, generator.permutation(np.arange(each * 10) % 10)
    monkeypatch.setattr(fashion_mnist, "read", sets.__getitem__)
    monkeypatch.setattr(builder, "QUERIES", 50)
    return sets


def test_as_many_of_each_class_and_the_first_of_the_test_split(data):
    build("fashion-mnist", "100")
    gallery = open_gallery("fashion-mnist")
    assert len(gallery) == 100
    assert label_counts(gallery) == dict.fromkeys(fashion_mnist.CLASSES, 10)
    images, labels = data["train"]
    positions = [gallery[item_id].metadata["position"] for item_id in range(100)]
    assert positions == sorted(set(positions))
    for item_id in (0, 50, 99):
        item, position = gallery[item_id], positions[item_id]
        assert item.name == f"train-{position:05d}"
        assert item.label == fashion_mnist.CLASSES[labels[position]]
        assert np.array_equal(item.photo()[..., 1], images[position])
    queries = gallery.queries()
    assert queries.names == [f"test-{position:05d}" for position in range(50)]
    assert np.array_equal(queries[49].photo()[..., 0], data["test"][0][49])


def test_the_same_command_gives_the_same_gallery(data, tmp_path):
    first, second = (build("fashion-mnist", "100", tmp_path / name) for name in "ab")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_the_full_gallery_stands_beside_the_small_one(data):
    build("fashion-mnist", "full")
    assert len(open_gallery("fashion-mnist-full")) == 300
    assert len(open_gallery("fashion-mnist")) == 10_000  # the shipped one


def test_what_an_interrupted_build_left_is_not_mixed_in(data, home, make_gallery):
    left = home / "galleries" / ".fashion-mnist.partial"
    left.mkdir(parents=True)
    write_shard(left / "items-00020000.parquet", [make_gallery()[0]])
    build("fashion-mnist", "100")
    assert len(open_gallery("fashion-mnist")) == 100


@pytest.mark.parametrize("size", ["", "0", "15", "-10", "ten", "1e3", "60010", "９０", "²"])
def test_a_size_that_does_not_divide_is_refused(data, size):
    with pytest.raises(LookalikeError, match="is not a size for this gallery"):
        build("fashion-mnist", size)


def test_only_known_data_sets_are_built(data):
    with pytest.raises(UnknownNameError, match="no gallery to build called 'mnist'"):
        build("mnist")


def test_a_full_disk_leaves_the_older_gallery(data, full_disk):
    build("fashion-mnist", "100")
    with full_disk(20_000), pytest.raises(StorageError, match="cannot be written"):
        build("fashion-mnist", "200")
    assert len(open_gallery("fashion-mnist")) == 100
