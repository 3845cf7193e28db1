"""A user's folder as a gallery: what is taken, what is skipped, and how it goes on."""

import errno
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from lookalike import photos
from lookalike.errors import GalleryError, StorageError
from lookalike.galleries import changes
from lookalike.galleries.changes import add_folder
from lookalike.galleries.folder import SIDE, SMALL, list_sources
from lookalike.galleries.gallery import open_gallery
from tests.interrupting import kill_adding, stop_after

PNG = photos.to_png(np.zeros((3, 2, 3), np.uint8))


@pytest.fixture
def source(tmp_path):
    """An empty folder for the user's images."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


def put(folder, *names, data=PNG):
    """Write the same small image under each name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def put_table(folder, text):
    (folder / "metadata.csv").write_bytes(text if isinstance(text, bytes) else text.encode())


def listed(folder):
    return {source.name: source.label for source in list_sources(folder)}


# What is taken


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cats/a.png", "cats"),
        ("cats/persian/old/a.png", "cats"),  # the first folder is the class
        ("a.png", ""),  # no class at all
        ("Cats & <b>dogs<b>/a.JPeG", "Cats & <b>dogs<b>"),
        ("cats/a b\n.webp", "cats"),
        ("chats/été.tif", "chats"),
    ],
)
def test_a_folder_per_class(source, name, label):
    put(source, name)
    assert listed(source) == {name: label}


@pytest.mark.parametrize(
    "name",
    [
        "cats/notes.txt",
        "cats/a.heic",  # not a format that is read
        "cats/png",
        "cats/.a.png",  # hidden
        ".thumbnails/a.png",
        "cats/.cache/a.png",
    ],
)
def test_what_is_no_image_of_the_users_is_left_out(source, name):
    put(source, "cats/real.png", name)
    assert listed(source) == {"cats/real.png": "cats"}


def test_the_order_is_that_of_the_names_wherever_they_lie(source):
    put(source, "b/2.png", "a/9.png", "b/10.png", "0.png")
    assert list(listed(source)) == ["0.png", "a/9.png", "b/10.png", "b/2.png"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file_name,label\na.png,cat\nsub/b.png,dog\n", {"a.png": "cat", "sub/b.png": "dog"}),
        ("label,file_name\r\ncat,a.png\r\n", {"a.png": "cat"}),
        ("\ufefffile_name,label\na.png,cat\n", {"a.png": "cat"}),  # as Excel saves it
        ("file_name\na.png\n", {"a.png": ""}),  # no labels
        ("file_name,label\na.png\n", {"a.png": ""}),  # a row cut short
        ("file_name,label\na.png,cat,extra,cells\n", {"a.png": "cat"}),
        ('file_name,label\n\n"a.png","<b>""cat""\n</b>"\n', {"a.png": '<b>"cat"\n</b>'}),
        ("file_name,label\na.png,cat\na.png,dog\n", {"a.png": "dog"}),  # the last row counts
    ],
)
def test_a_flat_folder_with_a_table(source, text, expected):
    put(source, "a.png", "sub/b.png", "unlisted.png")
    put_table(source, text)
    assert listed(source) == expected


def test_the_other_columns_become_metadata(source):
    put(source, "a.png")
    put_table(source, f"file_name,label,price,text\na.png,cat,3 €,{'x' * 100_000}\n")
    add_folder(source, "mine")
    assert open_gallery("mine")[0].metadata == {"price": "3 €", "text": "x" * 100_000}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column called file_name"),
        ("file_name,label\n", "no column called file_name"),  # no rows either
        ("name,label\na.png,cat\n", "no column called file_name"),
        ("file_name;label\na.png;cat\n", "no column called file_name"),
        ("file_name,label\na.png,caf\u00e9\n".encode("latin-1"), "cannot be read"),
        ("file_name,label\na.png,cat\n".encode("utf-16"), "cannot be read"),
        (f"file_name,label\na.png,{'x' * 200_000}\n", "cannot be read"),  # one huge cell
    ],
)
def test_a_table_that_cannot_be_used_is_refused(source, text, message):
    put(source, "a.png")
    put_table(source, text)
    with pytest.raises(GalleryError, match=f"metadata.csv {message}|metadata.csv has {message}"):
        add_folder(source, "mine")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder.rmdir(), "There is no folder"),
        (lambda folder: None, "holds no image"),
        (lambda folder: put(folder, "notes.txt"), "holds no image"),
        (lambda folder: (folder / "metadata.csv").mkdir(), "metadata.csv cannot be read"),
        (lambda folder: put(folder, "a.png", "b.png", data=b"text"), "None of the 2 images"),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(source, make, message):
    make(source)
    with pytest.raises(GalleryError, match=message):
        add_folder(source, "mine")


def test_a_file_in_the_place_of_the_folder_is_refused(source):
    put(source, "a.png")
    with pytest.raises(GalleryError, match="There is no folder"):
        add_folder(source / "a.png", "mine")


@pytest.mark.parametrize(
    "name",
    ["", "..", "../mine", "a/b", "/tmp/mine", ".mine", "Mine", "m\n", "mi ne", "m\0", "x" * 65],
)
def test_a_name_that_is_no_folder_name_is_refused(source, home, name):
    put(source, "a.png")
    with pytest.raises(GalleryError, match="cannot name a gallery"):
        add_folder(source, name)
    assert not list(home.iterdir())


# What is skipped, and listed


def link(folder, target):
    (folder / "cats").mkdir()
    (folder / "cats" / "a.png").symlink_to(target)


@pytest.mark.parametrize(
    ("make", "skipped"),
    [
        (
            lambda folder: put(folder, "cats/a.jpg", data=b"My holidays"),
            "cats/a.jpg: The file is not an image that can be read.",
        ),
        (lambda folder: put(folder, "a.png", data=b""), "a.png: The photo file is empty."),
        (
            lambda folder: put(folder, "a.png", data=PNG[:45]),
            "a.png: The photo is damaged or cut short.",
        ),
        # a link must not publish what lies elsewhere
        (lambda folder: link(folder, folder.parent / "secret.png"), "cats/a.png: It lies outside"),
        (lambda folder: link(folder, "nowhere.png"), "cats/a.png: It is missing."),
        (lambda folder: link(folder, "a.png"), "cats/a.png: It is missing."),  # a circle
        (lambda folder: os.mkfifo(folder / "a.png"), "a.png: It is not a file."),  # would block
        (
            lambda folder: put_table(folder, "file_name\n../secret.png\nok.png"),
            "../secret.png: It lies outside",
        ),
        (
            lambda folder: put_table(folder, "file_name\n/etc/passwd\nok.png"),
            "/etc/passwd: It lies",
        ),
        (
            lambda folder: put_table(folder, "file_name\ngone.png\nok.png"),
            "gone.png: It is missing.",
        ),
        (
            lambda folder: put_table(folder, b"file_name\na\0b.png\nok.png"),
            "a\0b.png: It is missing.",
        ),
        (
            lambda folder: put_table(folder, "file_name,label\n,cat\nok.png,dog"),
            "(a row without",
        ),
    ],
)
def test_what_cannot_be_read_is_skipped_and_listed(source, make, skipped):
    put(source, "ok.png")
    put(source.parent, "secret.png")
    make(source)
    added = add_folder(source, "mine")
    assert added.count == 1 and len(added.skipped) == 1
    assert added.skipped[0].startswith(skipped)
    gallery = open_gallery("mine")
    assert gallery.names == ["ok.png"] and gallery.card["skipped"] == added.skipped


@pytest.fixture
def locked(monkeypatch):
    """locked("cats"): folders of this name cannot be entered, whoever asks."""

    def lock(name):
        scandir = os.scandir

        def refuse(path):
            if not isinstance(path, int) and Path(path).name == name:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refuse)

    return lock


@pytest.mark.parametrize("name", ["cats", "dogs/old"])
def test_a_folder_that_cannot_be_entered_is_skipped_and_listed(source, locked, name):
    put(source, "dogs/a.png", f"{name}/b.png")
    locked(Path(name).name)
    added = add_folder(source, "mine")
    assert added.count == 1 and added.skipped == [f"{name}: The folder cannot be entered."]


def test_a_folder_of_closed_folders_says_so(source, locked):
    put(source, "cats/a.png")
    locked("cats")
    with pytest.raises(GalleryError, match="None of the 1 images") as caught:
        add_folder(source, "mine")
    assert caught.value.hint == "The first: cats: The folder cannot be entered."


def test_a_folder_that_is_itself_closed_is_refused(source, locked):
    put(source, "a.png")
    locked(source.name)
    with pytest.raises(GalleryError, match="cannot be entered"):
        add_folder(source, "mine")


def test_a_linked_folder_is_not_entered(source):
    put(source, "cats/a.png")
    put(source.parent, "elsewhere/b.png")
    (source / "dogs").symlink_to(source.parent / "elsewhere")
    assert listed(source) == {"cats/a.png": "cats"}


def test_a_link_within_the_folder_is_followed(source):
    put(source, "cats/a.png")
    (source / "cats" / "b.png").symlink_to("a.png")
    assert add_folder(source, "mine").count == 2


def test_a_folder_may_itself_be_reached_by_a_link(source):
    put(source, "cats/a.png")
    link = source.parent / "link"
    link.symlink_to(source)
    assert add_folder(link, "mine").count == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always UTF-8")
def test_a_name_that_is_not_utf8_is_spelled_out(source):
    put(source, os.fsdecode(b"caf\xe9/\xff.png"))
    added = add_folder(source, "mine")
    assert added.count == 1
    gallery = open_gallery("mine")
    assert gallery.names == [r"caf\udce9/\udcff.png"]
    assert gallery.labels == [r"caf\udce9"]


# What is stored


@pytest.mark.parametrize(
    ("size", "stored", "format"),
    [
        ((2000, 1000), (SIDE, SIDE // 2), "JPEG"),
        ((1, 5000), (1, SIDE), "JPEG"),
        ((SIDE, SIDE), (SIDE, SIDE), "JPEG"),
        ((SMALL, SMALL), (SMALL, SMALL), "PNG"),  # small ones without loss
        ((1, 1), (1, 1), "PNG"),
    ],
)
def test_long_images_are_scaled_down(source, size, stored, format):
    Image.new("RGB", size, "red").save(source / "a.png")
    add_folder(source, "mine")
    item = open_gallery("mine")[0]
    assert item.photo().shape[1::-1] == stored
    assert (item.image[:4] == b"\x89PNG") == (format == "PNG")


@pytest.mark.parametrize("side", [20, 200])  # stored as PNG, and as JPEG
def test_where_and_when_a_photo_was_taken_is_left_out(source, side):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Secret camera"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    Image.new("RGB", (side * 2, side)).save(source / "a.jpg", exif=exif, comment=b"Secret note")
    assert b"Secret" in (source / "a.jpg").read_bytes()
    add_folder(source, "mine")
    item = open_gallery("mine")[0]
    assert item.photo().shape[:2] == (side * 2, side)  # it was turned upright first
    assert b"Secret" not in item.image and b"Exif" not in item.image


def test_only_the_gallerys_own_files_are_left(source, home):
    put(source, "a.png", "b.png")
    add_folder(source, "mine")
    assert {path.name for path in (home / "galleries").iterdir()} == {"mine"}
    left = {path.name for path in (home / "galleries" / "mine").iterdir()}
    assert left == {"items-00000000.parquet", "card.json"}


def test_progress_goes_from_none_to_all(source, monkeypatch):
    monkeypatch.setattr(changes, "SHARD", 2)
    put(source, *(f"{number}.png" for number in range(5)))
    seen = []
    add_folder(source, "mine", lambda done, total: seen.append((done, total)))
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]


# Interrupted, changed, replaced


@pytest.fixture
def ten(source, pictures, monkeypatch):
    """Ten different images of one file size, one broken, that are stored three to a file."""
    monkeypatch.setattr(changes, "SHARD", 3)
    for number, picture in enumerate(pictures(10)):
        data = photos.to_png(picture).ljust(500, b"\0")
        put(source, f"{'ab'[number % 2]}/{number}.png", data=data)
    put(source, "a/4.png", data=b"broken")
    return source


@pytest.fixture
def whole(ten):
    """The fingerprint of those ten, added without an interruption."""
    add_folder(ten, "whole")
    return open_gallery("whole").fingerprint


@pytest.fixture
def read(monkeypatch):
    """The names of the files that are read from here on."""
    names = []
    load = photos.load

    def note(path):
        names.append(path.name)
        return load(path)

    monkeypatch.setattr(photos, "load", note)
    return names


@pytest.mark.parametrize(
    ("done", "left"),
    [
        (0, 10),
        (3, 7),
        (9, 1),
        (10, 0),  # all that was missing is the card
    ],
)
def test_an_interrupted_run_goes_on_where_it_stopped(ten, whole, read, done, left):
    with pytest.raises(KeyboardInterrupt):
        add_folder(ten, "mine", stop_after(done))
    read.clear()
    added = add_folder(ten, "mine")
    assert len(read) == left
    assert (added.count, len(added.skipped)) == (9, 1)
    assert open_gallery("mine").fingerprint == whole


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(ten, whole, read, home):
    kill_adding(ten, reads=8)
    staged = home / "galleries" / ".mine.partial"
    finished = sorted(staged.glob("items-*.parquet"))
    assert len(finished) == 2
    (staged / ".items-00000006.parquet.0a1b").write_bytes(b"what it was writing")
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in finished]
    add_folder(ten, "mine")
    assert len(read) == 4
    after = [home / "galleries" / "mine" / path.name for path in finished]
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in after] == before
    assert open_gallery("mine").fingerprint == whole
    assert not list(after[0].parent.glob(".*"))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: put(folder, "a/0.png", data=PNG),  # another image
        lambda folder: put(folder, "a/0.png", data=(folder / "a/2.png").read_bytes()),
        lambda folder: put(folder, "a/00.png"),  # one more
        lambda folder: (folder / "a/0.png").unlink(),
        lambda folder: (folder / "a/0.png").rename(folder / "b/0.png"),  # another class
        lambda folder: put_table(folder, "file_name,label\na/0.png,x\nb/1.png,y\nb/3.png,y\n"),
    ],
)
def test_a_folder_that_changed_meanwhile_starts_over(ten, change):
    with pytest.raises(KeyboardInterrupt):
        add_folder(ten, "mine", stop_after(3))
    change(ten)
    add_folder(ten, "mine")
    add_folder(ten, "fresh")
    assert open_gallery("mine").fingerprint == open_gallery("fresh").fingerprint


@pytest.mark.parametrize("row", ["dog,3 €", "cat,4 €"])  # another label, other metadata
def test_a_table_that_changed_meanwhile_starts_over(ten, row):
    put_table(ten, "file_name,label,price\na/0.png,cat,3 €\n")
    with pytest.raises(KeyboardInterrupt):
        add_folder(ten, "mine", stop_after(1))
    put_table(ten, f"file_name,label,price\na/0.png,{row}\n")
    add_folder(ten, "mine")
    item = open_gallery("mine")[0]
    assert f"{item.label},{item.metadata['price']}" == row


def test_made_anew_it_takes_the_place_of_the_earlier_one(ten, whole):
    put(ten, "a/00.png")
    add_folder(ten, "whole", anew=True)
    gallery = open_gallery("whole")
    assert len(gallery) == 10 and gallery.fingerprint != whole


def test_the_earlier_gallery_stays_when_the_new_one_fails(ten, whole, full_disk):
    put(ten, "a/00.png")
    with full_disk(), pytest.raises(StorageError, match="cannot be written"):
        add_folder(ten, "whole", anew=True)
    for path in ten.rglob("*.png"):
        path.write_bytes(b"broken")
    with pytest.raises(GalleryError, match="None of the 11 images"):
        add_folder(ten, "whole", anew=True)
    with pytest.raises(KeyboardInterrupt):
        add_folder(ten, "whole", stop_after(0), anew=True)
    gallery = open_gallery("whole")
    assert gallery.fingerprint == whole and gallery[8].name == "b/9.png"


def test_a_home_that_cannot_be_written_is_one_sentence(ten, tmp_path, fresh_settings):
    (tmp_path / "file").write_text("in the way")
    fresh_settings(HOME=tmp_path / "file" / "home")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        add_folder(ten, "mine")
    assert "LOOKALIKE_HOME" in caught.value.hint
