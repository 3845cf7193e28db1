"""Galleries that grow and shrink: ids stay what they were, and nothing is read or hashed twice."""

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import GalleryError, LookalikeError, StorageError, UnknownNameError
from lookalike.galleries import changes
from lookalike.galleries.changes import add_folder, remove_items
from lookalike.galleries.gallery import label_counts, open_gallery
from lookalike.galleries.shards import SCHEMA, Item, Shards
from lookalike.galleries.writer import fingerprint
from lookalike.storage.locks import changing
from tests.interrupting import kill_adding, stop_after


@pytest.fixture
def source(tmp_path):
    """An empty folder for the user's images."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


@pytest.fixture
def put(source, pictures):
    """put("a/1.png", seed=3): write an image, another one for each seed."""

    def write(*names, seed=0):
        for number, name in enumerate(names):
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photos.to_png(pictures(number + 1, seed)[number]))

    return write


@pytest.fixture
def mine(source, put, monkeypatch):
    """A gallery of five images in two files, and the folder that they came from."""
    monkeypatch.setattr(changes, "SHARD", 3)
    put("a/1.png", "a/2.png", "b/1.png", "b/2.png", "c/1.png")
    add_folder(source, "mine")
    return open_gallery("mine")


def content(gallery):
    """Every live item by name."""
    return {gallery[i].name: gallery[i].image for i in np.flatnonzero(gallery.live)}


def files(folder):
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


# Adding


def test_what_is_new_is_appended(mine, source, put, pictures):
    before, items = mine.fingerprint, [mine[item_id] for item_id in range(5)]
    put("a/0.png", "d/9.png", seed=7)  # one sorts before what is there
    added = add_folder(source, "mine")
    assert (added.count, added.replaced, added.present, added.skipped) == (2, 0, 5, [])
    grown = open_gallery("mine")
    assert grown.names == [*mine.names, "a/0.png", "d/9.png"]
    assert grown.labels == [*mine.labels, "a", "d"]
    assert [grown[item_id] for item_id in range(5)] == items
    assert np.array_equal(grown[6].photo(), pictures(2, seed=7)[1])
    assert grown.live.all() and grown.live_count == 7
    assert grown.fingerprint != before
    assert [(one.count, one.fingerprint) for one in grown.segments] == [
        (5, before),
        (7, grown.fingerprint),
    ]
    assert [mine[item_id] for item_id in range(5)] == items  # what was open reads on


def test_the_same_folder_again_changes_nothing(mine, source):
    before = files(mine.folder)
    for _ in range(2):
        added = add_folder(source, "mine")
        assert (added.count, added.replaced, added.present) == (0, 0, 5)
    assert files(mine.folder) == before and open_gallery("mine") is mine


@pytest.mark.parametrize("how", ["image", "label", "metadata"])
def test_what_has_changed_takes_the_older_ones_place(mine, source, put, how):
    table = [f"{name},{label},3" for name, label in zip(mine.names, mine.labels, strict=True)]
    (source / "metadata.csv").write_text("\n".join(["file_name,label,price", *table]))
    if how != "metadata":  # which all items came without
        add_folder(source, "mine", anew=True)
    gallery = open_gallery("mine")
    if how == "image":
        put("b/1.png", seed=9)
    if how == "label":
        table[2] = "b/1.png,other,3"
        (source / "metadata.csv").write_text("\n".join(["file_name,label,price", *table]))
    added = add_folder(source, "mine")
    changed = [2] if how != "metadata" else [0, 1, 2, 3, 4]
    assert (added.count, added.replaced, added.present) == (
        len(changed),
        len(changed),
        5 - len(changed),
    )
    grown = open_gallery("mine")
    assert np.flatnonzero(~grown.live).tolist() == changed
    assert [grown.names[i] for i in range(5, len(grown))] == [gallery.names[i] for i in changed]
    assert sorted(content(grown)) == sorted(gallery.names)  # each of them once
    assert grown.labels[-1] == ("other" if how == "label" else gallery.labels[changed[-1]])
    assert grown[len(grown) - 1].metadata == {"price": "3"}


def test_many_additions_are_as_one(source, put, monkeypatch):
    monkeypatch.setattr(changes, "SHARD", 2)
    for turn in range(4):
        put(*(f"{turn}/{number}.png" for number in range(turn + 1)), seed=turn)
        add_folder(source, "little")
    add_folder(source, "whole")
    little, whole = open_gallery("little"), open_gallery("whole")
    assert content(little) == content(whole) and little.names == whole.names
    assert [segment.count for segment in little.segments] == [1, 3, 6, 10]
    assert len(whole.segments) == 1


def test_the_fingerprint_goes_on_from_what_was_there(mine, source, put, monkeypatch):
    hashed = []

    def note(items, before=""):
        hashed.append((list(items.names), before))
        return fingerprint(items, before)

    monkeypatch.setattr("lookalike.galleries.writer.fingerprint", note)
    put("a/0.png", seed=7)
    add_folder(source, "mine")
    assert hashed == [(["a/0.png"], mine.fingerprint)]
    new = Shards([mine.folder / "items-00000005.parquet"])
    assert open_gallery("mine").fingerprint == fingerprint(new, mine.fingerprint)
    assert len({fingerprint(new), mine.fingerprint, fingerprint(new, mine.fingerprint)}) == 3


def test_an_image_that_was_removed_comes_back_as_a_new_item(mine, source):
    remove_items("mine", ["b/1.png"])
    assert add_folder(source, "mine").count == 1
    gallery = open_gallery("mine")
    assert gallery.live.tolist() == [True, True, False, True, True, True]
    assert gallery.names[5] == gallery.names[2] == "b/1.png"


def test_what_cannot_be_read_is_skipped_and_takes_nothing_away(mine, source, put):
    (source / "b/1.png").write_bytes(b"broken now")
    (source / "b/new.png").write_bytes(b"broken")
    put("z/1.png", seed=4)
    added = add_folder(source, "mine")
    assert (added.count, added.replaced, added.present) == (1, 0, 4)
    assert [line.split(":")[0] for line in added.skipped] == ["b/1.png", "b/new.png"]
    gallery = open_gallery("mine")
    assert gallery.live.all() and gallery.names[5:] == ["z/1.png"]
    assert gallery.card["skipped"] == added.skipped


def test_new_files_stand_behind_the_older_ones_however_many_were_skipped(source, put, monkeypatch):
    monkeypatch.setattr(changes, "SHARD", 3)
    put(*(f"{number}.png" for number in range(7)))
    for number in range(6):
        (source / f"{number}.png").write_bytes(b"broken")
    add_folder(source, "mine")  # one image, in a file that is called after the seventh
    for number in range(6):
        (source / f"{number}.png").unlink()
    put("8.png", seed=4)
    add_folder(source, "mine")
    assert open_gallery("mine").names == ["6.png", "8.png"]


def test_a_folder_of_nothing_new_that_can_be_read_leaves_all_as_it_was(mine, source):
    before = files(mine.folder)
    (source / "b/new.png").write_bytes(b"broken")
    added = add_folder(source, "mine")
    assert added.count == 0 and len(added.skipped) == 1
    assert files(mine.folder) == before and open_gallery("mine") is mine


def test_another_folder_comes_in_beside_the_first(mine, tmp_path, pictures):
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.jpg").write_bytes(photos.to_jpeg(pictures(1, seed=5)[0]))
    assert add_folder(other, "mine").count == 1
    assert open_gallery("mine").names[5:] == ["x.jpg"]


def test_files_are_compared_by_what_they_hold_and_decoded_once(mine, source, put, monkeypatch):
    read, load = [], photos.load
    monkeypatch.setattr(photos, "load", lambda path: read.append(path.name) or load(path))
    for path in source.rglob("*.png"):
        os.utime(path, ns=(1, 1))  # copied elsewhere and back
    put("z/new.png", seed=3)
    add_folder(source, "mine")
    assert read == ["new.png"]


def test_a_gallery_of_before_files_were_noted_is_compared_by_its_images(
    make_gallery, source, put, pictures
):
    items = [
        Item(f"a/{number}.png", "a", photos.to_png(picture))
        for number, picture in enumerate(pictures(3))
    ]
    gallery = make_gallery("old", items=items)
    assert set(gallery.items.source_sha256s()) == {""}
    put("a/0.png", "a/1.png", "a/2.png")
    assert add_folder(source, "old").present == 3
    put("a/0.png", seed=8)
    assert add_folder(source, "old").replaced == 1


def test_only_galleries_of_files_note_where_they_came_from(mine, make_gallery):
    columns = [*SCHEMA.names, "source_sha256"]
    import pyarrow.parquet as pq

    assert pq.read_schema(next(mine.folder.glob("items-*"))).names == columns
    plain = make_gallery("plain")
    assert pq.read_schema(next(plain.folder.glob("items-*"))).names == SCHEMA.names


# Interrupted


@pytest.fixture
def more(mine, source, put):
    """Seven new images, one of them in the place of an older one; and what should come of it."""
    put(*(f"d/{number}.png" for number in range(6)), seed=11)
    put("b/1.png", seed=12)
    return {
        **content(mine),
        **{str(path.relative_to(source)): path.read_bytes() for path in source.rglob("*.png")},
    }


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are decoded from here on."""
    names, load = [], photos.load
    monkeypatch.setattr(photos, "load", lambda path: names.append(path.name) or load(path))
    return names


@pytest.mark.parametrize(("done", "left"), [(4, 7), (7, 4), (10, 1), (11, 0)])
def test_an_interrupted_addition_goes_on_where_it_stopped(mine, source, more, read, done, left):
    with pytest.raises(KeyboardInterrupt):
        add_folder(source, "mine", stop_after(done))
    assert open_gallery("mine") is mine  # nothing of it shows yet
    read.clear()
    added = add_folder(source, "mine")
    assert len(read) == left and (added.count, added.replaced, added.present) == (7, 1, 4)
    gallery = open_gallery("mine")
    assert content(gallery).keys() == more.keys() and not gallery.live[2]
    assert {path.name for path in gallery.folder.iterdir()} == {
        "card.json",
        "removed.json",
        *(f"items-{number:08d}.parquet" for number in (0, 3, 5, 8, 11)),
    }


@pytest.mark.parametrize("step", ["write_removed", "extend_card"])
def test_a_run_that_dies_before_its_last_steps_is_finished_by_the_next(
    mine, source, more, monkeypatch, step
):
    with monkeypatch.context() as patch:
        patch.setattr(changes, step, lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            add_folder(source, "mine")
    assert len(open_gallery("mine")) == 5
    add_folder(source, "mine")
    gallery = open_gallery("mine")
    assert len(gallery) == 12 and content(gallery).keys() == more.keys()
    assert content(gallery)["b/1.png"] == more["b/1.png"]


def test_another_addition_clears_what_was_left(mine, source, more, put):
    with pytest.raises(KeyboardInterrupt):
        add_folder(source, "mine", stop_after(10))
    put("d/0.png", seed=20)
    add_folder(source, "mine")
    add_folder(source, "fresh")
    assert content(open_gallery("mine")) == content(open_gallery("fresh"))


@pytest.mark.slow
def test_a_killed_addition_leaves_the_gallery_and_goes_on(mine, source, more, read):
    kill_adding(source, reads=5)
    assert open_gallery("mine") is mine and content(mine)["b/1.png"] != more["b/1.png"]
    read.clear()
    assert add_folder(source, "mine").count == 7  # the lock went with the process
    assert len(read) == 4
    assert content(open_gallery("mine")).keys() == more.keys()


def test_a_full_disk_leaves_the_gallery(mine, source, more, full_disk):
    before = content(mine)
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        add_folder(source, "mine")
    with full_disk(5), pytest.raises(StorageError, match="cannot be written"):
        remove_items("mine", ["a/1.png"])
    gallery = open_gallery("mine")
    assert content(gallery) == before and len(gallery) == 5
    assert add_folder(source, "mine").count == 7  # and with room again it goes on


# Removing


def test_what_is_removed_is_masked(mine):
    assert remove_items("mine", ["a/2.png", "c/1.png", "a/2.png"]) == 2
    gallery = open_gallery("mine")
    assert gallery is not mine
    assert gallery.live.tolist() == [True, False, True, True, False]
    assert (len(gallery), gallery.live_count) == (5, 3)
    assert gallery.names == mine.names and gallery.fingerprint == mine.fingerprint
    assert label_counts(gallery) == {"a": 1, "b": 2}
    with pytest.raises(GalleryError, match=r"'a/2.png' was removed from the gallery mine"):
        gallery.thumbnail(1)
    assert gallery.thumbnail(0) == mine.thumbnail(0)
    assert remove_items("mine", ["a/1.png"]) == 1
    assert open_gallery("mine").live_count == 2


@pytest.mark.parametrize(
    ("name", "items", "error", "message"),
    [
        ("mine", ["nosuch"], GalleryError, "holds no image called 'nosuch'"),
        ("mine", ["a/1.png", "nosuch", "b/1.png"], GalleryError, "called 'nosuch'"),
        ("mine", ["a/2.png"], GalleryError, "called 'a/2.png'"),  # removed before
        ("mine", [""], GalleryError, "called ''"),
        ("nosuch", ["a/1.png"], UnknownNameError, "There is no gallery called"),
        ("../mine", ["a/1.png"], UnknownNameError, "There is no gallery called"),
        ("fashion-mnist", ["train-00001"], GalleryError, "is part of Lookalike"),
    ],
)
def test_what_cannot_be_removed_leaves_all_as_it_was(mine, name, items, error, message):
    remove_items("mine", ["a/2.png"])
    before = files(mine.folder)
    with pytest.raises(error, match=message) as caught:
        remove_items(name, items)
    assert files(mine.folder) == before
    if "image" in message:
        assert "like 'a/1.png'" in caught.value.hint


def test_a_gallery_may_lose_everything_and_get_it_back(mine, source):
    remove_items("mine", mine.names)
    gallery = open_gallery("mine")
    assert gallery.live_count == 0 and label_counts(gallery) == {}
    with pytest.raises(GalleryError, match=r"holds no image called 'a/1.png'"):
        remove_items("mine", ["a/1.png"])
    assert add_folder(source, "mine").count == 5
    assert open_gallery("mine").live.tolist() == [False] * 5 + [True] * 5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "{}",
        '{"removed": 3}',
        '{"removed": [5]}',
        '{"removed": [-1]}',
        '{"removed": [true]}',
        '{"removed": ["a/1.png"]}',
        '{"removed": [1.0]}',
        '{"removed": null}',
    ],
)
def test_a_damaged_list_of_what_was_removed_is_refused(mine, text):
    (mine.folder / "removed.json").write_text(text)
    with pytest.raises(GalleryError, match=r"damaged removed.json"):
        open_gallery("mine")


def test_segments_that_do_not_end_in_the_gallery_are_refused(mine, source, put):
    put("z.png")
    add_folder(source, "mine")
    path = mine.folder / "card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"segments": card["segments"][:1]}))
    with pytest.raises(GalleryError, match="no readable card"):
        open_gallery("mine")


# Whose gallery it is, and who changes it


def test_a_shipped_gallery_stays_as_it_is(source, put):
    put("a.png")
    with pytest.raises(GalleryError, match="fashion-mnist is part of Lookalike") as caught:
        add_folder(source, "fashion-mnist")
    assert "--anew" in caught.value.hint
    add_folder(source, "fashion-mnist", anew=True)  # one of the user's own, before it
    assert len(open_gallery("fashion-mnist")) == 1
    assert add_folder(source, "fashion-mnist").present == 1


def test_two_cannot_change_a_gallery_at_once(mine, source, more):
    holding, go_on = threading.Event(), threading.Event()

    def slow(now, total):
        holding.set()
        assert go_on.wait(60)

    other = threading.Thread(target=add_folder, args=(source, "mine", slow))
    other.start()
    assert holding.wait(60)
    for attempt in (
        lambda: add_folder(source, "mine"),
        lambda: add_folder(source, "mine", anew=True),
        lambda: remove_items("mine", ["a/1.png"]),
    ):
        with pytest.raises(LookalikeError, match="mine is being changed by another") as caught:
            attempt()
        assert "Wait" in caught.value.hint
    add_folder(source, "other")  # another gallery is not held up
    go_on.set()
    other.join()
    assert len(open_gallery("mine")) == 12
    assert remove_items("mine", ["a/1.png"]) == 1


HOLDS = """
import sys
from lookalike.storage.locks import changing
with changing("The gallery mine", "gallery-mine"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_kept_out_until_it_is_gone(mine):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(LookalikeError, match="being changed by another command"):
        remove_items("mine", ["a/1.png"])
    holder.kill()
    holder.communicate()
    assert remove_items("mine", ["a/1.png"]) == 1


def test_a_lock_that_cannot_be_had_is_one_sentence(home):
    (home / "locks").mkdir()
    (home / "locks" / "x.lock").mkdir()
    with pytest.raises(StorageError, match="cannot be locked"), changing("The gallery x", "x"):
        pass
