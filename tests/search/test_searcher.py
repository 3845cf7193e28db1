"""The one path that a query takes."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest

from lookalike import photos
from lookalike.calibration.curves import Curve, Curves
from lookalike.calibration.record import Calibration
from lookalike.detectors import registry as detectors
from lookalike.detectors.base import Detector, Proposal
from lookalike.encoders import registry
from lookalike.encoders.registry import weights_for
from lookalike.errors import (
    IndexFileError,
    LookalikeError,
    PhotoError,
    UnknownNameError,
)
from lookalike.galleries.gallery import Item
from lookalike.index.build import index_method
from lookalike.index.reranking import SHORT_LIST
from lookalike.search import search, searcher
from lookalike.search.content import Mixture, content_sha256
from lookalike.search.methods import check_k, indexed, methods_for
from lookalike.search.query import View, find_subject
from lookalike.search.response import Steps, never_met
from tests import toys

METHODS = ["toy", "toy-far", "toy-long", "toy-comparer"]
WHITE = np.full((30, 40, 3), 255, np.uint8)


@pytest.fixture
def ready(make_gallery, toy):
    """ready("toy", count=40): a searcher of a gallery that is indexed for these methods."""

    def make(*methods, **how):
        gallery = make_gallery(**how)
        for method in methods or METHODS:
            index_method(gallery, method)
        return searcher("toys")

    return make


# What is found


def test_a_result_says_what_is_known_of_its_item(make_gallery, toy, pictures):
    known = {"author": "Somebody", "licence": "CC0-1.0"}
    items = [
        Item(f"{n}.png", "dog", photos.to_png(photo), known if n % 2 else {})
        for n, photo in enumerate(pictures(6))
    ]
    index_method(make_gallery(items=items), "toy")
    found = search(WHITE, "toys", ["toy"], k=6, subject="whole")
    (answer,) = found.as_dict()["methods"]
    assert len(answer["results"]) == 6
    for result in answer["results"]:
        assert result["metadata"] == (known if result["id"] % 2 else {})


@pytest.mark.parametrize("method", METHODS)
def test_every_item_finds_itself_first(ready, method):
    answerer = ready(method, count=150)
    for item_id in range(0, 150, 15):
        answer = answerer.answer(answerer.gallery[item_id].photo(), method, k=7)
        first = answer.results[0]
        assert (first.rank, first.id, first.name) == (1, item_id, f"{item_id:03}.png")
        assert first.label == answerer.gallery.labels[item_id]
        assert first.distance == pytest.approx(0, abs=1e-5) and first.closer_than > 0.999
        assert answer.good_match
        assert [result.rank for result in answer.results] == [1, 2, 3, 4, 5, 6, 7]
        distances = [result.distance for result in answer.results]
        shares = [result.closer_than for result in answer.results]
        assert distances == sorted(distances) and shares == sorted(shares, reverse=True)


def test_the_answer_says_who_gave_it(ready):
    answer = ready("toy").answer(WHITE, "toy")
    assert (answer.method, answer.weights, answer.engine) == ("toy", "embedded", "annoy")
    assert answer.weights_sha256 == "a" * 64


@pytest.mark.parametrize("method", ["toy", "toy-comparer"])
@pytest.mark.parametrize(("count", "k", "given"), [(40, 10, 10), (40, 40, 39), (1, 5, 0)])
def test_an_excluded_item_is_left_out_and_replaced(ready, method, count, k, given):
    answerer = ready(method, count=count)
    answer = answerer.answer(answerer.gallery[0].photo(), method, k, exclude=0)
    assert [result.rank for result in answer.results] == list(range(1, given + 1))
    assert 0 not in {result.id for result in answer.results}
    assert answer.good_match is False


@pytest.mark.parametrize(("limit", "good"), [(0.9, True), (0.999, False)])
def test_a_match_is_good_when_it_is_closer_than_the_setting(ready, fresh_settings, limit, good):
    fresh_settings(GOOD_MATCH=limit)
    answer = ready("toy", count=150).answer(WHITE, "toy")
    assert 0.9 < answer.results[0].closer_than < 0.999
    assert answer.good_match == good


def calibrated(answerer, method, **kept):
    """Let an opened index say what it would if it had been calibrated so."""
    _, index = answerer.load(method)
    index.meta = replace(index.meta, calibration=Calibration(**kept))
    return answerer


EVEN = Curves(Curve([0.0, 2.0], [1.0, 0.0]), {"drawing": Curve([0.0], [0.125])})


def test_labels_say_how_likely_a_result_is_right(ready):
    answerer = calibrated(ready("toy"), "toy", curves=EVEN, same="kind", queries=310)
    answer = answerer.answer(WHITE, "toy")
    told = answer.calibrated_on, answer.calibrated_same, answer.calibrated_queries
    assert told == ("labels", "kind", 310)
    for result in answer.results:
        assert result.probability == pytest.approx(1 - result.distance / 2)
        assert result.closer_than is not None


def test_a_result_is_as_likely_as_those_of_its_medium(make_gallery, toy, pictures):
    media = [{"medium": "drawing"}, {"medium": "photograph"}, {}]
    items = [
        Item(f"{place}.png", "one", photos.to_png(photo), media[place % 3])
        for place, photo in enumerate(pictures(30))
    ]
    index_method(make_gallery(items=items), "toy")
    answer = calibrated(searcher("toys"), "toy", curves=EVEN).answer(WHITE, "toy", 30)
    for result in answer.results:
        drawn = result.metadata == {"medium": "drawing"}
        assert result.probability == pytest.approx(0.125 if drawn else 1 - result.distance / 2)


@pytest.mark.parametrize(("likely", "limit", "good"), [(0.6, 0.5, True), (0.4, 0.5, False)])
def test_by_labels_a_match_is_good_when_it_is_likely(ready, fresh_settings, likely, limit, good):
    """However much closer than random pairs it is: a koala finds a laptop so."""
    fresh_settings(GOOD_MATCH_PROBABILITY=limit, GOOD_MATCH=0.0 if not good else 1.0)
    curves = Curves(Curve([0.0], [likely]))
    answer = calibrated(ready("toy"), "toy", curves=curves).answer(WHITE, "toy")
    assert answer.results[0].probability == likely
    assert answer.good_match is good and answer.as_dict()["good_match"] is good


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-comparer"])
@pytest.mark.parametrize("curves", [None, Curves(Curve([0.0], [0.0]))], ids=["pairs", "labels"])
def test_a_copy_is_a_good_match_however_much_of_the_gallery_is_the_same(
    make_gallery, toy, pictures, method, curves
):
    """Where half of all pairs are copies, a copy is closer than only the other half."""
    shots = [photos.to_png(photo) for photo in pictures(10)]
    items = [Item(f"{n}.png", "one", photo) for n, photo in enumerate(shots + shots[:1] * 30)]
    index_method(make_gallery(items=items), method)
    answerer = calibrated(searcher("toys"), method, curves=curves)
    answer = answerer.answer(photos.load(shots[0]), method)
    assert answer.results[0].closer_than < 0.6 and answer.good_match
    assert answerer.answer(WHITE, method).good_match is False


@pytest.mark.parametrize(
    ("k", "given"),
    [
        (1, 1),
        (3, 3),
        (3.0, 3),  # as it comes out of JSON or a slider
        (np.int64(3), 3),
        (None, 10),  # the setting
        (100, 40),  # more than there are
    ],
)
@pytest.mark.parametrize("method", ["toy", "toy-comparer"])
def test_k_results_or_all_that_there_are(ready, method, k, given):
    assert len(ready(method).answer(WHITE, method, k).results) == given


@pytest.mark.parametrize(
    "k", [0, -1, 101, 10**30, 2.5, True, "3", "ten", "", float("nan"), float("inf"), [3], {}]
)
def test_a_k_that_is_no_number_of_results_is_refused(ready, k):
    with pytest.raises(LookalikeError, match="is not a number of results") as caught:
        check_k(k)
    assert caught.value.hint == "Use 1 to 100."
    answerer = ready("toy")
    with pytest.raises(LookalikeError, match="is not a number of results"):
        answerer.answer(WHITE, "toy", k)
    assert len(answerer.answer(WHITE, "toy", 3).results) == 3  # the next query works


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"methods": ["nosuch"]}, "There is no method called 'nosuch'"),
        ({"methods": ["toy", ""]}, "There is no method called ''"),
        ({"weights": "nosuch"}, "There is no set of weights called 'nosuch'"),
        ({"gallery": "nosuch"}, "There is no gallery called 'nosuch'"),
        ({"gallery": "../toys"}, "There is no gallery called"),
    ],
)
def test_unknown_names_are_refused_with_those_that_there_are(ready, how, message):
    ready("toy")
    right = {"gallery": "toys", "methods": ["toy"], "subject": "whole"}
    with pytest.raises(UnknownNameError, match=message) as caught:
        search(WHITE, **right | how)
    assert caught.value.hint.startswith("Use ")
    assert len(search(WHITE, **right).answers[0].results) == 10


# The subject


class Detects(Detector):
    """Finds a large box in the middle and a small one in a corner."""

    name = "detects"

    def _detect(self, photo):
        corner = Proposal((0, 0, 4, 4), 0.9, "detects")
        return [corner, Proposal((10, 5, 30, 25), 0.8, "detects", "cup")]


@pytest.fixture
def detector(monkeypatch):
    """The detector that "auto" asks is `Detects`."""
    monkeypatch.setitem(detectors.DETECTORS, "yolo", (lambda weights: Detects(), ("embedded",)))
    monkeypatch.setattr(detectors, "_loaded", {})


@pytest.mark.parametrize(
    ("wanted", "box", "source"),
    [
        ("auto", (10, 5, 30, 25), "detects"),
        ("whole", (0, 0, 40, 30), "whole photo"),
        ("1,2,3,4", (1, 2, 3, 4), "visitor"),
        (" 1.4, 2.0,3 ,1e9", (1, 2, 3, 30), "visitor"),
        ((1, 2, 3, 4), (1, 2, 3, 4), "visitor"),
        ([-5, -5, 99, 99], (0, 0, 40, 30), "visitor"),
        (np.array([1.0, 2.0, 3.0, 4.0]), (1, 2, 3, 4), "visitor"),
    ],
)
def test_the_subject_is_what_is_asked_for(detector, wanted, box, source):
    found = find_subject(View.of(WHITE), wanted)
    assert (found.box, found.source) == (box, source)
    assert 0 <= found.score <= 1


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("auto", "cup"),
        ("whole", None),
        ("1,2,3,4", None),  # nobody knows what the visitor means
    ],
)
def test_the_subject_has_the_name_that_its_proposal_has(detector, wanted, name):
    assert find_subject(View.of(WHITE), wanted).name == name


def test_the_other_proposals_come_along(detector):
    boxes = [proposal.box for proposal in find_subject(View.of(WHITE)).proposals]
    assert boxes == [(10, 5, 30, 25), (0, 0, 4, 4), (0, 0, 40, 30)]  # the whole photo is the last


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("", "'' is not a subject"),
        ("Auto", "'Auto' is not a subject"),
        ("1,2,3,x", "is not a subject"),
        ("1;2;3;4", "is not a subject"),
        ("1,2,3", "needs four numbers"),
        ("1,2,3,nan", "needs four numbers"),
        ("1,2,3,1e999", "needs four numbers"),
        ("50,50,60,60", "holds nothing of the photo, which is 40 x 30"),
        ((5, 5, 5, 5), "holds nothing"),
        (None, "needs four numbers"),
        (5, "needs four numbers"),
        ([None] * 4, "needs four numbers"),
    ],
)
def test_a_subject_that_is_none_is_refused(wanted, message):
    with pytest.raises(PhotoError, match=message):
        find_subject(View.of(WHITE), wanted)


# Loading


def test_the_first_answer_is_cold_and_the_next_one_warm(ready):
    answerer = ready("toy", "toy-far")
    assert not answerer.ready("toy")
    assert [answerer.answer(WHITE, "toy").cold for _ in range(3)] == [True, False, False]
    assert answerer.ready("toy") and not answerer.ready("toy-far")
    assert answerer.answer(WHITE, "toy-far").cold


def test_of_many_that_come_at_once_one_loads(ready):
    answerer = ready("toy")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: answerer.answer(WHITE, "toy"), range(30)))
    assert sum(answer.cold for answer in answers) == 1


def test_a_method_that_is_loaded_answers_while_another_loads(ready, monkeypatch):
    answerer = ready("toy", "toy-far")
    answerer.answer(WHITE, "toy")
    load, loading, go_on = registry.load, threading.Event(), threading.Event()

    def slow(*key):
        loading.set()
        assert go_on.wait(60)
        return load(*key)

    monkeypatch.setattr(registry, "load", slow)
    with ThreadPoolExecutor(2) as pool:
        other = pool.submit(answerer.answer, WHITE, "toy-far")
        assert loading.wait(60)
        assert not pool.submit(answerer.answer, WHITE, "toy").result(timeout=60).cold
        assert not other.done()
        go_on.set()
        assert other.result(timeout=60).cold


def test_what_failed_to_load_is_tried_again(ready, toy):
    answerer = ready("toy-far")
    with pytest.raises(IndexFileError, match="is missing"):
        answerer.answer(WHITE, "toy")
    assert answerer.answer(WHITE, "toy-far").results  # the others are well
    index_method(answerer.gallery, "toy")
    assert answerer.answer(WHITE, "toy").cold


def test_threads_get_the_answers_that_one_gets_alone(ready, pictures):
    answerer = ready("toy", "toy-comparer")
    asked = [(photo, method) for photo in pictures(12, 9) for method in ("toy", "toy-comparer")]

    def results(one):
        return answerer.answer(*one, k=20).results

    alone = [results(one) for one in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(results, asked * 3)) == alone * 3


@pytest.mark.parametrize(
    ("method", "wanted", "given"),
    [
        ("toy", None, "embedded"),  # the setting
        ("toy", "embedded", "embedded"),
        ("toy", "hub", "hub"),
        ("toy-far", "hub", "embedded"),  # has no others
    ],
)
def test_the_weights_that_answer(toy, method, wanted, given):
    assert weights_for(method, wanted) == given


# Words, and the second look


def test_words_are_searched_for_by_a_method_that_reads(ready, monkeypatch):
    monkeypatch.setattr(toys.Reader, "vocabulary", ())  # so there are no random words
    monkeypatch.setattr(toys.Reader, "understands", lambda *_: True)
    answer = ready("toy-reader").answer("a red shoe", "toy-reader", 5)
    distances = [result.distance for result in answer.results]
    assert len(distances) == 5 and distances == sorted(distances)
    # Pairs of images say nothing about how far words are from an image.
    assert {result.closer_than for result in answer.results} == {None}
    assert answer.calibrated_on == "nothing" and answer.good_match


@pytest.mark.parametrize(("share", "good"), [(0.5, True), (0.99, False)])
def test_words_are_a_good_match_when_few_random_words_come_as_near(
    ready, fresh_settings, share, good
):
    fresh_settings(GOOD_MATCH_WORDS=share, GOOD_MATCH=1 - share, GOOD_MATCH_PROBABILITY=1 - share)
    answerer = ready("toy-reader")
    best = answerer.answer("a red shoe", "toy-reader").results[0].distance
    words = [best - 0.1, *(best + 0.1 * step for step in range(10))]  # most find nothing as near
    calibrated(answerer, "toy-reader", curves=EVEN, words=words)
    answer = answerer.answer("a red shoe", "toy-reader")
    assert answer.calibrated_on == "random words" and answer.calibrated_queries == 0
    assert answer.results[0].closer_than == pytest.approx(0.9)
    assert {result.probability for result in answer.results} == {None}
    assert answer.good_match is good


def test_words_that_were_never_met_are_no_good_match(ready):
    answerer = ready("toy-reader")
    calibrated(answerer, "toy-reader", curves=EVEN, words=[5.0, 6.0])  # all come as near as these
    assert answerer.answer("asdfgh red", "toy-reader").good_match  # one of two was met
    answer = answerer.answer("asdfgh", "toy-reader")
    assert answer.unknown_words == ["asdfgh"] and not answer.good_match
    assert {result.closer_than for result in answer.results} == {0.0}


def test_words_that_mean_nothing_do_not_change_a_photo(ready):
    answerer = ready("toy-reader")
    mixed = Mixture(WHITE, "asdfgh", 0.9)
    alone, both = (answerer.answer(asked, "toy-reader", 5) for asked in (WHITE, mixed))
    assert [result.id for result in both.results] == [result.id for result in alone.results]
    assert both.unknown_words == ["asdfgh"] and both.read_words


def test_a_method_that_does_not_read_says_so(ready):
    answerer = ready("toy")
    with pytest.raises(LookalikeError, match="Toy does not read words"):
        answerer.answer("a red shoe", "toy")
    assert answerer.answer(WHITE, "toy").results


def _ids(answer):
    return [result.id for result in answer.results]


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
def test_a_photo_with_words_is_the_weighted_sum_of_both(ready, pictures, weight):
    answerer, (photo,) = ready("toy-reader"), pictures(1, seed=3)
    encoder, _ = answerer.load("toy-reader")
    total = sum(
        share * vector / np.linalg.norm(vector)
        for share, vector in [
            (1 - weight, encoder.encode([photo])[0]),
            (weight, encoder.encode_text(["a red shoe"])[0]),
        ]
    )
    distances = [
        1 - total @ vector / np.linalg.norm(total)
        for vector in encoder.encode([item.photo() for item in answerer.gallery])
    ]
    answer = answerer.answer(Mixture(photo, "a red shoe", weight), "toy-reader", 5)
    assert _ids(answer) == list(np.argsort(distances)[:5])
    assert answer.results[0].distance == pytest.approx(min(distances), abs=1e-3)
    assert answer.read_words and answer.results[0].closer_than is None
    assert answer.calibrated_on == "nothing" and answer.results[0].probability is None
    alone = {0.0: photo, 1.0: "a red shoe"}
    if weight in alone:
        assert _ids(answer) == _ids(answerer.answer(alone[weight], "toy-reader", 5))


def test_a_method_that_does_not_read_answers_the_photo_alone(ready):
    ready("toy", "toy-reader", "toy-comparer")
    asked = {"gallery": "toys", "methods": ["toy", "toy-reader", "toy-comparer"], "k": 9}
    found = search(WHITE, **asked, subject="whole", words="red asdfgh", words_weight=0.7)
    alone = search(WHITE, **asked, subject="whole")
    same = [_ids(one) == _ids(two) for one, two in zip(found.answers, alone.answers, strict=True)]
    assert same == [True, False, True]
    assert [answer.read_words for answer in found.answers] == [False, True, False]
    assert [answer.unknown_words for answer in found.answers] == [[], ["asdfgh"], []]
    assert found.unknown_words == ["asdfgh"]
    said = found.as_dict()
    assert (said["words"], said["words_weight"]) == ("red asdfgh", 0.7)
    assert said["subject"]["box"] == [0, 0, 40, 30]
    assert said["query_sha256"] != alone.as_dict()["query_sha256"]
    assert alone.as_dict()["words"] is None and alone.as_dict()["words_weight"] is None


def test_words_alone_ask_those_who_read(ready):
    ready("toy", "toy-reader")
    found = search(gallery="toys", words="red").as_dict()
    assert [answer["method"] for answer in found["methods"]] == ["toy-reader"]
    assert found["subject"] is None and found["not_indexed"] == ["clip"]
    json.dumps(found)
    with pytest.raises(LookalikeError, match="Toy does not read words"):
        search(gallery="toys", methods=["toy"], words="red")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ""),
        (["asdfgh"], "Lookalike has never met the word “asdfgh”."),
        (["a", "b"], "Lookalike has never met the words “a” and “b”."),
        (["a", "b", "c"], "Lookalike has never met the words “a”, “b” and “c”."),
    ],
)
def test_unknown_words_are_named(words, said):
    assert never_met(words) == said


def test_the_second_look_shortens_distances_by_what_it_verifies(ready, pictures):
    answerer = ready("toy-comparer", count=150)
    encoder, index = answerer.load("toy-comparer")
    query = answerer.gallery[3].photo().copy()
    query[:4] = pictures(1, 77)[0][:4]  # half of it is item 3's
    answer = answerer.answer(query, "toy-comparer", k=100)
    looked_at = index.search(encoder.encode([query]), 100)
    expected = {}
    for item_id, distance in zip(looked_at.ids[0], looked_at.distances[0], strict=True):
        share = (query == answerer.gallery[int(item_id)].photo()).mean()
        expected[int(item_id)] = distance * (1 - share)
    assert {result.id: result.distance for result in answer.results} == pytest.approx(expected)
    assert answer.results[0].id == 3
    distances = [result.distance for result in answer.results]
    assert distances == sorted(distances)
    assert answer.ms.rerank > 0


def test_a_short_list_is_looked_at_whatever_k_is(ready, monkeypatch):
    answerer = ready("toy-comparer", count=150)
    encoder, _ = answerer.load("toy-comparer")
    looked_at = []
    verify = encoder.verify
    monkeypatch.setattr(encoder, "verify", lambda *pair: looked_at.append(pair) or verify(*pair))
    for k in (1, 60):
        looked_at.clear()
        assert len(answerer.answer(WHITE, "toy-comparer", k).results) == k
        assert len(looked_at) == max(k, SHORT_LIST)


# Galleries that change


def test_a_gallery_that_is_built_again_has_a_searcher_of_its_own(ready, make_gallery, pictures):
    old = ready("toy")
    assert searcher("toys") is old
    old.answer(WHITE, "toy")
    make_gallery(seed=5)
    new = searcher("toys")
    assert new is not old and searcher("toys") is new
    with pytest.raises(IndexFileError, match="was built from other images"):
        new.answer(WHITE, "toy")
    index_method(new.gallery, "toy")
    found = searcher("toys").answer(pictures(1, seed=5)[0], "toy", 1)
    assert found.results[0].id == 0 and found.results[0].distance < 1e-5


def test_searching_writes_nothing(ready, tmp_path, home, fresh_settings):
    ready("toy", "toy-comparer")
    (tmp_path / "file").write_text("in the way")
    before = sorted(home.rglob("*"))
    # What was built is the shipped part now, and there is no home to write to.
    fresh_settings(ASSETS=home, HOME=tmp_path / "file" / "home")
    found = search(WHITE, "toys", ["toy", "toy-comparer"], subject="whole")
    assert [len(answer.results) for answer in found.answers] == [10, 10]
    assert sorted(home.rglob("*")) == before


# The whole


def test_the_response_is_the_json_that_is_promised(ready, detector):
    ready(*METHODS)
    found = search(WHITE, "toys", METHODS, k=3).as_dict()
    assert json.loads(json.dumps(found)) == found
    asked = {"gallery", "query_sha256", "subject", "words", "words_weight"}
    assert set(found) == asked | {"methods", "not_indexed", "ms"}
    assert found["gallery"] == "toys"
    chosen = {"box": [10, 5, 30, 25], "score": 0.8, "source": "detects", "name": "cup"}
    corner = {"box": [0, 0, 4, 4], "score": 0.9, "source": "detects", "name": None}
    whole = {"box": [0, 0, 40, 30], "score": 0.0, "source": "whole photo", "name": None}
    assert found["subject"] == chosen | {"proposals": [chosen, corner, whole]}
    assert set(found["ms"]) == {"detect"}
    assert [answer["method"] for answer in found["methods"]] == METHODS
    for answer in found["methods"]:
        assert set(answer) >= {"method", "weights", "engine", "cold", "ms", "results"}
        assert set(answer["ms"]) == {"encode", "search", "rerank"}
        assert answer["ms"]["encode"] > 0 and answer["ms"]["search"] > 0
        for rank, row in enumerate(answer["results"], 1):
            assert set(row) >= {"rank", "id", "label", "distance", "closer_than"}
            assert row["rank"] == rank


def test_the_crop_is_what_is_searched_for(ready, pictures):
    answerer = ready("toy")
    photo = np.zeros((50, 60, 3), np.uint8)
    photo[20:28, 30:38] = answerer.gallery[7].photo()
    found = search(photo, "toys", ["toy"], subject=(30, 20, 38, 28))
    assert found.answers[0].results[0].id == 7
    assert found.answers[0].results[0].distance == pytest.approx(0, abs=1e-5)


def test_without_methods_all_are_asked_and_none_twice(ready, monkeypatch):
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(["toy", "toy-far"], "Toy"))
    ready("toy", "toy-far")
    for methods in (None, [], ["toy", "toy-far", "toy"]):
        found = search(WHITE, "toys", methods, subject="whole")
        assert [answer.method for answer in found.answers] == ["toy", "toy-far"]


def test_methods_without_an_index_are_left_out_and_named(ready, monkeypatch):
    known = ["toy", "toy-long", "toy-far"]
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(known, "Toy"))
    ready("toy", "toy-far")
    found = search(WHITE, "toys", subject="whole")
    assert [answer.method for answer in found.answers] == ["toy", "toy-far"]
    assert found.not_indexed == ["toy-long"] == found.as_dict()["not_indexed"]
    assert search(WHITE, "toys", ["toy"], subject="whole").not_indexed == []
    with pytest.raises(IndexFileError, match=r"toy-long index .* is missing"):
        search(WHITE, "toys", ["toy", "toy-long"], subject="whole")  # it was asked for


def test_a_method_of_the_hub_is_asked_when_it_has_an_index_and_else_not_missed(ready, monkeypatch):
    known = ["toy", "toy-hub"]
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(known, "Toy"))
    assert (registry.names(), registry.defaults()) == (known, ["toy"])
    answerer = ready("toy")
    assert (indexed("toys"), methods_for("toys")) == (["toy"], (["toy"], []))
    index_method(answerer.gallery, "toy-hub")
    assert (indexed("toys"), methods_for("toys")) == (known, (known, []))


def test_a_gallery_without_any_index_says_how_to_build_one(make_gallery, toy, monkeypatch):
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(["toy", "toy-far"], "Toy"))
    make_gallery()
    with pytest.raises(IndexFileError, match=r"toy index of the gallery toys .* is missing"):
        search(WHITE, "toys", subject="whole")


def test_a_damaged_index_is_not_left_out_in_silence(ready, home, monkeypatch):
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(["toy", "toy-far"], "Toy"))
    ready("toy", "toy-far")
    (home / "indexes/toys/toy@embedded/annoy/index.ann").unlink()
    with pytest.raises(IndexFileError, match="cannot be read"):
        search(WHITE, "toys", subject="whole")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (WHITE, WHITE.copy(), True),
        (WHITE, WHITE[::-1], True),  # the same pixels, laid out otherwise
        (WHITE, WHITE.reshape(40, 30, 3), False),
        (WHITE, WHITE - 1, False),
        ("red", "red", True),
        ("red", "Red", False),
        ("red", "\ud83d", False),  # half a surrogate pair
    ],
)
def test_what_identifies_a_query(first, second, same):
    assert (content_sha256(first) == content_sha256(second)) == same
    assert len(content_sha256(second)) == 64


def test_the_steps_add_up():
    steps = Steps(encode=1.5, search=2, rerank=3)
    assert steps.total == sum(asdict(steps).values()) == 6.5
