"""Galleries made from small stand-ins for their data sets."""

import json

import numpy as np
import pytest

from lookalike.errors import GalleryError, LookalikeError, StorageError, UnknownNameError
from lookalike.galleries.gallery import label_counts, open_gallery
from lookalike.galleries.sources import fashion_mnist
from lookalike.galleries.sources.build import DATA_SETS, NAMES, build
from lookalike.galleries.splits import held_out, place
from lookalike.galleries.writer import write_shard
from tests.galleries.layouts import jpeg, write_caltech


@pytest.fixture
def data(monkeypatch):
    """Ten classes of 30 training and 8 test images each, in a mixed order."""
    sets = {}
    for seed, (split, each) in enumerate([("train", 30), ("test", 8)]):
        generator = np.random.default_rng(seed)
        images = generator.integers(0, 256, (each * 10, 28, 28), np.uint8)
        sets[split] = images, generator.permutation(np.arange(each * 10) % 10)
    monkeypatch.setattr(fashion_mnist, "read", sets.__getitem__)
    monkeypatch.setattr(fashion_mnist, "QUERIES", 50)
    monkeypatch.setattr(fashion_mnist.FashionMnist, "most_items", 300)
    return sets


@pytest.fixture
def caltech(tmp_path):
    """A Parquet file of 60 images of Caltech-101, two of which cannot be read."""
    return write_caltech(tmp_path / "data" / "train.parquet", broken=(7, 31)).parent


def test_as_many_of_each_class_and_the_first_of_the_test_split(data):
    built = build("fashion-mnist", "100")
    gallery = open_gallery("fashion-mnist-100")
    assert (built.folder, built.items, built.queries) == (gallery.folder, len(gallery), 50)
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


@pytest.mark.parametrize("name", ["fashion-mnist", "caltech101"])
def test_the_same_command_gives_the_same_gallery(data, caltech, tmp_path, name):
    source = caltech if name == "caltech101" else None
    first, second = (build(name, "10", tmp_path / one, source).folder for one in "ab")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_the_full_gallery_stands_beside_the_small_one(data):
    build("fashion-mnist", "full")
    full = open_gallery("fashion-mnist-full")
    assert (len(full), len(full.queries())) == (300, 80)
    assert len(open_gallery("fashion-mnist")) == 10_000  # the shipped one


def test_four_fifths_are_searched_and_a_fifth_is_asked_for(caltech):
    built = build("caltech101", source=caltech)
    gallery = open_gallery("caltech101")
    queries = gallery.queries()
    readable = {f"{('cup', 'Faces', 'ibis')[n % 3]}/image_{n:04d}.jpg": n for n in range(60)}
    readable = {name: n for name, n in readable.items() if n not in (7, 31)}
    assert set(gallery.names) == {name for name in readable if not held_out(name)}
    assert queries.names == sorted((name for name in readable if held_out(name)), key=place)
    assert (built.items, built.queries) == (len(gallery), len(queries))
    for item in (gallery[0], gallery[len(gallery) - 1], queries[0]):
        assert item.image == jpeg(readable[item.name])  # as it was
        assert item.label == item.name.split("/")[0]
    assert built.skipped == gallery.card["skipped"]
    assert sorted(line.split(": ")[0] for line in built.skipped) == [
        "Faces/image_0007.jpg",
        "Faces/image_0031.jpg",
    ]
    assert "not an image" in built.skipped[0]
    for key in ("title", "description", "source", "paper", "licence", "read_from", "levels"):
        assert key in gallery.card
    assert str(caltech) not in json.dumps(gallery.card)


def test_a_part_is_balanced_and_the_same_share_is_asked_for(caltech):
    build("caltech101", source=caltech)
    build("caltech101", "12", source=caltech)
    full, part = open_gallery("caltech101"), open_gallery("caltech101-12")
    assert label_counts(part) == {"cup": 4, "Faces": 4, "ibis": 4}
    assert set(part.names) < set(full.names)
    assert abs(len(part.queries()) / len(full.queries()) - len(part) / len(full)) < 0.1
    assert set(part.queries().names) < set(full.queries().names)


def test_what_an_interrupted_build_of_another_kind_left_is_not_mixed_in(data, home, make_gallery):
    left = home / "galleries" / ".fashion-mnist-100.partial"
    left.mkdir(parents=True)
    write_shard(left / "items-00020000.parquet", [make_gallery()[0]])
    build("fashion-mnist", "100")
    assert len(open_gallery("fashion-mnist-100")) == 100


@pytest.mark.parametrize(
    "size", ["", "0", "15", "-10", "ten", "1e3", "60010", "９０", "²", "1" * 5000]
)
def test_a_size_that_does_not_divide_is_refused(data, size):
    with pytest.raises(LookalikeError, match="is not a size for this gallery") as refused:
        build("fashion-mnist", size)
    assert refused.value.hint == "Give a multiple of 10 up to 300, or full."


@pytest.mark.parametrize("size", ["49", "1000"])
def test_a_size_that_is_not_there_is_refused(caltech, size, home):
    with pytest.raises(LookalikeError, match="is not a size for this gallery") as refused:
        build("caltech101", size, source=caltech)
    assert refused.value.hint == "Give a number up to 48, or full."
    assert not list(home.rglob("*.parquet"))


@pytest.mark.parametrize("size", ["", "0", "-1", "ten", "1e3", "9.0", "²", "all"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_size_is_refused_before_any_data_is_read(monkeypatch, name, size):
    monkeypatch.setattr(type(DATA_SETS[name]), "open", None)  # cannot be called
    with pytest.raises(LookalikeError, match="is not a size for this gallery") as refused:
        build(name, size)
    assert refused.value.hint.startswith("Give a ") and refused.value.hint.endswith(", or full.")


@pytest.mark.parametrize("name", ["mnist", "", "../caltech101", "Caltech101"])
def test_only_known_data_sets_are_built(data, name):
    with pytest.raises(UnknownNameError, match="no gallery to build called") as refused:
        build(name)
    assert all(known in refused.value.hint for known in NAMES)


def test_a_full_disk_leaves_the_older_gallery(data, full_disk):
    build("fashion-mnist", "100")
    before = open_gallery("fashion-mnist-100").fingerprint
    with full_disk(20_000), pytest.raises(StorageError, match="cannot be written"):
        build("fashion-mnist", "100")
    assert open_gallery("fashion-mnist-100").fingerprint == before
    build("fashion-mnist", "100")


def test_a_gallery_of_the_same_data_is_built_anew(caltech):
    first = build("caltech101", source=caltech).folder
    (first / "items-00000000.parquet").write_bytes(b"damaged")
    write_caltech(caltech / "train.parquet", count=30)
    build("caltech101", source=caltech)
    gallery = open_gallery("caltech101")
    assert len(gallery) + len(gallery.queries()) == 30


def card_of_another(folder):
    (folder / "card.json").write_text('{"source": "folder", "count": 1, "fingerprint": "f"}')


def grown_card(folder):
    source = open_gallery_card(folder)
    source["segments"] = [{"count": 1, "fingerprint": "f"}, {"count": 2, "fingerprint": "g"}]
    (folder / "card.json").write_text(json.dumps(source))


def open_gallery_card(folder):
    return json.loads((folder / "card.json").read_text())


@pytest.mark.parametrize(
    ("put_there", "message"),
    [
        (card_of_another, "is there already and is no gallery of Caltech-101"),
        (lambda folder: (folder / "card.json").unlink(), "is no gallery of Caltech-101"),
        (lambda folder: (folder / "card.json").write_text("[]"), "is no gallery of Caltech-101"),
        (grown_card, "Images have been added to the gallery caltech101"),
    ],
)
def test_what_is_not_ours_to_replace_stays(caltech, put_there, message):
    folder = build("caltech101", source=caltech).folder
    put_there(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(GalleryError, match=message):
        build("caltech101", source=caltech)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_data_itself_is_not_replaced_by_the_gallery(tmp_path):
    data = write_caltech(tmp_path / "caltech101" / "train.parquet")
    before = data.read_bytes()
    with pytest.raises(GalleryError, match="is there already"):
        build("caltech101", output=tmp_path, source=data.parent)
    assert data.read_bytes() == before


@pytest.mark.parametrize(
    ("count", "broken", "message"),
    [
        (3, range(3), "None of the 3 images of Caltech-101 can be read."),
        (0, (), "There is no image of Caltech-101 to search in."),
    ],
)
def test_nothing_to_search_in_is_one_sentence(tmp_path, home, count, broken, message):
    data = write_caltech(tmp_path / "train.parquet", count, broken)
    with pytest.raises(GalleryError, match=message):
        build("caltech101", source=data)
    assert not list(home.glob("galleries/caltech101"))


def test_progress_tells_how_far_it_is(caltech):
    seen = []
    build("caltech101", source=caltech, progress=lambda *done: seen.append(done))
    assert seen[0] == (0, 60) and seen[-1] == (60, 60) and seen == sorted(seen)
