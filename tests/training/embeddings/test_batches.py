"""What a batch holds, and what happens to a picture on its way into it."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.training.embeddings import augment, batches, pictures, targets, teacher
from lookalike.training.embeddings.recipe import Augmentation, Data, Recipe, Schedule
from tests.training import toys

SETS = ("caltech101", "fashion-mnist")
STILL = Augmentation(
    smallest=1.0, shift=0, turn=0, light=0, dark=0, colour=0, hue=0, grey=0, blur=0, jpeg=0,
    erase=0, photo=0,
)  # fmt: skip


def feed(augmentation=STILL, taught=False, **data):
    share = {"caltech101": 6, "fashion-mnist": 4}
    recipe = Recipe(
        model="resnet",
        data=Data(batch=share, **data),
        augmentation=augmentation,
        schedule=Schedule(epochs=4),
    )
    sets = [toys.picture_set(name) for name in SETS]
    return batches.Feed(sets, recipe, toys.Targets() if taught else None)


def test_a_batch_holds_so_many_of_each_set_with_their_labels():
    made = feed(side=32)
    batch = made.batch(0, 0)
    assert batch.views[0].shape == (10, 3, 32, 32)
    assert batch.views[0].min() >= 0 and batch.views[0].max() <= 1
    names = [made.classes[label].split("/")[0] for label in batch.labels]
    assert names == ["caltech101"] * 6 + ["fashion-mnist"] * 4
    labels = [label for one in made.sets for label in one.labels]
    assert [made.classes[label].split("/")[1] for label in batch.labels] == [
        labels[item] for item in batch.items
    ]


def test_a_batch_follows_from_seed_epoch_and_step():
    made = feed(Augmentation(), taught=True)
    first, again = made.batch(1, 2), feed(Augmentation(), taught=True).batch(1, 2)
    assert torch.equal(first.views[0], again.views[0])
    assert torch.equal(first.targets, again.targets)
    for other in (made.batch(1, 3), made.batch(2, 2)):
        assert not torch.equal(first.views[0], other.views[0])


def test_only_photos_have_a_teacher_s_answer():
    batch = feed(taught=True).batch(0, 0)
    assert batch.taught.tolist() == [True] * 6 + [False] * 4
    lengths = batch.targets.norm(dim=1)
    assert lengths.tolist() == [1.0] * 6 + [0.0] * 4
    assert (batch.targets[:6].argmax(1) == batch.items[:6] % 3).all()  # each picture's own


def test_the_first_epochs_are_smaller():
    made = feed(side=64, first_side=48, first_part=0.5)
    assert [made.side(epoch) for epoch in range(4)] == [48, 48, 64, 64]


def test_two_views_differ_and_a_clean_one_is_the_picture():
    first, second = feed(Augmentation(), views=2).batch(0, 0).views
    assert not torch.allclose(first, second)
    bright = STILL.model_copy(update={"light": 0.5})
    batch = feed(bright, clean=True, side=80).batch(0, 0)
    kept, changed = batch.views
    own = toys.picture_set("caltech101").pixels[batch.items[0]]
    clean = (kept[0].permute(1, 2, 0) * 255).round().byte().numpy()
    assert np.abs(clean.astype(int) - own).max() <= 1 or (
        np.abs(clean[:, ::-1].astype(int) - own).max() <= 1
    )
    assert not torch.allclose(kept, changed)


def test_classes_are_drawn_in_groups():
    labels = feed(per_class=2).batch(0, 0).labels.tolist()
    assert labels[0:6:2] == labels[1:6:2]
    assert labels[6:10:2] == labels[7:10:2]


@pytest.mark.parametrize(
    ("balance", "share"),
    [
        (0.0, 0.1),  # a class of a tenth is a tenth of the draws
        (1.0, 0.5),  # or as often as the other
    ],
)
def test_balance(balance, share):
    chances = batches._chances(["common"] * 90 + ["rare"] * 10, balance)
    assert chances[90:].sum() == pytest.approx(share)
    assert chances.sum() == pytest.approx(1)


# The splits.


def test_the_three_splits_are_disjoint_and_as_large_as_they_say():
    names = [f"kind/image_{number:04d}.jpg" for number in range(4000)]
    found = [pictures.split_of(name) for name in names]
    assert 0.17 < found.count("held-out") / 4000 < 0.23
    assert 0.05 < found.count("validation") / 4000 < 0.08
    assert set(found) == {"held-out", "validation", "train"}


def write_shards(folder, count=30):
    """A set in the layout of the real ones, in two files."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "name": f"kind/{row:03d}.png",
            "label": "kind",
            "base_colour": "Blue",
            "image": {
                "bytes": photos.to_png(rng.integers(0, 256, (20, 30, 3), np.uint8)),
                "path": "",
            },
        }
        for row in range(count)
    ]
    folder.mkdir(parents=True)
    for part in (0, 1):
        table = pa.Table.from_pylist(rows[part::2])
        pq.write_table(table, folder / f"train-{part}.parquet")
    return rows[0::2] + rows[1::2]


def test_a_set_is_decoded_once_and_split(tmp_path, monkeypatch):
    rows = write_shards(tmp_path / "caltech101")
    parts = {split: pictures.read("caltech101", tmp_path, split) for split in
             ("train", "validation", "held-out")}  # fmt: skip
    assert sum(len(part) for part in parts.values()) == len(rows)
    monkeypatch.setattr(photos, "load", None)  # no second decoding
    train = pictures.read("caltech101", tmp_path, "train")
    monkeypatch.undo()
    for row, name in zip(train.rows, train.names, strict=True):
        assert name == rows[row]["name"]
        assert pictures.split_of(name) == "train"
    expected = photos.square(
        photos.load(rows[train.rows[3]]["image"]["bytes"]), pictures.SIDES["caltech101"]
    )
    np.testing.assert_array_equal(train.pixels[3], expected)
    rest = pictures.read("caltech101", tmp_path, "rest")
    assert sorted(rest.names) == sorted(train.names + parts["validation"].names)


def test_a_recipe_may_leave_kinds_out(monkeypatch):
    kinds = np.array([f"kind {number}" for number in range(48)])
    whole = dataclasses.replace(toys.picture_set("caltech101"), labels=kinds.tolist())
    missing = kinds[pictures.left_out(whole)]
    assert 4 < len(missing) < 15
    monkeypatch.setattr(batches, "read", lambda name, data, split: whole)
    data = Data(batch={"caltech101": 6}, leave_out=True)
    known = batches.feed(Recipe(model="resnet", data=data, schedule=Schedule(epochs=1)), None)
    assert set(known.sets[0].labels) == set(kinds) - set(missing)
    products = dataclasses.replace(whole, name="fashion-products")
    assert not pictures.left_out(products).any()  # only of sets with many kinds


def test_a_missing_set_is_named(tmp_path):
    with pytest.raises(LookalikeError, match="caltech101"):
        pictures.read("caltech101", tmp_path, "train")


# Augmentation.


def test_without_settings_a_picture_stays_as_it_is():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 80, 3), np.uint8)
    box = np.array([0, 0, 1, 1, 0], np.float32)
    moved = augment.move(picture, box, 80, STILL, rng)
    np.testing.assert_array_equal(moved, picture)
    assert np.abs(augment.change(picture, STILL, rng).astype(int) - picture).max() <= 1


@pytest.mark.parametrize("view", [0, 1, 2, 3])
def test_the_student_sees_the_crop_that_the_teacher_saw(view):
    y, x = np.mgrid[:80, :80]
    picture = np.dstack([x * 3, y * 3, (x + y) * 1.5]).astype(
        np.uint8
    )  # every place its own colour
    box = teacher.view_boxes(1, view)[0]
    seen = teacher.cropped(picture, box, 40)
    moved = augment.move(picture, box, 40, STILL, np.random.default_rng(0))
    assert np.abs(seen.astype(int) - moved)[3:-3, 3:-3].max() <= 8  # about two pixels


def test_a_loose_student_keeps_the_answer_and_sees_another_crop():
    answered = feed(taught=True, side=32, loose=True, teacher_views=1)
    batch = answered.batch(0, 0)
    whole = feed(taught=True, side=32, teacher_views=1).batch(0, 0)
    assert torch.equal(batch.targets.norm(dim=1), whole.targets.norm(dim=1))
    small = Augmentation(**STILL.model_dump() | {"smallest": 0.3})
    first, second = (
        feed(small, taught=True, side=32, teacher_views=1, loose=loose).batch(0, 0)
        for loose in (True, False)
    )
    assert not torch.equal(first.views[0][:6], second.views[0][:6])
    rows = first.items[:6] % 3  # the toy teacher answers by the class
    assert first.targets[:6].argmax(1).tolist() == rows.tolist()


@pytest.mark.parametrize("photo", [0.0, 1.0])
def test_augmented_pictures_stay_pictures_and_follow_their_generator(photo):
    picture = toys.picture_set("caltech101").pixels[0]
    before, settings = picture.copy(), Augmentation(photo=photo, blur=1, jpeg=1, erase=1, dark=0.5)

    def changed(seed):
        rng = np.random.default_rng(seed)
        box = augment.random_box(0.3, rng)
        return augment.change(augment.move(picture, box, 48, settings, rng), settings, rng)

    assert changed(1).shape == (48, 48, 3) and changed(1).dtype == np.uint8
    np.testing.assert_array_equal(changed(1), changed(1))
    assert not np.array_equal(changed(1), changed(2))
    np.testing.assert_array_equal(picture, before)


def test_boxes_lie_inside_and_are_as_large_as_asked():
    rng = np.random.default_rng(0)
    for _ in range(200):
        left, top, width, height, _ = augment.random_box(0.4, rng)
        assert min(left, top) >= 0 and max(left + width, top + height) <= 1 + 1e-6
        assert width * height > 0.4 - 1e-6
        assert 3 / 4 - 1e-6 <= width / height <= 4 / 3 + 1e-6


def test_an_item_on_black_keeps_its_pixels_on_another_background():
    picture = np.zeros((40, 40, 3), np.uint8)
    picture[10:30, 10:30] = 200
    shown = augment.on_background(picture, np.random.default_rng(3))
    middle = shown[12:28, 12:28]
    assert (middle == 200).all() or (middle == 55).all()  # as it was, or inverted
    assert (shown[0, 0] > 0).any()


# The teacher.


def test_the_projection_keeps_what_varies_most():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2000, 300)).astype(np.float32) * np.linspace(3, 0.1, 300)
    mean, axes = targets._projection([features + 5])
    np.testing.assert_allclose(mean, features.mean(0) + 5, atol=1e-4)
    spread = ((features - features.mean(0)) @ axes).std(0)
    assert axes.shape == (300, targets.DIMENSION)
    assert (np.diff(spread) < 1e-3).all()  # the axes come in order
    # Half-whitened: the deviation of an axis is the root of what it was.
    assert spread[0] == pytest.approx(
        np.sqrt(np.linalg.norm(features - features.mean(0), 2) / 2000**0.5), rel=0.02
    )


def test_each_set_weighs_as_much_in_the_projection():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(count, 300)).astype(np.float32) for count in (400, 4000)]
    sets[0][:, 0] *= 30  # the small set varies most there, the large one elsewhere
    sets[1][:, 1] *= 20
    _, axes = targets._projection(sets)
    assert np.abs(axes[:, 0]).argmax() == 0
    assert np.abs(axes[:, 1]).argmax() == 1


def test_views_are_the_picture_its_mirror_image_and_crops():
    plain, mirrored, crop = (teacher.view_boxes(100, view) for view in range(3))
    assert (plain == [0, 0, 1, 1, 0]).all()
    assert (mirrored == [0, 0, 1, 1, 1]).all()
    assert (crop[:, :2] + crop[:, 2:4] <= 1 + 1e-6).all()
    assert (crop == teacher.view_boxes(100, 2)).all()
    assert not (crop == teacher.view_boxes(100, 3)).all()


def test_the_teacher_looks_once_and_row_by_row(tmp_path, monkeypatch):
    rows = write_shards(tmp_path / "caltech101")
    seen = []

    def load(name, weights):
        assert (name, weights) == ("caltech101", "lite2")

        def forward(batch):
            seen.append(len(batch))
            return np.repeat([[one.mean()] for one in batch], teacher.DIMENSION, axis=1)

        return forward, 224

    monkeypatch.setattr(teacher, "_load", load)
    made = teacher.features("caltech101", tmp_path, 0, "lite2", batch_size=8)
    assert seen == [8, 8, 8, 6]
    assert made.shape == (30, teacher.DIMENSION) and made.dtype == np.float16
    means = [photos.square(photos.load(row["image"]["bytes"]), 224).mean() for row in rows]
    np.testing.assert_allclose(made[:, 0], means, rtol=1e-3)
    again = teacher.features("caltech101", tmp_path, 0, "lite2")
    np.testing.assert_array_equal(again, made)
    assert len(seen) == 4  # kept on the disk
