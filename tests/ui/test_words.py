"""Words on the page: alone, beside a photo, and what is said of who reads them."""

from dataclasses import replace

import pytest

from lookalike.errors import LookalikeError
from lookalike.ui import panels, votes, words
from lookalike.ui.rounds import Choices
from lookalike.ui.visit import Visit
from tests.ui.toy_search import PHOTO

pytestmark = pytest.mark.usefixtures("finder")

CHOICES = Choices("toys", 1, ("resnet", "clip"), "embedded")


def _say(said, weight=0.5, choices=CHOICES):
    return lambda visit: visit.say(said, weight, choices)


def _photo(said=None):
    return lambda visit: visit.ask(PHOTO, CHOICES, said)


def _put_away(visit):
    visit.put_away = True


def _visit(*steps) -> Visit:
    visit = Visit(votes.new_session())
    for step in steps:
        step(visit)
    return visit


@pytest.mark.parametrize(
    ("steps", "photo", "said"),
    [
        ([_say("red")], False, "red"),
        ([_photo(), _say("red")], True, "red"),
        ([_photo("red")], True, "red"),  # what stands in the box when a photo comes
        ([_photo(), _say("red"), _say("blue")], True, "blue"),
        ([_photo(), _say("red"), _say(None)], True, None),  # back to the photo
        ([_say("red"), _photo("red")], True, "red"),
        ([_photo(), _put_away, _say("red")], False, "red"),  # the page shows no photo any more
        ([_photo(), _put_away, _say("red"), _photo(), _say("red")], True, "red"),
    ],
)
def test_words_go_with_the_photo_that_the_page_shows(steps, photo, said):
    query = _visit(*steps).round.query
    assert (query.photo is not None, query.words) == (photo, said)


def test_words_that_are_cleared_leave_the_photo_as_it_was():
    visit = _visit(_photo())
    before = visit.round
    for step in (_say("red", 0.3), _say(None)):
        step(visit)
    assert visit.round is not before and visit.round.query.sha256 == before.query.sha256
    assert visit.round.view is before.view and visit.round.photo == before.photo


def test_without_a_photo_cleared_words_leave_nothing():
    assert _visit(_say("red"), _say(None)).round is None
    for steps in ([], [_photo(), _put_away]):
        with pytest.raises(LookalikeError, match="no words to search for"):
            _say(None)(_visit(*steps))


def test_who_does_not_read_words_has_answered_when_they_change(finder):
    visit = _visit(_photo())
    first = {method: visit.round.answer(method, visit.session) for method in CHOICES.methods}
    _say("red")(visit)
    assert visit.round.panels == {"resnet": first["resnet"]}
    mixed = visit.round.answer("clip", visit.session)
    assert mixed.answer.read_words and mixed.token != first["clip"].token
    _say("red", 0.5, replace(CHOICES, k=2))(visit)
    assert visit.round.panels == {}  # with other settings, all are asked


def test_late_words_land_in_their_own_round(finder):
    visit = _visit(_say("a boot"))
    asked = visit.round
    finder.meanwhile.append(lambda: visit.ask(PHOTO, CHOICES))
    assert asked.answer("clip", visit.session).answer.read_words
    assert list(asked.panels) == ["clip"] and visit.round.panels == {}


def test_a_thumb_goes_with_what_the_method_was_asked(finder):
    visit = _visit(_photo(), _say("red"))
    asked = visit.round
    for method, vote in (("resnet", 1), ("clip", -1)):
        visit.vote(asked.answer(method, visit.session).token, 7, vote)
    alone = asked.query.with_words(None)
    stand = {
        method: [
            votes.standing(visit.session, query.sha256, finder.gallery, method)
            for query in (alone, asked.query)
        ]
        for method in CHOICES.methods
    }
    assert stand == {"resnet": [{7: 1}, {}], "clip": [{}, {7: -1}]}


@pytest.mark.parametrize(
    ("choices", "message", "hint"),
    [
        (replace(CHOICES, methods=("resnet",)), "None of the chosen methods", "Tick CLIP"),
        (
            replace(CHOICES, methods=("resnet",), not_indexed=("clip",)),
            "CLIP has no index of this gallery",
            "index build --gallery toys --method clip",
        ),
    ],
)
def test_words_alone_need_a_method_that_reads(choices, message, hint):
    with pytest.raises(LookalikeError, match=message) as raised:
        _say("red", choices=choices)(_visit())
    assert hint in raised.value.hint
    mixed = _visit(_photo(), _say("red", choices=choices)).round
    assert "None of the chosen methods reads words" in words.hint(mixed)


@pytest.mark.parametrize(
    ("steps", "method", "row", "tab"),
    [
        ([_photo()], "clip", "", ""),
        ([_say("red")], "clip", "“red”", "“red”"),
        ([_say("red")], "resnet", None, "ResNet does not read words."),  # and no row
        ([_photo(), _say("red")], "clip", "the photo and <bdi>“red”", "the photo and <bdi>“red”"),
        ([_photo(), _say("red")], "resnet", "the photo alone", "the photo alone"),
        ([_say("<b>")], "clip", "“&lt;b&gt;”", "“&lt;b&gt;”"),
    ],
)
def test_each_method_says_what_it_answers(steps, method, row, tab):
    asked = _visit(*steps).round
    asked.answer(method, "session")
    shown, larger = panels.both(method, asked)
    assert (row in shown) if row is not None else (shown == "")
    assert tab in larger
    assert ("lk-answered" in shown) == bool(row)


def test_words_alone_and_words_beside_a_photo_are_told_apart():
    assert "Only CLIP reads words" in words.hint(_visit(_say("red")).round)
    mixed = words.hint(_visit(_photo(), _say("red")).round)
    assert "CLIP answers the photo and the words together" in mixed
    assert "words" not in words.hint(_visit(_photo()).round)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        (None, "CLIP reads words; the others look at photos."),
        ("a red asdfgh", "Lookalike has never met the word “asdfgh”."),
        ("a red boot", "CLIP reads words"),
    ],
)
def test_words_that_nobody_has_met_are_named_under_the_box(said, note):
    asked = _visit(_say(said)).round if said else None
    if asked:
        asked.answer("clip", "session")
    assert note in words.note(["resnet", "clip"], asked)
    assert words.note(["resnet"]) == ""
