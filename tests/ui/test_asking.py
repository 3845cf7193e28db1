"""A page that comes back after its visit has ended, and one that says what it does not show."""

import gradio as gr
import pytest

from lookalike.ui import votes
from lookalike.ui.answering import Answering
from lookalike.ui.asking import Asking
from lookalike.ui.layout import lay_out
from lookalike.ui.panels import EMPTY
from lookalike.ui.rounds import Choices
from lookalike.ui.visits import visits
from tests.ui.toy_search import CHOICES, PHOTO

KEPT = "a" * 32
OLD = "aaaa-bbbb-1"  # what a page shows whose visit has ended
VALUES = ("fashion-mnist", 10, ["resnet"], "embedded")
WITH_CLIP = ("fashion-mnist", 10, ["resnet", "clip"], "embedded")

pytestmark = pytest.mark.usefixtures("finder")


@pytest.fixture
def page(finder):
    """The page's components."""
    with gr.Blocks():
        return lay_out()


@pytest.fixture
def asking(page):
    return Asking(page)


@pytest.mark.parametrize(
    "ask",
    [
        lambda asking: asking.proposal(0, "gone", KEPT, OLD),
        lambda asking: asking.box({"boxes": []}, "gone", KEPT, OLD),
        lambda asking: asking.settings("gone", KEPT, OLD, *VALUES),
    ],
    ids=["proposal", "box", "settings"],
)
def test_a_page_whose_visit_has_ended_says_so_and_goes_on_with_a_fresh_one(asking, page, ask):
    updates = ask(asking)
    assert "This visit has ended" in updates[page.status]
    assert "Choose a photo to go on." in updates[page.status]
    fresh = visits().get(updates[page.visit])
    assert fresh.session == KEPT and fresh.round is None


def test_a_method_says_so_too_instead_of_searching_for_ever(page):
    method = next(iter(page.rows))
    updates = Answering(page, method).answer("gone", OLD)
    assert "This visit has ended" in updates[page.rows[method]]
    assert "This visit has ended" in updates[page.lists[method]]


def test_words_go_on_with_a_fresh_visit(asking, page):
    updates = asking.words("gone", KEPT, OLD, "a boot", 0.5, *WITH_CLIP)
    visit = visits().get(updates[page.visit])
    assert visit.session == KEPT and visit.round.query.words == "a boot"
    assert "a boot" in updates[page.rows["clip"]] and updates[page.stage]["visible"] is False


def test_words_and_their_slider_come_and_go_with_the_photo(asking, page):
    name, visit = _asked()
    updates = asking.words(name, KEPT, "", "a boot", 0.5, *WITH_CLIP)
    assert updates[page.weight]["visible"] and updates[page.stage]["visible"]
    assert updates[page.words]["stop_btn"] and "value" not in updates[page.words]
    assert "the photo and" in updates[page.rows["clip"]]
    updates = asking.no_words(name, KEPT, "", "a boot", 0.5, *WITH_CLIP)
    assert updates[page.words] == {**updates[page.words], "stop_btn": False, "value": ""}
    assert not updates[page.weight]["visible"] and updates[page.stage]["visible"]
    assert visit.round.query.words is None


def test_a_page_whose_words_are_cleared_is_as_it_was_opened(asking, page):
    name = visits().open(KEPT)
    turn = asking.words(name, KEPT, "", "a boot", 0.5, *WITH_CLIP)[page.turn]
    updates = asking.no_words(name, KEPT, turn, "a boot", 0.5, *WITH_CLIP)
    assert (updates[page.turn], updates[page.empty]) == ("", EMPTY)
    assert "boot" not in str(updates) and EMPTY in updates[page.lists["clip"]]
    assert list(Answering(page, "clip").answer(name, "")) == [page.latency]  # which is skipped


def test_the_words_in_the_box_count_when_a_photo_comes(asking, page):
    name = visits().open(KEPT)
    event = gr.EventData(None, {"position": 0})
    asking.example(event, name, KEPT, "", "a boot", 0.25, *WITH_CLIP)
    query = visits().get(name).round.query
    assert (query.words, query.weight) == ("a boot", 0.25) and query.photo is not None


def test_what_stands_for_a_photo_is_not_asked_of_words(asking, page):
    name = visits().open(KEPT)
    turn = asking.words(name, KEPT, "", "a boot", 0.5, *WITH_CLIP)[page.turn]
    for updates in (
        asking.proposal(0, name, KEPT, turn),
        asking.box({"boxes": [{}]}, name, KEPT, turn),
    ):
        assert "There is no photo to search with." in updates[page.status]
    assert page.status in asking.settings(name, KEPT, turn, *WITH_CLIP)  # but other settings are
    assert visits().get(name).round.query.words == "a boot"


@pytest.mark.parametrize(
    "words",
    [
        "x" * 100_000,
        "\ud83d",  # half a surrogate pair
        "\0\x1b[2J",
        " \n\t ",
        "حذاء \u202e أحمر",
        "🚗👩\u200d🚀",
        "<script>alert(1)</script>{{value}}",
        "'; DROP TABLE votes; --",
        ["a", "list"],
        7,
        None,
    ],
)
def test_hostile_words_end_in_an_answer_or_two_sentences(asking, page, words):
    name = visits().open(KEPT)
    updates = asking.words(name, KEPT, "", words, 0.5, *WITH_CLIP)
    if page.turn in updates:
        answered = Answering(page, "clip").answer(name, updates[page.turn])
        assert "lk-card" in answered[page.rows["clip"]]
        assert "<script" not in str(answered) + str(updates)
    else:
        problem = updates[page.status]
        assert problem.count("<strong>") == 1 and problem.count(".</") == 2


def _asked():
    name = visits().open(KEPT)
    visit = visits().get(name)
    choices = Choices("fashion-mnist", 1, ("resnet",), "embedded")
    visit.ask(PHOTO, choices)
    return name, visit


def test_the_editors_echo_of_an_older_round_is_no_subject(asking, page):
    name, visit = _asked()
    turn = visit.round.turn(1)
    visit.ask_box((0, 0, 9, 9), "dragged")
    now = visit.round
    box = {"xmin": 80, "ymin": 80, "xmax": 400, "ymax": 400}
    assert asking.box({"boxes": [box]}, name, KEPT, turn).get(page.turn) is None
    assert visit.round is now
    moved = asking.box({"boxes": [box]}, name, KEPT, now.turn(2))
    assert visit.round is not now and moved[page.turn].startswith(visit.round.photo)


def test_an_answer_is_drawn_again_but_not_for_an_older_round(page):
    name, visit = _asked()
    answering = Answering(page, "resnet")
    turn = visit.round.turn(1)
    first, again = (answering.answer(name, turn) for _ in range(2))
    assert first[page.rows["resnet"]] != again[page.rows["resnet"]]  # another drawing
    assert visit.round.panels["resnet"].token in again[page.rows["resnet"]]
    visit.ask(PHOTO, CHOICES)
    assert page.rows["resnet"] not in answering.answer(name, turn)
    assert visit.round.panels == {}


def test_a_page_that_shows_an_older_round_is_drawn_once_more(asking, page):
    name, visit = _asked()
    turn = visit.round.turn(1)
    assert page.editor not in asking.waiting.settle(name, turn)
    visit.ask_box((0, 0, 9, 9), "dragged")
    drawn = asking.waiting.settle(name, turn)
    assert visit.round.is_shown(drawn[page.turn]) and page.editor in drawn
    assert page.editor not in asking.waiting.settle(name, drawn[page.turn])


def test_a_thumb_counts_after_the_visit_has_ended(page):
    name, visit = _asked()
    listing = visit.round.answer("resnet", KEPT)
    visits().close(name)
    event = gr.EventData(None, {"token": listing.token, "item": 7, "vote": 1, "press": 1})
    updates = Answering(page, "resnet").vote(event, name)
    assert list(updates) == [page.counter] and votes.count() == 1
