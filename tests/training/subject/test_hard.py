"""The harder composites: tight boxes, and never more of a subject hidden than is stated."""

import numpy as np
import pytest

from lookalike.training.subject import figures, hard, rooms, sources
from lookalike.training.subject.composites import compose
from lookalike.training.subject.drawing import tight_box

SHAPE = (90, 120)


def slab(size=60):
    """A red slab with alpha, in a frame that is larger than it."""
    cut = np.zeros((size, size, 4), np.uint8)
    cut[15:45, 10:50] = (250, 0, 0, 255)
    return cut


@pytest.fixture
def found():
    scenery = np.random.default_rng(0).integers(0, 256, (500, 600, 3)).astype(np.uint8)
    photo = np.full((50, 70, 4), 120, np.uint8)
    photo[..., 3] = 0
    photo[10:40, 20:60, 3] = 255
    return sources.Sources([slab], [lambda: scenery], photographs=[lambda: photo])


@pytest.mark.parametrize("kind", hard.TRAINED)
def test_every_kind_is_seeded_and_its_boxes_lie_inside(found, kind):
    only = {kind: (hard.TRAINED[kind][0], 1.0)}
    with_subject = 0
    for index in range(6):
        first, again = (compose(found, 3, index, 120, only) for _ in range(2))
        assert first.photo.tobytes() == again.photo.tobytes()
        assert first.boxes == again.boxes
        height, width = first.photo.shape[:2]
        assert max(height, width) == 120
        assert all(
            0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height for x1, y1, x2, y2 in first.boxes
        )
        with_subject += bool(first.boxes)
    assert with_subject == (0 if kind == "bystanders" else 6)


def test_kinds_are_drawn_as_often_as_they_say(found):
    for kinds in (hard.HARD, hard.TRAINED):
        assert sum(share for _, share in kinds.values()) == pytest.approx(1)


def test_masks_are_where_the_subject_is_seen(monkeypatch, found):
    """On black, without light, shadows or softness, red is seen in the mask and nowhere else."""
    monkeypatch.setattr(hard, "matched", lambda placed, canvas, rng: placed)
    monkeypatch.setattr(hard, "relight", lambda colour, rng: colour)
    for cast in ("standing", "shadow"):
        monkeypatch.setattr(hard, cast, lambda canvas, alpha, rng: canvas)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        canvas, masks = hard._items(found, np.zeros((*SHAPE, 3), np.float32), [0.6, 0.3], rng)
        box, seen = tight_box(np.any(masks, axis=0)), tight_box(canvas[..., 0] > 125)
        assert np.abs(np.subtract(box, seen)).max() <= 1


@pytest.mark.parametrize(
    ("columns", "hides"),
    [
        (0, False),  # beside it
        (13, True),  # a third of it, less a little
        (15, False),  # more than is allowed: it is left out
        (40, False),  # all of it
    ],
)
def test_what_is_in_front_hides_no_more_than_is_stated(columns, hides):
    subject = np.zeros(SHAPE, bool)
    subject[20:60, 40:80] = True
    front = np.zeros((*SHAPE, 4), np.uint8)
    front[:, 40 : 40 + columns] = 255
    canvas, (mask,) = hard.cover(np.zeros((*SHAPE, 3), np.float32), [subject], front)
    assert (mask.sum() < subject.sum()) == hides
    assert (mask.sum() >= (1 - hard.MOST_HIDDEN) * subject.sum()) and not (mask & ~subject).any()
    assert (canvas.max() > 0) == hides  # what hides too much is not drawn at all


@pytest.mark.parametrize("seed", range(8))
def test_figures_are_layers_of_the_canvas(seed):
    rng = np.random.default_rng(seed)
    at = np.array([60.0, 45.0])
    for layer in (
        figures.person(SHAPE, rng),
        figures.arm(SHAPE, at, rng),
        figures.bar(SHAPE, at, rng),
    ):
        assert layer.shape == (*SHAPE, 4)
        assert layer.dtype == np.uint8
    assert (layer[..., 3] > 127).any()  # a bar through the middle is seen


def test_a_hand_ends_where_it_is_told():
    at = np.array([60.0, 45.0])
    for seed in range(10):
        layer = figures.arm(SHAPE, at, np.random.default_rng(seed))
        assert layer[45, 60, 3] > 127 or layer[43:48, 58:63, 3].max() > 127


@pytest.mark.parametrize("place", [rooms.room, rooms.studio])
@pytest.mark.parametrize("shape", [(1, 1), (3, 90), (90, 3), SHAPE])
def test_places_have_the_shape_that_was_asked_for(place, shape):
    for seed in range(5):
        canvas = place(shape, np.random.default_rng(seed))
        assert canvas.shape == (*shape, 3)
        assert canvas.dtype == np.float32
        assert np.isfinite(canvas).all()


def test_light_leaves_the_outline_of_a_cut_out():
    rng = np.random.default_rng(0)
    canvas = np.full((60, 60, 3), 200, np.float32)
    lit = hard.matched(slab(), canvas, rng)
    assert np.array_equal(lit[..., 3], slab()[..., 3])
    assert not np.array_equal(lit[..., :3], slab()[..., :3])


def test_a_photograph_without_a_sure_box_is_not_drawn(found):
    clear = np.zeros((50, 70, 4), np.uint8)
    unsure = sources.Sources(found.cutouts, found.backgrounds, photographs=[lambda: clear])
    only = {"photograph": (hard.TRAINED["photograph"][0], 1.0)}
    assert compose(unsure, 1, 1, 96, only).boxes == []
