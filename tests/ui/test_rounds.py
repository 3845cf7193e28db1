"""What a page shows when the visitor is faster than the methods, or the database is away."""

import pytest

from lookalike.errors import LookalikeError, StorageError, VoteError
from lookalike.ui import votes
from lookalike.ui.rounds import Listing
from lookalike.ui.visit import Visit
from tests.ui.toy_search import CHOICES, FOUND, PHOTO, WHOLE

pytestmark = pytest.mark.usefixtures("finder")


def _asked() -> Visit:
    visit = Visit(votes.new_session())
    visit.ask(PHOTO, CHOICES)
    return visit


def _answered() -> Visit:
    visit = _asked()
    visit.round.answer("one", visit.session)
    return visit


def test_a_method_answers_a_round_once():
    asked = _asked().round
    assert asked.answer("one", "session") is asked.answer("one", "session")
    assert asked.answer("a method that was not chosen", "session") is None
    assert list(asked.panels) == ["one"]


def test_a_photo_is_searched_by_its_subject_and_a_catalogue_picture_as_it_is():
    visit = _asked()
    assert visit.round.subject.box == FOUND.box
    visit.ask_whole(PHOTO, CHOICES)
    assert visit.round.subject.box == WHOLE.box
    assert visit.round.subject.proposals == (FOUND, WHOLE)  # still there to choose


def test_a_proposal_keeps_its_score_and_the_photo():
    visit = _asked()
    before = visit.round
    visit.ask_proposal(FOUND)
    assert (visit.round.subject.score, visit.round.subject.source) == (FOUND.score, FOUND.source)
    visit.ask_box((1, 1, 9, 9), "dragged")
    assert visit.round.subject.score == 1.0
    assert visit.round.view is before.view and visit.round.photo == before.photo


def test_a_late_answer_lands_in_its_own_round(finder):
    visit = _asked()
    first = visit.round
    finder.meanwhile.append(lambda: visit.ask(PHOTO, CHOICES))
    first.answer("one", visit.session)
    assert visit.round is not first
    assert list(first.panels) == ["one"] and visit.round.panels == {}


def test_a_failure_is_shown_in_its_own_panel_only(finder):
    asked = _asked().round

    def fail() -> None:
        raise LookalikeError("Broken.", "Mend it.")

    finder.meanwhile.append(fail)
    asked.answer("one", "session")
    finder.meanwhile.clear()
    asked.answer("two", "session")
    assert isinstance(asked.panels["one"], LookalikeError)
    assert isinstance(asked.panels["two"], Listing)


def test_an_unexpected_failure_says_nothing_about_the_server(finder):
    finder.meanwhile.append(lambda: {}["/secret/path"])
    assert "secret" not in str(_asked().round.answer("one", "session"))


def test_results_are_shown_while_the_database_is_away(monkeypatch):
    def away(*_: object) -> None:
        raise StorageError("Away.", "Wait.")

    monkeypatch.setattr(votes, "standing", away)
    assert _asked().round.answer("one", "session").thumbs == {}


def test_thumbs_are_found_again_by_the_session():
    first = _answered()
    first.vote(first.round.panels["one"].token, 7, -1)
    again = Visit(first.session)
    again.ask(PHOTO, CHOICES)
    assert again.round.answer("one", again.session).thumbs == {7: -1}
    other = _answered()
    assert other.round.panels["one"].thumbs == {}


@pytest.mark.parametrize(
    ("presses", "stands"),
    [
        ([(1, -1), (2, 1)], 1),
        ([(2, 1), (1, -1)], 1),
        ([(1, 1), (4, 0), (3, -1), (2, 1)], 0),
        ([(2, 1), (None, -1)], -1),
        ([(2, 1), ("1", -1)], -1),
    ],
    ids=["in order", "overtaken", "taken back", "without a number", "with none that counts"],
)
def test_of_thumbs_that_overtake_each_other_the_one_pressed_last_stands(presses, stands):
    visit = _answered()
    token = visit.round.panels["one"].token
    for press, vote in presses:
        visit.vote(token, 7, vote, press)
    assert visit.round.panels["one"].thumbs[7] == stands
    assert votes.count() == abs(stands)


def test_a_thumb_that_could_not_be_stored_does_not_stop_an_earlier_one():
    visit = _answered()
    token = visit.round.panels["one"].token
    with pytest.raises(VoteError):
        visit.vote(token, 7, 5, 2)
    visit.vote(token, 7, -1, 1)
    assert visit.round.panels["one"].thumbs == {7: -1}


def test_a_thumb_on_an_older_round_is_stored_and_shown_there_only():
    visit = _answered()
    first = visit.round
    visit.ask_proposal(WHOLE)
    visit.round.answer("one", visit.session)
    visit.vote(first.panels["one"].token, 7, 1)
    assert votes.count() == 1
    assert visit.round.panels["one"].thumbs == {}


@pytest.mark.parametrize("kept", [None, "", 7, "x" * 32, "A" * 32, "0" * 31, ["0" * 32], "0" * 99])
def test_a_session_that_was_made_up_is_replaced(kept):
    assert votes.session_or_new(kept) != kept


@pytest.mark.parametrize(
    ("token", "item"),
    [("made up", 7), (None, 7), ("the token", 8), ("the token", "7"), ("the token", True)],
)
def test_only_shown_results_become_the_query(token, item):
    visit = _answered()
    token = visit.round.panels["one"].token if token == "the token" else token
    with pytest.raises(LookalikeError):
        visit.shown_item(token, item)


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        ("", "no photo"),  # nothing was ever asked
        ("aa-bb-1", "visit has ended"),  # the page shows a photo that is gone
        (None, "no photo"),
    ],
)
def test_a_page_that_asks_about_no_photo_is_told_why(turn, said):
    with pytest.raises(LookalikeError, match=said):
        Visit("session").round_on(turn)


def test_a_page_that_shows_another_photo_is_told_so():
    visit = _asked()
    turn = visit.round.turn(1)
    assert visit.round_on(turn) is visit.round
    visit.ask_proposal(WHOLE)
    assert not visit.round.is_shown(turn)
    assert visit.round_on(turn) is visit.round  # the same photo
    visit.ask(PHOTO, CHOICES)
    with pytest.raises(LookalikeError, match="another one by now"):
        visit.round_on(turn)
