"""`gallery build things`, from small packages: what is held out, left out, counted and thanked."""

import csv

import pytest

from lookalike import photos
from lookalike.errors import GalleryError
from lookalike.galleries.gallery import open_gallery
from lookalike.galleries.sources.build import build
from lookalike.galleries.sources.things import data_set
from lookalike.galleries.sources.things.packages import PACKAGES
from tests.galleries.sources.things.layouts import (
    EMOJI,
    GCOMPRIS,
    OPENCLIPART,
    STAMPS,
    cut_out,
    thing,
    webp,
    write,
    write_resources,
)

DOGS = [thing(STAMPS, f"dog{number}.png", "dog") for number in range(4)]
ROWS = [
    *DOGS,
    thing(STAMPS, "cat.png", "cat"),  # the only cat: it has to stay
    thing(STAMPS, "gone.png", "dog"),  # the package lacks it
    thing(GCOMPRIS, "farm/resource/cow.webp", "cow"),
    thing(EMOJI, "1f415.webp", "dog"),
    thing(EMOJI, "1f404.webp", "cow"),
    thing(OPENCLIPART, "dog.png", "dog"),  # the pixels of dog0.png
    thing(OPENCLIPART, "oak.png", "oak", kind="tree"),
]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with the four packages, which hold what ROWS lists."""
    for number in range(4):
        write(tmp_path, STAMPS, f"dog{number}.png", cut_out(number))
    write(tmp_path, STAMPS, "cat.png", cut_out(10))
    write_resources(tmp_path, "farm", {"farm/resource/cow.webp": webp(20)})
    write(tmp_path, EMOJI, "1f415.webp", webp(30))
    write(tmp_path, EMOJI, "1f404.webp", webp(31))
    write(tmp_path, OPENCLIPART, "dog.png", cut_out(0, margin=90))
    write(tmp_path, OPENCLIPART, "oak.png", cut_out(40))
    monkeypatch.setattr(data_set, "things", lambda: tuple(ROWS))
    return tmp_path


def everything(gallery):
    """Items and held-out pictures."""
    held_out = gallery.queries()
    return [gallery[item] for item in range(len(gallery))], [
        held_out[position] for position in range(len(held_out))
    ]


def test_everything_has_what_the_table_says_and_is_listed_with_thanks(root):
    built = build("things", source=root)
    items, queries = everything(open_gallery("things"))
    assert built.skipped and built.skipped[0].startswith("stamps/gone.png: ")
    rows = {row.item: row for row in ROWS}
    assert {item.name for item in items + queries} == set(rows) - {
        "stamps/gone.png",
        "openclipart/dog.png",
    }
    for item in items + queries:
        row = rows[item.name]
        assert item.label == row.name
        keys = ("kind", "medium", "author", "licence", "source")
        assert item.metadata == {key: getattr(row, key) for key in keys}
        assert item.image[8:12] == b"WEBP" and max(item.photo().shape) <= 192
    with (built.folder / "ATTRIBUTION.csv").open(newline="", encoding="utf-8") as file:
        thanked = {line["picture"]: line for line in csv.DictReader(file)}
    for item in items + queries:
        line = thanked[item.name]
        assert all(line[key] == item.metadata[key] for key in ("author", "licence", "source"))
    assert "Copyright (c) Microsoft" in (built.folder / "licences" / "MIT.txt").read_text()


def test_photographs_are_held_out_while_others_have_their_name(root):
    build("things", source=root)
    items, queries = everything(open_gallery("things"))
    names = {item.label for item in items}
    assert {"dog", "cow", "cat", "oak"} <= names
    assert [query.metadata["medium"] for query in queries].count("photograph") >= 4
    media = [query.metadata["medium"] for query in queries]
    assert all(query.label in names for query in queries) and "drawing" not in media
    assert "stamps/cat.png" in {item.name for item in items}


def test_what_cannot_be_read_lets_nothing_be_held_out(root):
    """The cow of the emoji is gone: the other one is the last."""
    (EMOJI.find(root) / "1f404.webp").unlink()
    build("things", source=root)
    items, _ = everything(open_gallery("things"))
    assert "gcompris/farm/resource/cow.webp" in {item.name for item in items}


def test_fewer_are_held_out_when_fewer_are_wanted_photographs_first(root, monkeypatch):
    monkeypatch.setattr(data_set, "QUERIES", 2)
    build("things", source=root)
    _, queries = everything(open_gallery("things"))
    assert [query.metadata["medium"] for query in queries] == ["photograph"] * 2


def test_the_card_counts_and_knows_the_kind_of_each_name(root):
    built = build("things", source=root)
    gallery = open_gallery("things")
    assert gallery.parents == {"dog": "mammal", "cat": "mammal", "cow": "mammal", "oak": "tree"}
    assert gallery.card["levels"] == ["kind"]
    counts = gallery.card["counts"]
    for key in ("medium", "kind", "licence"):
        values = gallery.values(key)
        assert counts[key] == {value: values.count(value) for value in values}
    assert sum(counts["package"].values()) == built.items
    assert f"{built.items} pictures of everyday things" in (built.folder / "README.md").read_text()


def test_a_picture_that_all_but_equals_an_item_is_reported_and_not_held_out(root):
    photo = photos.load((STAMPS.find(root) / "dog1.png").read_bytes()).astype(int)
    shaded = (photo - 4).clip(0, 255).astype("uint8")
    write(root, OPENCLIPART, "oak.png", photos.to_png(shaded))
    build("things", source=root)
    gallery = open_gallery("things")
    assert gallery.card["near_copies"] == [["stamps/dog1.png", "openclipart/oak.png"]]
    assert "stamps/dog1.png" in gallery.names


def test_a_missing_package_is_named_before_anything_is_written(root, home):
    (PACKAGES[2].find(root) / "1f415.webp").unlink()
    (PACKAGES[2].find(root) / "1f404.webp").unlink()
    PACKAGES[2].find(root).rmdir()
    with pytest.raises(GalleryError, match="npm install --prefix LOOKALIKE_HOME/data"):
        build("things", source=root)
    assert not (home / "galleries").exists()
