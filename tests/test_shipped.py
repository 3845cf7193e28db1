"""What travels with the project: it answers at once, offline, with nowhere to write."""

from pathlib import Path

import pytest

from lookalike import photos
from lookalike.encoders import registry
from lookalike.galleries import gallery as galleries
from lookalike.galleries.gallery import open_gallery
from lookalike.index.opened import IndexKey, installed, read_meta, verify_index
from lookalike.search import search
from lookalike.search.methods import indexed
from lookalike.settings import REPOSITORY

pytestmark = pytest.mark.slow  # it loads every model and every index

LARGEST = 10 * 2**20  # bytes; what hosts take without LFS
GALLERIES = ["things", "fashion-mnist"]  # the default first
SHIPPED = sorted(
    str(meta.parent.relative_to(REPOSITORY)) for meta in REPOSITORY.glob("indexes/*/*/*/meta.json")
)


@pytest.mark.parametrize("gallery", GALLERIES)
def test_every_method_that_needs_no_network_is_indexed(gallery):
    assert indexed(gallery) == registry.defaults()
    for method in indexed(gallery):
        key = IndexKey(gallery, method, registry.spec(method).weights[0].name, "annoy")
        assert key.find() == key.path(REPOSITORY / "indexes")


def test_no_other_indexes_are_shipped():
    assert galleries.names() == GALLERIES
    assert [str(folder.relative_to(REPOSITORY)) for folder in installed()] == SHIPPED


@pytest.mark.parametrize("folder", SHIPPED)
def test_every_index_is_sound_small_and_finds_what_exact_search_finds(folder):
    verify_index(REPOSITORY / folder)
    meta = read_meta(REPOSITORY / folder)
    assert meta.recall_at_10 >= 0.95 and meta.dimension <= 128
    for path in (REPOSITORY / folder).iterdir():
        assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("folder", SHIPPED)
def test_probabilities_are_what_comes_true_but_for_a_twentieth(folder):
    kept = read_meta(REPOSITORY / folder).calibration
    assert kept is None or (kept.queries >= 300 and kept.expected_error <= 0.05)


def files(folder: Path):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("gallery", GALLERIES)
def test_every_indexed_method_answers_with_nowhere_to_write(gallery, tmp_path, fresh_settings):
    (tmp_path / "file").write_text("in the way")
    fresh_settings(HOME=tmp_path / "file" / "home")
    shipped = [REPOSITORY / kind for kind in ("galleries", "indexes", "models")]
    before = [files(folder) for folder in shipped]
    photo = photos.load(open_gallery(gallery)[1234].image)
    found = search(photo, gallery, k=5)
    assert [answer.method for answer in found.answers] == indexed(gallery)
    for answer in found.answers:
        assert len(answer.results) == 5 and answer.ms.total > 0
    assert [files(folder) for folder in shipped] == before
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
