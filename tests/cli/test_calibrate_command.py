"""`lookalike index calibrate`, and what `index build` shows of it."""

import pytest

from lookalike import photos
from lookalike.galleries.gallery import Item, open_gallery
from lookalike.galleries.writer import write_shard
from lookalike.index.meta import read_meta


@pytest.fixture
def held_out(ready, pictures):
    """The gallery "toys" that is `ready`, which now holds 30 labelled pictures out."""
    shots = enumerate(pictures(30, seed=5))
    items = [Item(f"{n}", "odd" if n % 2 else "even", photos.to_png(shot)) for n, shot in shots]
    write_shard(ready.folder / "queries.parquet", items)
    return open_gallery("toys")


def kept(home, method):
    return read_meta(home / "indexes" / "toys" / f"{method}@embedded" / "annoy").calibration


def test_an_index_is_calibrated_where_it_is(run, held_out, home):
    assert kept(home, "toy") is None
    ran = run("index", "calibrate", "--gallery", "toys", "--method", "toy")
    assert ran.code == 0 and "calibrate toy: 100%" in ran.err
    error = kept(home, "toy").expected_error
    said = "30 held-out images, right is the same label; expected calibration error"
    assert ran.out == f"toy: {said} {error:.3f}\n"
    assert kept(home, "toy-far") is None


def test_an_index_in_another_folder_is_calibrated_there(run, held_out, home, tmp_path):
    where = ("--gallery", "toys", "--method", "toy", "--output", tmp_path)
    ran = run("index", "calibrate", *where)
    assert ran.code == 2 and "is missing" in ran.err
    assert run("index", "build", *where).code == 0
    ran = run("index", "calibrate", *where)
    assert ran.code == 0 and kept(home, "toy") is None


def test_building_shows_that_it_calibrates(run, held_out, home):
    ran = run("index", "build", "--gallery", "toys", "--method", "toy", "--anew")
    assert ran.code == 0 and "calibrate toy: 100%" in ran.err
    assert kept(home, "toy").queries == 30


def test_a_gallery_without_labelled_images_is_said_to_have_none(run, ready):
    ran = run("index", "calibrate", "--gallery", "toys", "--method", "toy")
    assert ran.code == 0 and "no labelled held-out images" in ran.out
