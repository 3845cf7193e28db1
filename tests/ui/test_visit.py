"""What a page shows when the visitor is faster than the methods, or the database is away."""

from dataclasses import dataclass, field

import gradio as gr
import numpy as np
import pytest

from lookalike.detectors.base import Proposal
from lookalike.encoders import registry
from lookalike.errors import LookalikeError, StorageError, VoteError
from lookalike.search import query
from lookalike.search.query import Subject
from lookalike.search.response import Answer, Result, Steps
from lookalike.ui import layout, votes
from lookalike.ui import visit as module
from lookalike.ui.panels import left_out
from lookalike.ui.visit import Choices, Listing, Visit
from lookalike.ui.wiring import wire

PHOTO = np.zeros((28, 28, 3), np.uint8)
WHOLE = Proposal((0, 0, 28, 28), 0.0, "whole photo")
FOUND = Proposal((4, 4, 20, 20), 0.9, "yolo")
SUBJECT = Subject(FOUND.box, FOUND.score, FOUND.source, (FOUND, WHOLE))
CHOICES = Choices("toys", 1, ("one", "two"), "embedded")


@dataclass
class Gallery:
    """A gallery of one."""

    name: str = "toys"
    fingerprint: str = "0" * 64


@dataclass
class Finder:
    """A searcher that does something else first."""

    meanwhile: list = field(default_factory=list)
    gallery: Gallery = field(default_factory=Gallery)

    def answer(self, crop, method, k, weights, exclude=None) -> Answer:
        for happens in self.meanwhile:
            happens()
        results = [Result(1, 7, "seven", "Boot", 0.1, 0.99)]
        return Answer(method, weights, "0" * 64, "exact", False, Steps(), results)

    def load(self, method, weights):
        return None, None


@pytest.fixture
def finder(monkeypatch):
    finder = Finder()
    monkeypatch.setattr(module, "searcher", lambda gallery: finder)
    monkeypatch.setattr(query, "find_subject", lambda view, wanted: SUBJECT)
    votes.store.cache_clear()
    votes.shown.cache_clear()
    yield finder
    votes.store.cache_clear()


def _asked() -> Visit:
    visit = Visit()
    visit.ask(PHOTO, CHOICES)
    return visit


def test_a_method_answers_a_query_once(finder):
    visit = _asked()
    assert visit.answer("one")
    assert not visit.answer("one")
    assert not visit.answer("a method that was not chosen")


def test_a_photo_is_searched_by_its_subject_and_a_catalogue_picture_as_it_is(finder):
    visit = Visit()
    visit.ask(PHOTO, CHOICES)
    assert visit.query.subject.box == FOUND.box
    visit.ask_whole(PHOTO, CHOICES)
    assert visit.query.subject.box == WHOLE.box
    assert visit.query.subject.proposals == (FOUND, WHOLE)  # still there to choose


def test_a_late_answer_to_an_older_query_is_dropped(finder):
    visit = _asked()
    finder.meanwhile.append(lambda: visit.ask(PHOTO, CHOICES))
    assert not visit.answer("one")
    assert visit.panels == {}
    finder.meanwhile.clear()
    assert visit.answer("one")


def test_a_failure_is_shown_in_its_own_panel_only(finder):
    visit = _asked()

    def fail() -> None:
        raise LookalikeError("Broken.", "Mend it.")

    finder.meanwhile.append(fail)
    assert visit.answer("one")
    finder.meanwhile.clear()
    assert visit.answer("two")
    assert isinstance(visit.panels["one"], LookalikeError)
    assert isinstance(visit.panels["two"], Listing)


def test_an_unexpected_failure_says_nothing_about_the_server(finder):
    visit = _asked()
    finder.meanwhile.append(lambda: {}["/secret/path"])
    assert visit.answer("one")
    assert "secret" not in str(visit.panels["one"])


def test_results_are_shown_while_the_database_is_away(finder, monkeypatch):
    def away(*_: object) -> None:
        raise StorageError("Away.", "Wait.")

    monkeypatch.setattr(votes, "standing", away)
    visit = _asked()
    assert visit.answer("one")
    assert visit.panels["one"].thumbs == {}


def test_thumbs_are_found_again_by_the_session(finder):
    first = _asked()
    first.answer("one")
    first.vote("one", first.panels["one"].token, 7, -1)
    again = Visit(session=first.session)
    again.ask(PHOTO, CHOICES)
    again.answer("one")
    assert again.panels["one"].thumbs == {7: -1}


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
def test_of_thumbs_that_overtake_each_other_the_one_pressed_last_stands(finder, presses, stands):
    visit = _asked()
    visit.answer("one")
    token = visit.panels["one"].token
    for press, vote in presses:
        visit.vote("one", token, 7, vote, press)
    assert visit.panels["one"].thumbs[7] == stands
    assert votes.count() == abs(stands)


def test_a_thumb_that_could_not_be_stored_does_not_stop_an_earlier_one(finder):
    visit = _asked()
    visit.answer("one")
    token = visit.panels["one"].token
    with pytest.raises(VoteError):
        visit.vote("one", token, 7, 5, 2)
    visit.vote("one", token, 7, -1, 1)
    assert visit.panels["one"].thumbs == {7: -1}


@pytest.mark.parametrize("kept", [None, "", 7, "x" * 32, "A" * 32, "0" * 31, ["0" * 32], "0" * 99])
def test_a_session_that_was_made_up_is_replaced(kept):
    assert votes.session_or_new(kept) != kept


@pytest.mark.parametrize(
    ("token", "item"),
    [("made up", 7), (None, 7), ("the token", 8), ("the token", "7"), ("the token", True)],
)
def test_only_shown_results_become_the_query(finder, token, item):
    visit = _asked()
    visit.answer("one")
    token = visit.panels["one"].token if token == "the token" else token
    with pytest.raises(LookalikeError):
        visit.shown_item(token, item)


@pytest.mark.parametrize(
    "values",
    [
        ("fashion-mnist", 10, [], "embedded"),
        ("fashion-mnist", 10, "resnet", "embedded"),
        ("fashion-mnist", 10, [7], "embedded"),
        ("fashion-mnist", 10, [["resnet"]], "embedded"),
        ("fashion-mnist", "10", ["resnet"], "embedded"),
        ("fashion-mnist", 10, ["resnet"], {"a": 1}),
        (["fashion-mnist"], 10, ["resnet"], "embedded"),
        (None, 10, ["resnet"], "embedded"),
    ],
)
def test_choices_that_are_none_are_refused(values):
    with pytest.raises(LookalikeError):
        Choices.of(*values)


def test_a_method_without_an_index_of_the_gallery_is_not_asked(monkeypatch):
    monkeypatch.setattr(module, "indexed", lambda gallery: ["vit", "clip"])
    values = "fashion-mnist", 10, ["resnet", "vit"], "embedded"
    choices = Choices.of(*values)
    assert (choices.methods, choices.not_indexed) == (("vit",), ("resnet",))
    assert "index build --gallery fashion-mnist --method resnet" in left_out("resnet", choices)
    assert "is not chosen" in left_out("clip", choices)


def test_a_gallery_without_any_index_asks_all_so_that_each_says_how_to_build_one(monkeypatch):
    monkeypatch.setattr(module, "indexed", lambda gallery: [])
    choices = Choices.of("fashion-mnist", 10, ["resnet", "vit"], "embedded")
    assert (choices.methods, choices.not_indexed) == (("resnet", "vit"), ())


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        (["vit", "resnet"], ["resnet", "vit"]),  # in the registry's order; no box for words
        (["clip"], ["clip"]),
        ([], registry.defaults()),  # each says how to build an index
    ],
)
def test_the_page_shows_the_methods_that_some_gallery_has_an_index_for(monkeypatch, there, shown):
    monkeypatch.setattr(layout, "indexed", lambda gallery: there)
    with gr.Blocks() as blocks:
        page = layout.lay_out()
        wire(page, blocks)
    assert list(page.rows) == list(page.lists) == shown


@pytest.mark.parametrize(
    ("setting", "offered"),
    [("embedded", ["embedded"]), ("hub", ["embedded", "hub"])],  # by an index, or by the setting
)
def test_the_page_offers_the_weights_that_can_answer(fresh_settings, setting, offered):
    fresh_settings(WEIGHTS=setting)
    with gr.Blocks():
        page = layout.lay_out()
    assert [value for _, value in page.weights.choices] == offered
