"""The reviewed tables: every row is whole, and every name means one thing."""

import json
import re
from collections import Counter

import pytest

from docs import subjects
from lookalike.galleries.sources.things.notice import ADDRESSES, LICENCES
from lookalike.galleries.sources.things.packages import MEDIA, PACKAGES
from lookalike.galleries.sources.things.table import (
    HERE,
    LEFT_HALF,
    canonical,
    kinds,
    synonyms,
    things,
)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_picture_has_name_kind_medium_author_licence_and_source(package):
    rows = [thing for thing in things() if thing.package is package]
    assert len(rows) > 500
    for thing in rows:
        assert thing.name and thing.name == thing.name.strip()
        assert thing.kind and thing.medium in MEDIA and thing.part in ("", LEFT_HALF)
        assert len(thing.author) > 1 and not re.search(r"@|&\w+;|[<>]|^[^\w(]", thing.author)
        assert thing.licence in ADDRESSES
        assert re.match(r"https?://\S+$", thing.source)


def test_no_picture_is_listed_twice_and_the_rows_are_in_order():
    items = [thing.item for thing in things()]
    assert len(set(items)) == len(items)
    for package in PACKAGES:
        files = [thing.file for thing in things() if thing.package is package]
        assert files == sorted(files)


def test_every_kind_has_a_good_number_of_pictures_and_every_name_of_a_kind_is_used():
    counts = Counter(thing.kind for thing in things())
    assert len(counts) >= 25 and min(counts.values()) >= 7
    assert {thing.name for thing in things()} == set(kinds())


def test_all_four_media_are_there_and_many_names_in_more_than_one():
    assert {thing.medium for thing in things()} == set(MEDIA)
    media = {}
    for thing in things():
        media.setdefault(thing.name, set()).add(thing.medium)
    assert sum(len(found) > 1 for found in media.values()) > 400


@pytest.mark.parametrize(
    ("word", "name"),
    [("automobile", "car"), ("ladybug", "ladybird"), ("dog", "dog"), ("nosuch", "nosuch")],
)
def test_synonyms_lead_to_the_name(word, name):
    assert canonical(word) == name


def test_no_synonym_is_a_name_and_each_leads_to_one():
    assert not set(synonyms()) & set(kinds())
    assert set(synonyms().values()) <= set(kinds())


# A picture that anybody would name, of each package.
@pytest.mark.parametrize(
    ("item", "name", "kind", "medium"),
    [
        ("stamps/animals/birds/penguin.png", "penguin", "bird", "photograph"),
        ("gcompris/erase/resource/bee.webp", "bee", "insect or other bug", "photograph"),
        ("gcompris/details/resource/image/Gogh4_background.webp", "café", "building", "painting"),
        ("emoji/1f415.webp", "dog", "mammal", "3-D"),
        ("openclipart/food/fruit/cherry_jonathan_dietrich_01.png", "cherry", "fruit", "drawing"),
    ],
)
def test_pictures_are_called_what_they_show(item, name, kind, medium):
    found = {thing.item: (thing.name, thing.kind, thing.medium) for thing in things()}
    assert found[item] == (name, kind, medium)


def test_the_forty_photographs_of_the_docs_stay_out():
    forty = set(json.loads(subjects.VERDICTS.read_text())["verdicts"])
    assert len(forty) == 40
    for thing in things():
        parts = thing.file.split("/")  # "categorization/resource/images/tools/hammer1.webp"
        assert "/".join([parts[0], *parts[-2:]]) not in forty


def test_licences_that_ask_for_their_text_have_it():
    for address in ADDRESSES.values():
        if not address.startswith("https://"):
            assert (LICENCES.parent / address).stat().st_size > 1000
    assert (HERE / "licences") == LICENCES
