"""A short list by one method, its order by another."""

import numpy as np
import pytest

from lookalike.errors import LookalikeError
from lookalike.evaluation.ranking.rankings import hashed
from lookalike.evaluation.studies.two_stage import TwoStage

MISTAKES = ["", "a", "a:b", "a:b:", "a:b:0", "a:b:-5", "a:b:x", ":b:5", "a::5", "a:b:5:6", "a:a:5"]


@pytest.mark.parametrize("text", MISTAKES)
def test_what_is_no_two_stage_search_is_refused(text):
    with pytest.raises(LookalikeError) as refused:
        TwoStage.parse(text)
    assert repr(text) in refused.value.message and refused.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("text", "methods", "sizes"),
    [
        ("a:b:10", ["a", "b"], [10]),
        ("a:b:7", ["a", "b"], [7]),
        ("a:b:120", ["a", "b"], [10, 20, 50, 100, 120]),
        ("pq:b:20", ["b"], [10, 20]),
    ],
)
def test_which_short_lists_are_measured(text, methods, sizes):
    stage = TwoStage.parse(text)
    assert (stage.methods, stage.sizes) == (methods, sizes)


def precision_and_map(answerer, queries, rank, k):
    """What a plain loop makes of `rank(query)`, all names in order."""
    labels = dict(zip(answerer.gallery.names, answerer.gallery.labels, strict=True))
    precisions, averages = [], []
    for query in queries:
        hits = [labels[name] == query.label for name in rank(query)]
        precisions.append(sum(hits[:k]) / k)
        ranks = [place for place, hit in enumerate(hits, 1) if hit]
        averages.append(sum(found / place for found, place in enumerate(ranks, 1)) / len(ranks))
    return pytest.approx(np.mean(precisions)), pytest.approx(np.mean(averages))


def distances(answerer, toy, method, query):
    """{name: distance} of every item but the query, in double precision."""
    encoder, gallery = toy(method, "embedded"), answerer.gallery
    items = encoder.encode(gallery.photos(0, len(gallery))).astype(np.float64)
    apart = np.linalg.norm(items - encoder.encode([query.photo])[0].astype(np.float64), axis=1)
    return {name: apart[item] for item, name in enumerate(gallery.names) if name != query.name}


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["6", "all"])
def test_the_curve_is_that_of_a_plain_loop(noise, toy, evaluated, wanted):
    answerer = noise(60, methods=["toy", "toy-far"])
    stage = TwoStage("toy", "toy-far", 30)
    outcome = evaluated(answerer, wanted, methods=["toy"], two_stage=[stage], k=5)
    assert [row["name"] for row in outcome.report.as_dict()["methods"]] == ["toy", "toy-far"]

    def rank(query, size):
        first = distances(answerer, toy, "toy", query)
        second = distances(answerer, toy, "toy-far", query)
        order = sorted(first, key=lambda name: (first[name], hashed(name)))
        return sorted(order[:size], key=lambda name: (second[name], hashed(name))) + order[size:]

    (found,) = outcome.report.as_dict()["two_stage"]
    assert [point["n"] for point in found["curve"]] == [10, 20, 30]
    for point in [
        *found["curve"],
        {"n": 0, **found["first_alone"]},
        {"n": 60, **found["second_alone"]},
    ]:
        expected = precision_and_map(
            answerer, outcome.queries.each, lambda query, n=point["n"]: rank(query, n), 5
        )
        assert (point["precision@5"], point["map"]) == expected, point["n"]
        assert 0 < point["ms_p50"] <= point["ms_p95"]


def test_each_alone_is_what_the_table_says(noise, evaluated):
    answerer = noise(60, methods=["toy", "toy-long"])
    stage = TwoStage("toy-long", "toy", 60)
    report = evaluated(answerer, "6", two_stage=[stage]).report.as_dict()
    rows = {row["name"]: row["metrics"] for row in report["methods"]}
    (found,) = report["two_stage"]
    for alone, name in (("first_alone", "toy-long"), ("second_alone", "toy")):
        assert found[alone]["map"] == pytest.approx(rows[name]["map"]["mean"])
    assert found["curve"][-1]["map"] == pytest.approx(found["second_alone"]["map"])  # all are in it


def test_quantised_vectors_can_be_the_first_stage(noise, evaluated):
    """Codes alone are rough; the vectors mend what is in the short list."""
    answerer = noise(300, methods=["toy-far"])
    report = evaluated(answerer, "all", two_stage=[TwoStage("pq", "toy-far", 299)]).report.as_dict()
    (found,) = report["two_stage"]
    assert found["first"] == "pq" and [row["name"] for row in report["methods"]] == ["toy-far"]
    assert found["curve"][-1]["map"] == pytest.approx(found["second_alone"]["map"], abs=1e-12)
    assert found["first_alone"]["map"] != found["second_alone"]["map"]


def test_a_second_look_plays_no_part(noise, evaluated):
    answerer = noise(60, methods=["toy", "toy-comparer"])
    report = evaluated(
        answerer, "6", two_stage=[TwoStage("toy-comparer", "toy", 20)]
    ).report.as_dict()
    rows = {row["name"]: row for row in report["methods"]}
    (found,) = report["two_stage"]
    assert rows["toy-comparer"]["ms"]["rerank"]["p50"] > 0
    assert found["first_alone"]["map"] != rows["toy-comparer"]["metrics"]["map"]["mean"]


def test_a_short_list_longer_than_the_gallery_is_refused(noise, evaluated):
    answerer = noise(40, methods=["toy", "toy-far"])
    with pytest.raises(LookalikeError, match="A short list of 40 is longer than the 39 ranks"):
        evaluated(answerer, "all", two_stage=[TwoStage("toy", "toy-far", 40)])
