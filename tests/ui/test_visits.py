"""How long a visit stays, and that nobody gets another one's."""

import pytest

from lookalike.ui.visit import Visit
from lookalike.ui.visits import Visits
from tests.ui.toy_search import CHOICES, PHOTO

SESSION = "0" * 32


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def _with_photo(store: Visits, name: str) -> Visit:
    visit = store.get(name)
    visit.ask(PHOTO, CHOICES)
    store.trim()
    return visit


def test_a_visit_is_found_by_its_name_only():
    store = Visits()
    names = [store.open(SESSION) for _ in range(100)]
    assert len(set(names)) == 100 and all(len(name) == 32 for name in names)
    assert len({id(store.get(name)) for name in names}) == 100
    for other in (None, "", 7, [names[0]], names[0].upper() + "0", "0" * 32):
        assert store.get(other) is None


def test_beyond_the_limit_the_one_left_alone_for_longest_goes():
    store = Visits(limit=3)
    first, second, third = (store.open(SESSION) for _ in range(3))
    store.get(first)
    fourth = store.open(SESSION)
    assert [bool(store.get(name)) for name in (first, second, third, fourth)] == [1, 0, 1, 1]


def test_photos_beyond_the_limit_of_bytes_go_but_never_the_last_one(finder):
    store = Visits(most_bytes=1)
    first = store.open(SESSION)
    kept = _with_photo(store, first)
    assert store.get(first) is kept and kept.round
    second = store.open(SESSION)
    _with_photo(store, second)
    assert store.get(first) is None and store.get(second).round


def test_a_visit_ends_when_nobody_touches_it(clock):
    store = Visits(idle_s=60, clock=clock)
    idle, used = store.open(SESSION), store.open(SESSION)
    clock.now = 50
    store.get(used)
    clock.now = 61
    store.sweep()
    assert len(store) == 1
    assert store.get(idle) is None and store.get(used)
    clock.now = 130
    assert store.get(used) is None  # also before it is swept


def test_an_ended_visit_holds_no_photo_and_no_file(finder, tmp_path):
    store = Visits()
    name = store.open(SESSION)
    visit = _with_photo(store, name)
    path = visit.picture(visit.round, lambda: b"a picture")
    assert path.read_bytes() == b"a picture"
    store.close(name)
    store.close(name)
    assert store.get(name) is None
    assert visit.round is None and not path.exists()


def test_the_picture_is_written_once_for_a_photo_and_goes_with_it(finder):
    visit = Visit(SESSION)
    visit.ask(PHOTO, CHOICES)
    path = visit.picture(visit.round, lambda: b"one")
    visit.ask_box((1, 1, 9, 9), "dragged")
    assert visit.picture(visit.round, lambda: b"two") == path
    path.unlink()  # by its age
    assert visit.picture(visit.round, lambda: b"three").read_bytes() == b"three"
    older, last = visit.round, visit.picture(visit.round, lambda: b"four")
    visit.ask(PHOTO, CHOICES)
    assert not last.exists()
    now = visit.picture(visit.round, lambda: b"five")
    visit.picture(older, lambda: b"six")  # a drawing that was overtaken
    assert now.exists()


def test_an_unknown_name_gets_a_fresh_visit_with_the_browsers_session():
    store = Visits()
    one, first = store.get_or_open("gone", SESSION)
    two, second = store.get_or_open("gone", None)
    assert first.session == SESSION
    assert second.session not in (SESSION, "") and len(second.session) == 32
    assert store.get_or_open(one, None) == (one, first) and one != two
