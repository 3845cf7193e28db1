"""The markup of results: what anything from outside can do to it, and what it says."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from lookalike.errors import LookalikeError
from lookalike.search.query import Query, Subject, View
from lookalike.search.response import Answer, Result, Steps
from lookalike.ui import markup, panels
from lookalike.ui.cards import cards
from lookalike.ui.chart import chart
from lookalike.ui.rounds import Choices, Listing, Round

EVIL = "<script>alert(1)</script>\" onerror='x' {{value}} ${value}"
GREY = np.full((28, 28, 3), 90, np.uint8)


class OneGallery:
    """What a card needs of a gallery."""

    name = "toys"
    fingerprint = "f" * 64


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes) -> None:
        self.found.append((tag, dict(attributes)))


def _answer(**changes) -> Answer:
    result = Result(1, 7, "boots/7.png", "Boot", 0.125, 0.987)
    answer = Answer("resnet", "embedded", "0" * 64, "annoy", False, Steps(4, 2, 0), [result])
    return replace(answer, **changes)


def _listing(answer: Answer | None = None, thumbs: dict | None = None) -> Listing:
    return Listing(answer or _answer(), OneGallery(), "token", thumbs or {})


def _round(**panels_: Listing | LookalikeError) -> Round:
    subject = Subject((0, 0, 28, 28), 0.8, "yolo", ms=21.0)
    choices = Choices("toys", 1, tuple(panels_) or ("resnet",), "embedded")
    return Round(Query(GREY, View.of(GREY), subject), choices, _panels=dict(panels_))


@pytest.mark.parametrize(
    ("answer", "said", "unsaid"),
    [
        (_answer(), ["embedded weights", "Weights: <b>embedded</b>, resnet/embedded"], "Nothing"),
        (_answer(method="hash", weights="none"), ["no weights", "Nothing is trained."], "Weights:"),
    ],
)
def test_a_tab_says_what_was_trained(answer, said, unsaid):
    html = panels.tab(answer.method, _listing(answer), 1)
    assert all(words in html for words in said)
    assert unsaid not in html


def test_a_card_says_what_the_result_is():
    html = cards(_listing())
    for said in ("Boot", "0.125", "closer than", "98%", "random pairs"):
        assert said in html


def test_a_card_shows_its_thumbnail_by_address():
    assert f'src="thumbnail/toys/{"f" * 16}/7"' in cards(_listing())
    assert "base64" not in panels.tab("resnet", _listing(), 1)


@pytest.mark.parametrize("where", ["name", "label"])
def test_markup_in_a_gallery_is_shown_as_text(where):
    evil = replace(_answer().results[0], **{where: EVIL})
    html = panels.tab("resnet", _listing(_answer(results=[evil])), 1)
    tags = Tags(html).found
    assert "script" not in [tag for tag, _ in tags]
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)


def test_markup_in_an_error_is_shown_as_text():
    assert "<script" not in panels.row("resnet", LookalikeError(EVIL, EVIL), 1)


def test_a_command_in_a_hint_is_set_apart():
    assert "<code>make demo</code>" in markup.problem("No.", "Run `make demo`.")


@pytest.mark.parametrize(
    ("thumbs", "pressed"),
    [({}, ["false", "false"]), ({7: 1}, ["true", "false"]), ({7: -1}, ["false", "true"])],
)
def test_thumbs_say_which_way_they_stand(thumbs, pressed):
    tags = Tags(cards(_listing(thumbs=thumbs))).found
    buttons = [attributes for _, attributes in tags if "data-vote" in attributes]
    assert [button["aria-pressed"] for button in buttons] == pressed
    assert [button["aria-label"].split(":")[0] for button in buttons] == [
        "Thumbs up",
        "Thumbs down",
    ]


@pytest.mark.parametrize(
    ("share", "said"),
    # A share is never rounded up to more than was measured.
    [(0.999999, "99.9%"), (1.0, "99.9%"), (0.9951, "99.5%"), (0.9899, "98%"), (0.0, "0%")],
)
def test_a_share_never_claims_too_much(share, said):
    assert markup.percent(share) == said


@pytest.mark.parametrize(("ms", "said"), [(0.42, "0.4 ms"), (12.4, "12 ms"), (3140, "3.1 s")])
def test_durations_are_short(ms, said):
    assert markup.milliseconds(ms) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.00123, "0.0012"), (0.125, "0.125"), (31.42, "31.4"), (0.0, "0.0000")]
)
def test_distances_tell_neighbours_apart(value, said):
    assert markup.distance(value) == said


def test_a_match_that_is_no_closer_than_chance_is_said():
    far = replace(_answer().results[0], closer_than=0.5)
    assert "No good match" in panels.row("resnet", _listing(_answer(results=[far])), 1)
    assert "No good match" not in panels.row("resnet", _listing(), 1)


def test_words_have_no_share():
    unscored = replace(_answer().results[0], closer_than=None)
    assert "random pairs" not in cards(_listing(_answer(results=[unscored])))


def _by_labels(probability, same="kind"):
    result = replace(_answer().results[0], probability=probability)
    return _answer(
        results=[result],
        calibrated_on="labels",
        calibrated_same=same,
        calibrated_queries=1310,
    )


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.834, "83%"), (1.0, "99.9%"), (0.0, "under 1%"), (0.004, "under 1%"), (0.01, "1%")],
)
def test_a_card_says_how_likely_a_match_is_where_labels_tell(probability, said):
    html = cards(_listing(_by_labels(probability)))
    assert f'>{said}<span class="lk-long"> likely a match</span>' in html
    assert f"{said} are of the same kind" in html  # to whoever points at it
    assert "1,310 held-out pictures of this gallery" in html
    assert "random pairs" not in html


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            _by_labels(0.834, "label"),
            "measured on 1,310 held-out pictures of this gallery: a match is of the same label",
        ),
        (_answer(), "compared with random pairs"),
        (_answer(calibrated_on="random words"), "compared with the best ones of random words"),
    ],
)
def test_a_tab_says_what_a_match_was_measured_on(answer, said):
    assert said in panels.tab("resnet", _listing(answer), 1)


def test_words_of_which_nothing_is_known_are_compared_with_nothing():
    html = panels.tab("clip", _listing(_answer(method="clip", calibrated_on="nothing")), 1)
    assert "compared" not in html


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (_by_labels(0.22), "The best result is 22% likely of the same kind"),
        (_by_labels(0.22, "label"), "22% likely of the same label"),
        (_answer(results=[]), "hardly closer than random pairs"),
        (_answer(calibrated_on="random words"), "hardly closer than those of random words"),
    ],
)
def test_why_there_is_no_good_match(answer, why):
    far = [replace(one, closer_than=0.5) for one in answer.results]
    html = panels.row("resnet", _listing(replace(answer, results=far)), 1)
    assert why in html and "No good match" in html


def test_words_say_how_many_random_words_come_as_near():
    html = cards(_listing(_answer(calibrated_on="random words")))
    assert "closer than 98% of random words" in html and "random pairs" not in html


def test_the_chart_shows_each_step_and_marks_cold_ones():
    cold = _listing(_answer(cold=True, ms=Steps(900, 5, 0)))
    html = chart(_round(resnet=_listing(), vit=cold))
    assert "encode 4.0 ms, search 2.0 ms" in html
    assert "rerank" not in html.split("<ul>")[1].replace("lk-rerank", "")
    assert html.count("cold, with loading") == 1
    assert "21 ms" in html  # detection, apart


def test_no_bar_is_wider_than_its_track():
    cold = _listing(_answer(cold=True, ms=Steps(9000, 900, 100)))
    html = chart(_round(resnet=_listing(), vit=cold))
    for bar in html.split("<li ")[1:]:
        widths = [float(part.split("%")[0]) for part in bar.split("width:")[1:]]
        assert sum(widths) <= 100.1


def test_there_is_no_chart_before_an_answer():
    assert chart(_round()) == ""
    assert chart(_round(resnet=LookalikeError("Broken.", "Mend it."))) == ""


def test_a_card_says_whose_the_picture_is_where_the_gallery_knows():
    known = {"author": EVIL, "licence": "CC0-1.0", "source": "https://example.org/a", "pages": 3}
    found = Result(1, 7, "frogs/7.png", "frog", 0.1, 0.9, known)
    (card,) = [
        attributes
        for _, attributes in Tags(cards(_listing(_answer(results=[found])))).found
        if attributes.get("class") == "lk-card"
    ]
    said = card["title"].split("\n")
    assert said[0] == "frogs/7.png" and said[2:] == [
        "licence: CC0-1.0",
        "from https://example.org/a",
    ]
    assert said[1].startswith("by <script>")  # as text, in an attribute that it cannot leave
