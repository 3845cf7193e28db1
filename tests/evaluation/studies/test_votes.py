"""What votes say about the methods that were shown."""

import random

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, Bpref, SetP, nDCG

from lookalike.encoders import registry
from lookalike.errors import LookalikeError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.run import run
from lookalike.evaluation.studies.condensed import bpref
from lookalike.evaluation.studies.votes import evaluate_votes
from lookalike.feedback.models import Vote
from lookalike.feedback.store import VoteStore
from lookalike.galleries.changes import remove_items
from lookalike.galleries.gallery import open_gallery
from lookalike.settings import settings

ITEMS = {f"{letter}.png": ("cat", level) for level, letter in enumerate("abcdefgh")}


def vote(query, method, item, rank, value, session="ann", **changes):
    """One thumb on one result."""
    given = {
        "created_at": "2026-01-01T12:00:00.000Z",
        "session": session,
        "app_version": "0",
        "gallery": "toys",
        "fingerprint": "f",
        "encoder": method,
        "weights": "embedded",
        "weights_sha256": "w",
        "engine": "annoy",
        "query_sha256": query,
        "box_x1": 0,
        "box_y1": 0,
        "box_x2": 8,
        "box_y2": 8,
        "item_id": 0,
        "item_name": f"{item}.png",
        "item_label": "cat",
        "rank": rank,
        "distance": 0.5,
        "vote": value,
        "blind": False,
        "latency_ms": 5.0,
        "since_shown_ms": 100.0,
    }
    return Vote(**(given | changes))


@pytest.fixture
def gallery(greys):
    return greys(ITEMS, methods=()).gallery


VOTES = [
    # q1: toy shows a+ (1) and b- (4); toy-far shows c+ (1), a (2), d- (3). Relevant are a and c.
    vote("q1", "toy", "a", 1, 1),
    vote("q1", "toy", "b", 4, -1),
    vote("q1", "toy-far", "c", 1, 1),
    vote("q1", "toy-far", "a", 2, -1, session="bob"),  # ann says up, bob down, eve up: relevant
    vote("q1", "toy-far", "a", 2, 1, session="eve"),
    vote("q1", "toy-far", "d", 3, -1),
    # q2: toy only; nothing is relevant
    vote("q2", "toy", "e", 2, -1),
    # q3: both show f and g, the other way round; g is relevant
    vote("q3", "toy", "f", 1, -1, latency_ms=15.0),
    vote("q3", "toy", "g", 2, 1, latency_ms=15.0),
    vote("q3", "toy-far", "g", 7, 1),
    vote("q3", "toy-far", "f", 9, -1),
]


def test_the_figures_are_those_worked_out_by_hand(gallery):
    outcome = evaluate_votes(gallery, VOTES, Comparison())
    toy, far = outcome.report.as_dict()["methods"]
    assert [toy["name"], far["name"]] == ["toy", "toy-far"]
    assert (toy["queries"], toy["judgements"], far["queries"], far["judgements"]) == (3, 5, 2, 5)
    means = {name: value["mean"] for name, value in toy["metrics"].items()}
    # toy: q1 + -, of 2 relevant; q2 -; q3 - +, of 1
    assert means["judged_precision"] == pytest.approx((1 / 2 + 0 + 1 / 2) / 3)
    assert means["judged_map"] == pytest.approx((1 / 2 + 1 / 2) / 2)  # q2 has nothing to find
    assert means["judged_mrr"] == pytest.approx((1 + 1 / 2) / 2)
    assert means["bpref"] == pytest.approx((1 / 2 + 0) / 2)
    # toy-far: q1 + + -, of 2; q3 + -
    assert far["metrics"]["judged_precision"]["mean"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert far["metrics"]["judged_map"]["mean"] == pytest.approx(1)
    assert toy["ms"] == {"total": {"p50": 5.0, "p95": 14.0}}
    (apart, _) = outcome.report.as_dict()["differences"]
    assert (apart["first"], apart["second"], apart["queries"]) == ("toy", "toy-far", 2)
    assert apart["mean"] == pytest.approx(((1 / 2 - 2 / 3) + 0) / 2)
    assert outcome.report.as_dict()["queries"]["count"] == 3
    assert outcome.report.as_dict()["queries"]["without_relevant"] == 1


def test_runs_and_qrels_hold_what_was_judged(gallery):
    outcome = evaluate_votes(gallery, VOTES, Comparison())
    assert outcome.qrels() == {
        "q1": {"a.png": 1, "b.png": 0, "c.png": 1, "d.png": 0},
        "q2": {"e.png": 0},
        "q3": {"f.png": 0, "g.png": 1},
    }
    assert outcome.judgement_count() == 7
    assert dict(outcome.runs(10))["toy-far@annoy"] == {
        "q1": ["c.png", "a.png", "d.png"],
        "q3": ["g.png", "f.png"],
    }


def test_the_last_rank_that_an_item_was_shown_at_counts(gallery):
    votes = [
        vote("q1", "toy", "a", 5, 1),
        vote("q1", "toy", "b", 2, -1),
        vote("q1", "toy", "a", 1, 1, session="bob"),
    ]
    assert dict(evaluate_votes(gallery, votes, Comparison()).runs(10)) == {
        "toy@annoy": {"q1": ["a.png", "b.png"]}
    }


def random_votes(seed):
    """Many visitors who vote on some of what two methods show."""
    draw = random.Random(seed)
    votes = []
    for query in range(12):
        for method in ("toy", "toy-far"):
            shown = draw.sample("abcdefgh", 6)
            for session in ("ann", "bob", "eve"):
                for rank, item in enumerate(shown, 1):
                    if draw.random() < 0.4:
                        value = draw.choice([1, -1])
                        votes.append(vote(f"q{query}", method, item, rank, value, session))
    return votes


MEASURES = {
    "judged_precision": SetP(judged_only=True),
    "judged_map": AP(judged_only=True),
    "judged_ndcg@10": nDCG(judged_only=True) @ 10,
    "judged_mrr": RR(judged_only=True),
    "bpref": Bpref,
}


@pytest.mark.parametrize("seed", range(5))
def test_trec_eval_agrees(gallery, seed):
    outcome = evaluate_votes(gallery, random_votes(seed), Comparison())
    qrels = outcome.qrels()
    for row, (_, ranked) in zip(outcome.report.as_dict()["methods"], outcome.runs(10), strict=True):
        scores = {
            query: {name: -float(place) for place, name in enumerate(names)}
            for query, names in ranked.items()
        }
        found = {measure: [] for measure in MEASURES.values()}
        for query, measure, value in ir_measures.iter_calc(MEASURES.values(), qrels, scores):
            if query in ranked and (
                measure == MEASURES["judged_precision"] or any(qrels[query].values())
            ):
                found[measure].append(value)
        for metric, measure in MEASURES.items():
            expected = sum(found[measure]) / len(found[measure])
            assert row["metrics"][metric]["mean"] == pytest.approx(expected, abs=1e-9), metric


def test_without_an_irrelevant_judgement_bpref_is_the_share_that_is_found():
    assert bpref(np.array([True, True]), 4, 0) == pytest.approx(0.5)
    assert bpref(np.array([], bool), 4, 0) == 0


def test_what_votes_count(gallery):
    """Other galleries', removed items' and older weights' rankings say nothing."""
    others = [
        vote("q1", "toy", "h", 1, -1, weights_sha256="old"),  # as a judgement it still counts
        *VOTES,
        vote("q1", "toy", "a", 1, -1, gallery="shoes", session="zoe"),
        vote("q1", "toy", "nosuch", 2, -1),
    ]
    outcome = evaluate_votes(gallery, others, Comparison())
    assert (
        outcome.report.as_dict()["methods"]
        == evaluate_votes(gallery, VOTES, Comparison()).report.as_dict()["methods"]
    )
    assert outcome.qrels()["q1"]["h.png"] == 0
    remove_items("toys", ["a.png"])
    toy = evaluate_votes(open_gallery("toys"), VOTES, Comparison()).report.as_dict()["methods"][0]
    assert toy["judgements"] == 4


PLANS = [
    # the comparison, the rows' names
    ({}, ["toy@annoy", "toy@exact", "toy-far@annoy"]),
    ({"methods": ["toy-far"]}, ["toy-far"]),
    ({"engines": ["exact"]}, ["toy"]),
    ({"methods": ["toy-far", "toy"], "engines": ["annoy"]}, ["toy-far", "toy"]),
]


@pytest.mark.parametrize(("comparison", "names"), PLANS)
def test_rows_are_the_systems_that_are_asked_for(gallery, comparison, names):
    votes = [*VOTES, vote("q1", "toy", "a", 1, 1, engine="exact", session="zoe")]
    report = evaluate_votes(gallery, votes, Comparison(**comparison)).report.as_dict()
    assert [row["name"] for row in report["methods"]] == names


def test_several_weights_are_told_apart(gallery):
    votes = [*VOTES, vote("q1", "toy", "a", 1, 1, weights="hub")]
    report = evaluate_votes(gallery, votes, Comparison()).report.as_dict()
    assert [row["name"] for row in report["methods"]] == [
        "toy-embedded",
        "toy-hub",
        "toy-far-embedded",
    ]
    only = evaluate_votes(gallery, votes, Comparison(weights="hub")).report
    assert [entry.name for entry in only.methods] == ["toy-hub", "toy-far-embedded"]


REFUSED = [
    # votes, comparison, a part of the error's sentence
    ([], {}, "No vote has been cast on what the gallery toys shows"),
    ([vote("q1", "toy", "a", 1, 1, gallery="shoes")], {}, "No vote has been cast"),
    (VOTES, {"engines": ["exact"]}, "No vote has been cast"),
    (VOTES, {"methods": ["toy-long"]}, "No vote has been cast"),
    (VOTES, {"methods": ["nosuch"]}, "no method called 'nosuch'"),
    (VOTES, {"k": 0}, "0 is not a number of results"),
]


@pytest.mark.parametrize(("votes", "comparison", "sentence"), REFUSED)
def test_votes_that_say_nothing_are_refused(gallery, votes, comparison, sentence):
    with pytest.raises(LookalikeError, match=sentence):
        evaluate_votes(gallery, votes, Comparison(**comparison))


def test_a_report_of_the_collected_votes(gallery, tmp_path):
    store = VoteStore(settings().database_url)
    for place, given in enumerate(VOTES):
        store.add(Vote(**{**vars(given), "item_id": place}))
    store.close()
    report = run("toys", "votes", Comparison(), tmp_path / "out").as_dict()
    assert report["relevance"] == "votes" and len(report["methods"]) == 2
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {
        "report.json",
        "report.html",
        "qrels.txt",
        "run-toy@annoy.trec",
        "run-toy-far@annoy.trec",
    }
    assert registry.spec("toy").title in (tmp_path / "out" / "report.html").read_text("utf-8")
