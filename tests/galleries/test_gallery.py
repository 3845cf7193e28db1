"""Galleries: what is read back, and what damage and wrong names come to."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike import photos
from lookalike.errors import GalleryError, StorageError, UnknownNameError
from lookalike.galleries.gallery import THUMBNAIL_SIDE, label_counts, names, open_gallery
from lookalike.galleries.shards import SCHEMA, Item, Shards
from lookalike.galleries.writer import fingerprint, write_shard
from lookalike.settings import REPOSITORY
from lookalike.storage.files import replace_folder

PNG = photos.to_png(np.zeros((2, 2, 3), np.uint8))


@pytest.fixture
def gallery(make_gallery):
    """150 items in two files, of row groups of 64, 36 and 50."""
    return make_gallery(count=150, shard=100)


@pytest.fixture
def rows():
    """Three rows, as they are written."""
    image = {"bytes": PNG, "path": "a.png"}
    return [{"name": n, "label": "x", "image": image, "metadata": "{}"} for n in "abc"]


def write_rows(path, rows, schema=SCHEMA):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


def test_an_id_is_the_position_over_all_files(gallery, pictures):
    assert len(gallery) == 150 and len(list(gallery.folder.glob("items-*"))) == 2
    assert gallery.names == [f"{position:03}.png" for position in range(150)]
    assert gallery.labels == ["even", "odd"] * 75
    for item_id, picture in enumerate(pictures(150)):
        item = gallery[item_id]
        assert (item.name, item.label) == (gallery.names[item_id], gallery.labels[item_id])
        assert np.array_equal(item.photo(), picture)


@pytest.mark.parametrize("item_id", [-1, 150, 10**9])
def test_there_is_no_item_beyond_the_last(gallery, item_id):
    with pytest.raises(IndexError):
        gallery[item_id]


def test_labels_are_counted(gallery):
    assert label_counts(gallery) == {"even": 75, "odd": 75}


def test_metadata_and_odd_text_come_back(make_gallery):
    item = Item("a\n<b>é\0.png", "<script>", PNG, {"price": "3 €", "n": 7, "long": "x" * 10**6})
    assert make_gallery(items=[item])[0] == item


def test_fields_are_read_by_id(make_gallery):
    found = [{"level": "Shoes", "year": 2017}, {"level": None}, {"colour": "red", "level": "Bags"}]
    items = [Item(str(n), "x" * n, PNG, metadata) for n, metadata in enumerate(found)]
    gallery = make_gallery(items=items, shard=2)
    assert gallery.values("label") == ["", "x", "xx"]
    assert gallery.values("level") == ["Shoes", "", "Bags"]
    assert gallery.values("year") == ["2017", "", ""]  # as text, whatever it was


def test_an_unknown_field_is_refused_with_those_there_are(make_gallery):
    gallery = make_gallery(items=[Item("a", "x", PNG, {"level": "y", "colour": "z"})])
    for unknown in ("price", "", "name"):
        with pytest.raises(GalleryError, match="has a field called") as caught:
            gallery.values(unknown)
        assert caught.value.hint == "Use label, colour or level."


def test_parents_are_what_the_card_says(gallery):
    assert gallery.parents == {}
    card = gallery.card | {"parents": {"odd": "numbers", "even": "numbers"}}
    replace(gallery.folder / "card.json", json.dumps(card).encode())
    assert open_gallery("toys").parents == {"odd": "numbers", "even": "numbers"}


def test_every_item_is_live(gallery):
    assert gallery.live.tolist() == [True] * 150
    with pytest.raises(ValueError, match="read-only"):
        gallery.live[0] = False


def test_a_thumbnail_is_small_and_of_the_whole_photo(make_gallery):
    wide = np.zeros((100, 900, 3), np.uint8)
    gallery = make_gallery(items=[Item("wide", "", photos.to_png(wide)), Item("small", "", PNG)])
    assert photos.load(gallery.thumbnail(0)).shape == (25, THUMBNAIL_SIDE, 3)
    assert gallery.thumbnail(1) == PNG  # small enough as it is


def test_threads_read_what_one_reads_alone(gallery):
    alone = [gallery[item_id] for item_id in range(150)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_gallery("toys").__getitem__, range(150))) == alone


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"label": "other"},
        {"image": photos.to_png(np.ones((2, 2, 3), np.uint8))},
        {"name": "ax", "label": ""},  # the same letters, cut elsewhere
    ],
)
def test_the_fingerprint_changes_with_any_item(make_gallery, change):
    item = {"name": "a", "label": "x", "image": PNG}
    before = make_gallery("before", items=[Item(**item)]).fingerprint
    assert make_gallery("same", items=[Item(**item)]).fingerprint == before
    assert make_gallery("after", items=[Item(**item | change)]).fingerprint != before


# Wrong names


@pytest.mark.parametrize(
    "name",
    [
        "nosuch",
        "",
        "..",
        "../toys",
        "toys/../toys",
        "toys/",
        "/etc",
        "Toys",
        "toys\n",
        "toys\0",
        ".toys.partial",
        "x" * 5000,
        None,
        7,
    ],
)
def test_an_unknown_gallery_is_refused_with_the_names_there_are(make_gallery, name):
    make_gallery("toys")
    with pytest.raises(UnknownNameError, match="There is no gallery called") as caught:
        open_gallery(name)
    assert "toys" in caught.value.hint


def test_without_any_gallery_the_hint_says_so(tmp_path, fresh_settings):
    fresh_settings(ASSETS=tmp_path)
    with pytest.raises(UnknownNameError, match="Set LOOKALIKE_ASSETS to a checkout"):
        open_gallery("toys")
    (tmp_path / "models").mkdir()  # the shipped things are here, and no gallery is among them
    with pytest.raises(UnknownNameError, match="Make one of your own images"):
        open_gallery("toys")


def test_the_default_comes_first_and_unfinished_ones_not_at_all(make_gallery, home):
    for name in ("zebras", "ants"):
        make_gallery(name)
    (home / "galleries" / "ants").rename(home / "galleries" / ".ants.partial")
    assert names() == ["fashion-mnist", "things", "zebras"]


def test_the_users_gallery_goes_before_the_shipped_one(make_gallery, home):
    make_gallery("fashion-mnist")
    assert open_gallery("fashion-mnist").folder.is_relative_to(home)


# Damage


def read_all(folder):
    """Everything that a gallery holds, opened anew."""
    items = Shards(sorted(folder.glob("items-*.parquet")))
    return [items[position] for position in range(len(items))], items.names, items.labels


def replace(path, data):
    """Write a file in the place of another, as any tool does that copies it."""
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("bit", [1, 64])
def test_a_flipped_bit_is_found_or_changes_nothing(gallery, bit):
    path = gallery.folder / "items-00000000.parquet"
    intact, data = read_all(gallery.folder), path.read_bytes()
    found = 0
    # More of the end, which has no checksum of its own, than of the pages before it.
    for position in [*range(0, len(data) - 1000, 301), *range(len(data) - 1000, len(data), 9)]:
        changed = bytearray(data)
        changed[position] ^= bit
        replace(path, changed)
        try:
            assert read_all(gallery.folder) == intact, f"byte {position}"
        except GalleryError:
            found += 1
    assert found > 100


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: replace(path, b""),
        lambda path: replace(path, b"text"),
        lambda path: replace(path, path.read_bytes()[:-1]),
        lambda path: replace(path, path.read_bytes()[:3000]),
    ],
)
def test_a_file_that_goes_bad_after_opening_is_an_error_and_not_other_items(gallery, damage):
    damage(gallery.folder / "items-00000100.parquet")
    with pytest.raises(GalleryError, match=r"missing or damaged|built again"):
        gallery[120]
    assert gallery[20].name == "020.png"  # the other file serves on


def test_a_gallery_that_is_built_again_is_opened_again(gallery, make_gallery, pictures):
    assert open_gallery("toys") is gallery
    again = make_gallery(count=3, seed=5)
    assert len(again) == 3 and np.array_equal(again[2].photo(), pictures(3, seed=5)[2])
    with pytest.raises(GalleryError, match="has been built again"):
        gallery[20]  # the old ids mean nothing now


@pytest.mark.parametrize("column", SCHEMA.names)
def test_a_missing_column_is_named(column, rows, tmp_path):
    place = SCHEMA.get_field_index(column)
    write_rows(tmp_path / "items-0.parquet", rows, SCHEMA.remove(place))
    with pytest.raises(GalleryError, match="needs the columns name, label, image, metadata"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    ("column", "type", "value"),
    [
        ("label", pa.int64(), 3),  # class numbers, as some data sets have
        ("name", pa.binary(), b"a"),
        ("image", pa.binary(), PNG),
    ],
)
def test_a_column_of_another_type_is_refused(column, type, value, rows, tmp_path):
    schema = SCHEMA.set(SCHEMA.get_field_index(column), pa.field(column, type))
    write_rows(tmp_path / "items-0.parquet", [row | {column: value} for row in rows], schema)
    with pytest.raises(GalleryError, match="needs the columns"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"image": None},
        {"metadata": "{"},  # cut short
    ],
)
def test_a_row_that_is_no_item_is_refused(change, rows, tmp_path):
    rows[1] |= change
    write_rows(tmp_path / "items-0.parquet", rows)
    with pytest.raises(GalleryError, match="missing or damaged"):
        read_all(tmp_path)


def test_what_may_be_missing_is_empty(rows, tmp_path):
    rows[0] |= {"label": None, "metadata": None}
    write_rows(tmp_path / "items-0.parquet", rows)
    (first, *_), _, labels = read_all(tmp_path)
    assert (first.label, labels[0], first.metadata) == ("", "", {})


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (b"", "no readable card"),
        (b"{", "no readable card"),
        (b"\xff\xfe", "no readable card"),
        (b"[]", "no readable card"),
        (b"7", "no readable card"),
        (b"{}", "no readable card"),  # without count and fingerprint
        (b'{"count": 151, "fingerprint": "x"}', "holds 150 items, but its card says 151"),
        (b'{"count": 149, "fingerprint": "x"}', "holds 150 items, but its card says 149"),
        (b'{"count": "150", "fingerprint": "x"}', "no readable card"),
        (b'{"count": 150, "fingerprint": "x", "segments": [7]}', "no readable card"),
        (
            b'{"count": 150, "fingerprint": "x", "segments": [{"count": 9, "fingerprint": "x"}]}',
            "no readable card",  # the last one is another state
        ),
    ],
)
def test_a_card_that_does_not_fit_is_refused(gallery, card, message):
    replace(gallery.folder / "card.json", card)
    with pytest.raises(GalleryError, match=message) as caught:
        open_gallery("toys")
    assert "Build the gallery again" in caught.value.hint


def test_a_gallery_of_nothing_is_refused(gallery):
    for path in gallery.folder.glob("items-*"):
        path.unlink()
    replace(gallery.folder / "card.json", b'{"count": 0, "fingerprint": "x"}')
    with pytest.raises(GalleryError, match="holds 0 items"):
        open_gallery("toys")


def test_a_damaged_gallery_opens_once_it_is_mended(gallery):
    path = gallery.folder / "card.json"
    card = path.read_bytes()
    replace(path, b"{")
    with pytest.raises(GalleryError):
        open_gallery("toys")
    replace(path, card)
    assert len(open_gallery("toys")) == 150


def test_held_out_images_are_read_apart(gallery, pictures):
    with pytest.raises(GalleryError, match="no held-out images"):
        gallery.queries()
    held_out = [Item("q", "odd", PNG)]
    write_shard(gallery.folder / "queries.parquet", held_out)
    assert gallery.queries()[0] == held_out[0]
    assert len(open_gallery("toys")) == 150


# Writing


def test_a_full_disk_leaves_the_older_shard(gallery, full_disk):
    path = gallery.folder / "items-00000000.parquet"
    before = path.read_bytes()
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        write_shard(path, [Item("a", "", PNG)])
    assert path.read_bytes() == before
    assert (
        len(list(gallery.folder.iterdir())) == 3
    )  # nothing half written beside the card and files


def test_a_folder_that_cannot_be_put_in_place_leaves_the_older_one(gallery):
    with pytest.raises(StorageError, match="cannot be written"):
        replace_folder(gallery.folder.with_name("missing"), gallery.folder)
    assert open_gallery("toys")[120].name == "120.png"


# What is shipped


def test_the_shipped_gallery_is_the_one_that_its_card_describes():
    gallery = open_gallery("fashion-mnist")
    assert gallery.folder.is_relative_to(REPOSITORY)
    assert len(gallery) == 10_000 and set(label_counts(gallery).values()) == {1000}
    assert fingerprint(gallery.items) == gallery.fingerprint
    queries = gallery.queries()
    assert len(queries) == 1000
    shapes = {gallery[item_id].photo().shape for item_id in range(0, 10_000, 501)}
    assert shapes == {(28, 28, 3)} == {queries[3].photo().shape}
    assert json.loads((gallery.folder / "card.json").read_text())["licence"].startswith("MIT")
