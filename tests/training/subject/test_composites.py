"""Composites: seeded, and with boxes that are tight around what is seen."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import LookalikeError
from lookalike.training.subject import composites, drawing, sources
from lookalike.training.subject.composites import compose
from lookalike.training.subject.drawing import tight_box

RED = (250, 0, 0)


def disc(size=60):
    """A red disc with alpha, in a frame that is larger than it: the frame is no part of the box."""
    y, x = np.mgrid[:size, :size]
    inside = np.hypot(x - size / 2, y - size / 2) < size / 3
    return np.dstack([np.full((size, size, 3), RED, np.uint8), inside.astype(np.uint8) * 255])


def item():
    """A grey slab on white, as in a catalogue."""
    photo = np.full((50, 40, 3), 255, np.uint8)
    photo[10:30, 5:35] = 90
    return photo


@pytest.fixture
def found():
    rng = np.random.default_rng(0)
    scenery = rng.integers(0, 256, (500, 600, 3)).astype(np.uint8)
    grey = np.zeros((28, 28), np.uint8)
    grey[4:20, 6:25] = 200
    return sources.Sources([disc], [lambda: scenery], [item], [lambda: grey])


def test_the_same_seed_gives_the_same_picture(found):
    for index in range(12):
        first, again = compose(found, 3, index, 128), compose(found, 3, index, 128)
        assert first.photo.tobytes() == again.photo.tobytes()
        assert first.boxes == again.boxes


def test_another_seed_or_number_gives_another_picture(found):
    pictures = {
        compose(found, seed, index, 96).photo.tobytes() for seed in (1, 2) for index in range(9)
    }
    assert len(pictures) == 18


def test_every_kind_is_drawn_and_only_empty_ones_have_no_subject(found):
    made = [compose(found, 0, index, 96) for index in range(150)]
    assert {picture.kind for picture in made} == set(composites.KINDS)
    assert all(not picture.boxes for picture in made if picture.kind == "empty")
    with_subject = [bool(picture.boxes) for picture in made if picture.kind in ("plain", "grey")]
    assert np.mean(with_subject) > 0.95


def test_pictures_have_the_side_that_was_asked_for_and_boxes_lie_inside(found):
    for index in range(60):
        made = compose(found, 5, index, 120)
        height, width = made.photo.shape[:2]
        assert max(height, width) == 120
        assert made.photo.dtype == np.uint8
        for x1, y1, x2, y2 in made.boxes:
            assert 0 <= x1 < x2 <= width
            assert 0 <= y1 < y2 <= height


def test_boxes_are_tight_around_the_cut_out(found, monkeypatch):
    """On black, without the camera's effects, the red that is seen spans the box, to a pixel."""
    monkeypatch.setattr(composites, "finish", lambda canvas, rng: np.rint(canvas).astype(np.uint8))
    monkeypatch.setattr(
        composites, "background", lambda found, shape, rng: np.zeros((*shape, 3), np.float32)
    )
    monkeypatch.setattr(drawing, "relight", lambda colour, rng: colour)
    single = 0
    for index in range(80):
        made = compose(found, 1, index, 160)
        if made.kind in ("scene", "full") and len(made.boxes) == 1:
            single += 1
            seen = tight_box(made.photo[..., 0] > 125)
            assert np.abs(np.subtract(made.boxes[0], seen)).max() <= 1
    assert single > 30


@pytest.mark.parametrize(
    ("rows", "columns", "box"),
    [
        (slice(2, 5), slice(1, 9), (1, 2, 9, 5)),  # x2 and y2 are exclusive
        (slice(0, 6), slice(0, 10), (0, 0, 10, 6)),  # all of it
        (slice(3, 4), slice(7, 8), (7, 3, 8, 4)),  # one pixel
        (slice(0, 0), slice(0, 0), None),  # nothing
    ],
)
def test_tight_box(rows, columns, box):
    mask = np.zeros((6, 10), bool)
    mask[rows, columns] = True
    assert tight_box(mask) == box


@pytest.mark.parametrize(
    ("boxes", "main"),
    [
        ([], None),  # a pure background
        ([(0, 0, 10, 10)], (0, 0, 10, 10)),  # the only one
        ([(0, 0, 20, 20), (40, 40, 60, 60)], (40, 40, 60, 60)),  # equal: the one in the middle
        ([(45, 45, 55, 55), (10, 10, 70, 70)], (10, 10, 70, 70)),  # the far larger one
    ],
)
def test_the_main_subject_is_large_and_near_the_middle(boxes, main):
    photo = np.zeros((100, 100, 3), np.uint8)
    assert composites.Composite(photo, boxes, "scene").main() == main


def test_an_item_on_white_is_cut_out():
    cut = sources.cut_out(item())
    assert tight_box(cut[..., 3] > 127) == (6, 11, 34, 29)  # the slab, less its fringe
    assert (cut[..., :3] == item()).all()


def test_white_inside_the_item_stays():
    photo = item()
    photo[18:22, 15:25] = 255  # a white label on the slab
    assert sources.cut_out(photo)[20, 20, 3] == 255


@pytest.mark.parametrize(
    ("photo", "answer"),
    [
        (item(), True),  # a catalogue picture
        (np.full((50, 40, 3), 255, np.uint8), False),  # blank paper
        (np.full((50, 40, 3), 90, np.uint8), False),  # no white at all
        (255 - item(), False),  # an item on black
    ],
)
def test_on_white(photo, answer):
    assert sources.on_white(photo) is answer


def test_the_split_is_by_name_and_about_a_fifth():
    names = [f"item {number}" for number in range(2000)]
    out = [sources.held_out(name) for name in names]
    assert out == [sources.held_out(name) for name in names]
    assert 0.17 < np.mean(out) < 0.23


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("heron_greatblue_flying.png", "heron"),  # variants of a bird stay together
        ("adwaita-d.webp", "adwaita"),  # night and day
        ("Elephants_3840x2160.jpg", "elephants"),  # sizes of one photo
        ("2004default.jpg", "default"),  # figures are no name
        ("7.png", "7"),  # unless there is nothing else
    ],
)
def test_variants_of_a_picture_are_one_family(file, name):
    assert sources.family(Path(file)) == name


def test_a_missing_debian_package_is_named(monkeypatch, tmp_path):
    for attribute, package, call in [
        ("STAMPS", "tuxpaint-stamps-default", sources.stamp_files),
        ("FASHION_MNIST", "dataset-fashion-mnist", lambda: sources.grey_items(False)),
        ("WALLPAPERS", "ukui-wallpapers", lambda: sources.wallpaper_photos(False)),
    ]:
        value = {"ukui-wallpapers": tmp_path} if attribute == "WALLPAPERS" else tmp_path / "none"
        monkeypatch.setattr(sources, attribute, value)
        with pytest.raises(LookalikeError) as caught:
            call()
        assert package in caught.value.message
        assert caught.value.hint == f"Install it: apt-get install {package}."


def test_a_missing_data_set_is_named(tmp_path):
    with pytest.raises(LookalikeError, match="fashion-products"):
        sources.find(tmp_path, "train")


def test_letters_are_no_subjects(monkeypatch, tmp_path):
    for name in ("animals/cat.png", "symbols/alphabets/english/A_filled.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        Image.fromarray(disc()).save(tmp_path / name)
    monkeypatch.setattr(sources, "STAMPS", tmp_path)
    assert [path.name for path in sources.stamp_files()] == ["cat.png"]


def test_the_largest_file_of_a_wallpaper_s_family_serves(monkeypatch, tmp_path):
    for name, side in (("lake_640x480.jpg", 16), ("lake_1920x1080.jpg", 64)):
        Image.new("RGB", (side, side), RED).save(tmp_path / name)
    monkeypatch.setattr(sources, "WALLPAPERS", {"wallpapers": tmp_path})
    both = [load() for wanted in (False, True) for load in sources.wallpaper_photos(wanted)]
    assert [photo.shape for photo in both] == [(64, 64, 3)]
