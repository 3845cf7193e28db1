"""Data sets through `datasets`: a repository on this machine stands in for the hub's."""

import datasets
import pytest
from datasets.exceptions import DatasetNotFoundError
from httpx import ReadTimeout

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import open_gallery
from lookalike.galleries.shards import Shards
from lookalike.galleries.sources import fashion_mnist, hub
from lookalike.galleries.sources.build import DATA_SETS, build
from lookalike.galleries.sources.hub import fetch
from lookalike.galleries.sources.local import open_local
from tests.galleries.layouts import jpeg, write_repository


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


@pytest.fixture
def online(monkeypatch):
    """The hub answers when it is asked whether it is there."""
    monkeypatch.setattr(hub, "ask_hub", lambda question: None)


@pytest.fixture
def repository(tmp_path):
    """Three classes, one of them Caltech-101's background, in two splits."""
    rows = [(n % 3, (b"broken" if n == 5 else jpeg(n), f"image_{n:04d}.jpg")) for n in range(90)]
    names = ["background_google", "faces", "yin_yang"]
    return write_repository(tmp_path / "repo", {"train": rows[:70], "test": rows[70:]}, names)


def described(rows):
    """Each row's split, label and file; the splits come in another order from files."""
    return sorted(zip(rows.splits, rows.values("label"), rows.file_names(), strict=True))


def test_the_hub_and_its_files_give_the_same_rows(repository):
    fetched = fetch("A set", str(repository), None)
    files = open_local(repository, "owner/name")
    assert described(fetched) == described(files)
    for wanted in ([], [0], [69, 70], list(range(0, 90, 7)), list(range(90))):
        names = fetched.file_names()
        expected = [b"broken" if row == 5 else jpeg(int(names[row][6:10])) for row in wanted]
        assert list(fetched.images(wanted)) == expected


def test_a_gallery_is_built_from_the_hub(repository, monkeypatch, online):
    asked = []

    def load(name, revision):
        asked.append((name, revision))
        return load_dataset(str(repository))

    load_dataset = datasets.load_dataset
    monkeypatch.setattr(datasets, "load_dataset", load)
    built = build("caltech101")
    gallery = open_gallery("caltech101")
    assert asked == [(DATA_SETS["caltech101"].hub, DATA_SETS["caltech101"].revision)]
    assert asked[0][0] in gallery.card["read_from"] and asked[0][1] in gallery.card["read_from"]
    assert gallery.parents == {"Faces": "Miscellaneous", "yin_yang": "Miscellaneous"}
    assert built.items + built.queries == 59
    assert [line.split(":")[0] for line in built.skipped] == ["yin_yang/image_0005.jpg"]
    fingerprint = gallery.fingerprint
    files = build("caltech101", output=repository.parent / "out", source=repository).folder
    assert sorted(gallery.names) == sorted(Shards(sorted(files.glob("items-*.parquet"))).names)
    assert build("caltech101").items == built.items
    assert open_gallery("caltech101").fingerprint == fingerprint


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionError("Couldn't reach it"), "ConnectionError"),
        (DatasetNotFoundError("It doesn't exist"), "DatasetNotFoundError"),
        (ReadTimeout("It took too long"), "ReadTimeout"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_no_network_names_the_other_way(monkeypatch, online, error, reason, home):
    def load(name, revision):
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(GalleryError) as refused:
        build("food101")
    assert refused.value.message == f"Food-101 could not be fetched from the hub ({reason})."
    assert "ethz/food101" in refused.value.hint and "--from" in refused.value.hint
    assert not list(home.rglob("*.parquet"))


def test_fashion_mnist_without_the_package_and_the_network_names_the_other_ways(
    monkeypatch, tmp_path, online
):
    def load(name, revision):
        raise ConnectionError("Couldn't reach it")

    monkeypatch.setattr(datasets, "load_dataset", load)
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path)
    with pytest.raises(GalleryError, match=r"could not be fetched \(ConnectionError\)") as refused:
        build("fashion-mnist")
    assert "apt-get" in refused.value.hint and "--from" in refused.value.hint


def test_a_repository_without_the_columns_is_one_sentence(repository):
    rows = fetch("A set", str(repository), None)
    with pytest.raises(GalleryError, match=r"The split \w+ of .* has no column called kind"):
        rows.column("kind")
