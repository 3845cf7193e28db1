"""The gallery of things that travels with the project: every item, and what lies beside it."""

import csv
from collections import Counter

import pytest

from lookalike.galleries.gallery import Gallery
from lookalike.galleries.sources.things.notice import ADDRESSES
from lookalike.galleries.sources.things.packages import MEDIA
from lookalike.galleries.sources.things.picture import SIDE, digest
from lookalike.galleries.sources.things.table import things
from lookalike.settings import REPOSITORY

FOLDER = REPOSITORY / "galleries" / "things"


@pytest.fixture(scope="module")
def shipped():
    """The items and the held-out pictures."""
    gallery = Gallery(FOLDER)
    queries = gallery.queries()
    return [gallery[item] for item in range(len(gallery))], [
        queries[position] for position in range(len(queries))
    ]


def test_it_is_as_large_and_as_small_as_it_should_be(shipped):
    items, queries = shipped
    assert len(items) >= 2500 and len(queries) >= 300
    sizes = [path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(sizes) <= 25e6 and max(sizes) < 10 * 2**20


def test_every_picture_is_what_the_table_says_of_it(shipped):
    rows = {thing.item: thing for thing in things()}
    assert {item.name for part in shipped for item in part} == set(rows)
    for item in (item for part in shipped for item in part):
        thing = rows[item.name]
        assert item.label == thing.name
        keys = ("kind", "medium", "author", "licence", "source")
        assert item.metadata == {key: getattr(thing, key) for key in keys}
        assert all(item.metadata.values()) and item.metadata["licence"] in ADDRESSES


def test_every_picture_opens_is_small_and_no_two_have_the_same_pixels(shipped):
    pictures = [item.photo() for part in shipped for item in part]
    assert all(24 <= max(photo.shape[:2]) <= SIDE for photo in pictures)
    assert len({digest(photo) for photo in pictures}) == len(pictures)


def test_most_pictures_are_in_colour(shipped):
    def coloured(photo):
        return (photo.max(axis=2).astype(int) - photo.min(axis=2)).max() > 40

    items, queries = shipped
    assert sum(coloured(item.photo()) for item in items) > 0.9 * len(items)
    # Spoons, zebras and gravestones have none of their own.
    assert sum(coloured(query.photo()) for query in queries) > 0.9 * len(queries)


def test_the_items_are_of_four_media_and_many_kinds(shipped):
    items, _ = shipped
    media = Counter(item.metadata["medium"] for item in items)
    assert set(media) == set(MEDIA) and min(media.values()) >= 40
    kinds = Counter(item.metadata["kind"] for item in items)
    assert len(kinds) >= 25 and min(kinds.values()) >= 5


def test_the_queries_are_photographs_of_what_the_items_show_too(shipped):
    items, queries = shipped
    names = {item.label for item in items}
    assert {query.metadata["medium"] for query in queries} == {"photograph"}
    assert all(query.label in names for query in queries)
    media = {(item.label, item.metadata["medium"]) for item in items}
    elsewhere = [
        query
        for query in queries
        if any((query.label, medium) in media for medium in MEDIA if medium != "photograph")
    ]
    assert len(elsewhere) > 200  # can be asked for in another medium


def test_who_made_each_picture_lies_beside_it(shipped):
    with (FOLDER / "ATTRIBUTION.csv").open(newline="", encoding="utf-8") as file:
        thanked = {line["picture"]: line for line in csv.DictReader(file)}
    assert set(thanked) == {item.name for part in shipped for item in part}
    for item in (item for part in shipped for item in part):
        line = thanked[item.name]
        assert line["name"] == item.label
        assert all(line[key] == item.metadata[key] for key in ("author", "licence", "source"))
    assert {path.name for path in (FOLDER / "licences").iterdir()} == {
        "GPL-2.0.txt",
        "GPL-3.0.txt",
        "MIT.txt",
    }


def test_the_readme_and_the_card_count_what_is_there(shipped):
    items, queries = shipped
    gallery, readme = Gallery(FOLDER), (FOLDER / "README.md").read_text()
    assert f"{len(items):,} pictures" in readme and f"{len(queries):,} more" in readme
    for key in ("medium", "kind", "licence"):
        counts = Counter(item.metadata[key] for item in items)
        assert gallery.card["counts"][key] == counts
        for value, count in counts.items():
            shown = f"[{value}]({ADDRESSES[value]})" if key == "licence" else value
            assert f"| {shown} | {count:,} | " in readme
    assert gallery.parents == {
        item.label: item.metadata["kind"] for part in shipped for item in part
    }
