"""The protocol: figures worked out by hand, parts that add up, and what is refused."""

import json
import multiprocessing
import os
import signal
from contextlib import contextmanager
from math import log2

import numpy as np
import pytest

from lookalike.errors import LookalikeError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.evaluate import evaluate_queries
from lookalike.evaluation.queries.read import read_queries
from lookalike.evaluation.ranking import rankings
from lookalike.galleries.changes import remove_items
from lookalike.index.build import index_method
from lookalike.search import searcher
from tests.evaluation.conftest import Hasty
from tests.evaluation.ranking.test_rankings import answers as answers_of
from tests.evaluation.ranking.test_rankings import quality

LINE = {  # on a line, by brightness
    "c1": ("cat", 10),
    "d1": ("dog", 20),
    "c2": ("cat", 30),
    "d2": ("dog", 45),
    "c3": ("cat", 60),
    "d3": ("dog", 80),
}
# 12 finds c1 d1 c2 d2 c3 d3: cats at ranks 1, 3, 5. 62 finds c3 d2 d3 c2 d1 c1: dogs at 2, 3, 5.
ASKED = {"q1": ("cat", 12), "q2": ("dog", 62), "q3": ("horse", 70)}
GOLDEN = {
    # metric: of q1, of q2, by hand; q3 has nothing to find and counts in no mean
    "precision@1": (1, 0),
    "precision@3": (2 / 3, 2 / 3),
    "recall@3": (2 / 3, 2 / 3),
    "map": ((1 + 2 / 3 + 3 / 5) / 3, (1 / 2 + 2 / 3 + 3 / 5) / 3),
    "map@r": ((1 + 2 / 3) / 3, (1 / 2 + 2 / 3) / 3),
    "r_precision": (2 / 3, 2 / 3),
    "ndcg@3": (
        (1 + 1 / 2) / (1 + 1 / log2(3) + 1 / 2),
        (1 / log2(3) + 1 / 2) / (1 + 1 / log2(3) + 1 / 2),
    ),
    "mrr": (1, 1 / 2),
    "success@1": (1, 0),
    "success@3": (1, 1),
    "success@5": (1, 1),
    "success@25": (1, 1),
}


def test_the_figures_are_those_worked_out_by_hand(greys, evaluated):
    report = evaluated(greys(LINE, ASKED), "3", methods=["toy-far"], k=3).report.as_dict()
    (row,) = report["methods"]
    assert set(row["metrics"]) == set(GOLDEN)
    for metric, values in GOLDEN.items():
        assert row["metrics"][metric]["mean"] == pytest.approx(np.mean(values), abs=1e-12), metric
        for label, value in zip(("cat", "dog"), values, strict=True):
            assert row["groups"]["class"][label][metric] == pytest.approx(value, abs=1e-12)
            assert row["groups"]["class"][label]["queries"] == 1
    assert row["first_hit"]["mean_rank"] == 1.5 and row["first_hit"]["found"] == 1.0
    assert row["first_hit"]["histogram"][:3] == [[1, 1, 1], [2, 2, 1], [3, 5, 0]]
    assert report["queries"]["count"] == 3 and report["queries"]["without_relevant"] == 1


def test_the_report_says_what_was_measured(greys, evaluated):
    report = evaluated(greys(LINE | {"copy": ("dog", 12)}, ASKED), "2", k=3).report.as_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["gallery"] | {"fingerprint": ""} == {
        "name": "toys",
        "title": "Toys",
        "count": 7,
        "fingerprint": "",
        "classes": 2,
    }
    assert report["queries"] == {
        "source": "2 held-out images",
        "count": 2,
        "copies_left_out": 1,
        "without_relevant": 0,
        "timed": 2,
    }
    assert (report["relevance"], report["k"], report["depth"], report["level"]) == (
        "label",
        3,
        7,
        0.95,
    )
    (row,) = report["methods"]  # without --method, those that have an index
    assert (row["name"], row["method"], row["engine"], row["built"]) == (
        "toy-far",
        "toy-far",
        "exact",
        "index",
    )
    assert (row["dimension"], row["encoded_dimension"], row["engine_recall@10"]) == (16, 16, 1.0)
    assert set(row["ms"]) == {"encode", "search", "rerank", "total"}
    assert all(0 <= spent["p50"] <= spent["p95"] for spent in row["ms"].values())
    assert row["ms"]["rerank"]["p95"] == 0 < row["ms"]["encode"]["p50"]
    assert any("toy-long" in note for note in report["notes"])  # what was not compared


def test_k_and_the_usual_cut_off_stand_beside_each_other(noise, evaluated):
    (row,) = evaluated(noise(methods=["toy"]), "6", k=4).report.as_dict()["methods"]
    assert {"precision@4", "ndcg@4", "precision@10", "ndcg@10", "recall@10"} <= set(row["metrics"])


MEDIA = {  # on a line, by brightness, as LINE; drawn or photographed
    "c1": ("cat", 10, {"medium": "drawn"}),
    "d1": ("dog", 20, {"medium": "drawn"}),
    "c2": ("cat", 30, {"medium": "photo"}),
    "d2": ("dog", 45, {"medium": "photo"}),
    "c3": ("cat", 60, {"medium": "drawn"}),
}
PHOTOS = {"q1": ("cat", 12, {"medium": "photo"}), "q2": ("dog", 50, {"medium": "photo"})}


def test_what_is_alike_in_the_same_medium_is_left_out_of_the_ranking(greys, evaluated):
    """q1 finds c1 d1 d2 c3, without c2; q2 finds c3 c2 d1 c1, without d2."""
    answerer = greys(MEDIA, PHOTOS)
    outcome = evaluated(answerer, "2", methods=["toy-far"], k=3, other="medium")
    assert answers_of(outcome) == {"q1": ["c1", "d1", "d2", "c3"], "q2": ["c3", "c2", "d1", "c1"]}
    (row,) = outcome.report.as_dict()["methods"]
    assert row["metrics"]["mrr"]["mean"] == pytest.approx((1 + 1 / 3) / 2)
    assert row["metrics"]["map"]["mean"] == pytest.approx(((1 + 2 / 4) / 2 + 1 / 3) / 2)
    assert outcome.report.other == "medium"
    assert outcome.report.queries.copies_left_out == 0
    assert outcome.qrels() == {"q1": {"c1": 1, "c3": 1}, "q2": {"d1": 1}}


def test_rankings_that_are_kept_are_of_the_same_relevance(greys, evaluated):
    """One folder of work: what may be found decides what is ranked."""
    answerer = greys(MEDIA, PHOTOS)
    plain = evaluated(answerer, "2", methods=["toy-far"], k=3).report.as_dict()["methods"]
    other = evaluated(answerer, "2", methods=["toy-far"], k=3, other="medium").report.as_dict()[
        "methods"
    ]
    again = evaluated(answerer, "2", methods=["toy-far"], k=3).report.as_dict()["methods"]
    assert plain[0]["metrics"] == again[0]["metrics"] != other[0]["metrics"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"other": "nosuch"}, "a field called 'nosuch'"),
        ({"other": "label"}, "Nothing has the query's label and another label"),
        ({"other": "always"}, "Every item of the gallery toys has the same always"),
        ({"by": "nosuch"}, "a field called 'nosuch'"),
    ],
)
def test_a_field_that_tells_nothing_is_refused(greys, evaluated, plan, message):
    rows = {name: (*row[:2], row[2] | {"always": "1"}) for name, row in MEDIA.items()}
    with pytest.raises(LookalikeError, match=message):
        evaluated(greys(rows, PHOTOS), "2", methods=["toy-far"], k=3, **plan)


def test_a_qrels_file_and_another_medium_do_not_go_together(greys, evaluated, tmp_path):
    path = tmp_path / "some.qrels"
    path.write_text("q1 0 c1 1\n")
    with pytest.raises(LookalikeError, match="A qrels file says by itself"):
        evaluated(greys(MEDIA, PHOTOS), str(path), methods=["toy-far"], k=3, other="medium")


@pytest.mark.parametrize("wanted", ["2", "all"])
def test_queries_are_grouped_by_any_field(greys, evaluated, wanted):
    rows = {name: (*row[:2], {"hue": "red"} if name > "c2" else {}) for name, row in MEDIA.items()}
    asked = {"q1": ("cat", 12, {"hue": "red"}), "q2": ("dog", 50)}
    outcome = evaluated(greys(rows, asked), wanted, methods=["toy-far"], k=3, by="hue")
    (row,) = outcome.report.as_dict()["methods"]
    groups = row["groups"]["hue"]
    counts = [groups[name]["queries"] for name in ("(other)", "red")]
    assert counts == ([1, 1] if wanted == "2" else [2, 3]) and len(groups) == 2
    for metric, overall in row["metrics"].items():
        values = [groups[name][metric] for name in ("(other)", "red")]
        assert np.average(values, weights=counts) == pytest.approx(overall["mean"], abs=1e-12)


PARENTS = [
    {"odd": "Numbers", "even": "Numbers"},
    {"odd": "Odd ones", "even": "Even ones"},
    {"odd": "Odd ones"},  # the even ones have none
]


@pytest.mark.parametrize("parents", PARENTS)
@pytest.mark.parametrize("wanted", ["5", "all"])
def test_groups_add_up_to_the_overall_figure(noise, evaluated, parents, wanted):
    card = noise(41, methods=["toy"]).gallery.folder / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"parents": parents}))
    (row,) = evaluated(searcher("toys"), wanted).report.as_dict()["methods"]
    for kind, names in (("class", {"odd", "even"}), ("parent", {*parents.values()})):
        groups = row["groups"][kind]
        assert set(groups) - {"(other)"} == names
        counts = [group["queries"] for group in groups.values()]
        assert sum(counts) == (41 if wanted == "all" else 5)
        for metric, overall in row["metrics"].items():
            means = [group[metric] for group in groups.values()]
            assert np.average(means, weights=counts) == pytest.approx(overall["mean"], abs=1e-12)


def test_a_gallery_without_parent_classes_has_no_such_groups(noise, evaluated):
    (row,) = evaluated(noise(methods=["toy"]), "6").report.as_dict()["methods"]
    assert set(row["groups"]) == {"class"}


def test_another_field_can_make_items_relevant(greys, evaluated):
    kinds = dict(zip(LINE, ["pet", "pet", "pet", "wild", "wild", ""], strict=True))
    rows = {name: (*row, {"kind": kinds[name]}) for name, row in LINE.items()}
    report = evaluated(greys(rows), "all", relevant="kind", k=3).report.as_dict()
    assert report["relevance"] == "kind" and report["gallery"]["classes"] == 2
    assert report["queries"]["without_relevant"] == 1  # d3 is of no kind
    groups = report["methods"][0]["groups"]["class"]
    assert {name: group["queries"] for name, group in groups.items()} == {"pet": 3, "wild": 2}
    # c1 and c2 each find d1, then the other; d1 finds both, in either order
    assert groups["pet"]["precision@3"] == pytest.approx(2 / 3)


def test_a_qrels_file_can_say_what_is_relevant(greys, evaluated, tmp_path):
    path = tmp_path / "some.qrels"
    path.write_text("q1 0 d1 1\nq1 0 c1 0\nc2 0 d2 3\nc2 0 c2 1\nd1 0 c1 0\n")
    report = evaluated(greys(LINE, ASKED), str(path), k=3).report.as_dict()
    assert report["relevance"] == "qrels" and report["queries"]["without_relevant"] == 1
    # q1 finds d1 second; c2 (30) finds d1 or c1 or d2 (45), of which d2 is the second nearest
    assert report["methods"][0]["metrics"]["mrr"]["mean"] == pytest.approx(1 / 2)


def test_differences_are_paired_and_of_pairs_that_mean_something(noise, evaluated):
    answerer = noise(methods=["toy", "toy-far"])
    report = evaluated(
        answerer, "all", methods=["toy", "toy-far"], engines=["exact", "lsh"]
    ).report.as_dict()
    pairs = {(row["first"], row["second"]) for row in report["differences"]}
    assert pairs == {
        ("toy@exact", "toy-far@exact"),
        ("toy@lsh", "toy-far@lsh"),
        ("toy@exact", "toy@lsh"),
        ("toy-far@exact", "toy-far@lsh"),
    }
    means = {row["name"]: row["metrics"] for row in report["methods"]}
    for row in report["differences"]:
        metric = row["metric"]
        apart = means[row["first"]][metric]["mean"] - means[row["second"]][metric]["mean"]
        assert row["mean"] == pytest.approx(apart, abs=1e-12)
        assert row["low"] <= row["mean"] <= row["high"]


def test_strips_show_the_worst_answers_beside_typical_ones(noise, evaluated):
    methods = ["toy", "toy-far"]
    outcome = evaluated(noise(methods=methods), "all", methods=methods, k=5)
    shown = outcome.report.strips
    assert [strip.kind for strip in shown] == ["worst"] * 6 + ["typical"] * 6
    assert len({strip.query for strip in shown}) == 12
    worst = [strip.precision for strip in shown[:6]]
    assert worst == sorted(worst) and worst[-1] <= min(strip.precision for strip in shown[6:])
    for strip in shown:
        query = outcome.queries.each[strip.number]
        assert (query.name, query.label) == (strip.query, strip.label)
        assert outcome.picture(strip).startswith(b"\x89PNG")
        shares = []
        for method, answers in strip.answers.items():
            run = next(run for name, run in outcome.runs(5) if name == f"{method}@exact")
            assert [answer.name for answer in answers] == run[query.name]
            right = [answer.label == query.label for answer in answers]
            assert [answer.relevant for answer in answers] == right
            shares.append(np.mean(right))
        assert strip.precision == pytest.approx(np.mean(shares))


# Interrupted


def stop_after(steps, act):
    """A progress bar that acts at the given step of the ranking."""
    seen = []

    @contextmanager
    def show(name):
        def update(done, total):
            if name.startswith("rank"):
                seen.append(name)
                if len(seen) == steps:
                    act()

        yield update

    return show


def press_ctrl_c():
    raise KeyboardInterrupt


@pytest.mark.parametrize("steps", [1, 3, 5, 8])
@pytest.mark.parametrize("wanted", ["6", "all"])
def test_what_was_finished_is_not_done_again(
    noise, evaluated, toy, tmp_path, monkeypatch, steps, wanted
):
    monkeypatch.setattr(rankings, "CHUNK", 2 if wanted == "6" else 12)
    methods = ["toy", "toy-far", "toy-comparer"]
    answerer = noise(methods=methods)
    whole = evaluated(answerer, wanted, tmp_path / "whole", methods=methods)
    encoders = [toy(name, "embedded") for name in methods]

    def spent(run):
        before = sum(encoder.encoded for encoder in encoders)
        result = run()
        return result, sum(encoder.encoded for encoder in encoders) - before

    def interrupted():
        with pytest.raises(KeyboardInterrupt):
            evaluated(
                answerer,
                wanted,
                tmp_path / "work",
                stop_after(steps, press_ctrl_c),
                methods=methods,
            )

    _, all_at_once = spent(lambda: evaluated(answerer, wanted, tmp_path / "again", methods=methods))
    _, first = spent(interrupted)
    resumed, second = spent(lambda: evaluated(answerer, wanted, tmp_path / "work", methods=methods))
    assert first + second == all_at_once and first > 0
    assert quality(resumed.report) == quality(whole.report)
    assert [*resumed.runs(1000)] == [*whole.runs(1000)]
    _, third = spent(lambda: evaluated(answerer, wanted, tmp_path / "work", methods=methods))
    assert third == 0


def test_kill_9_costs_no_more_than_one_chunk(noise, evaluated, toy, tmp_path, monkeypatch):
    monkeypatch.setattr(rankings, "CHUNK", 7)
    answerer = noise(methods=["toy"])
    whole = evaluated(answerer, "all", tmp_path / "whole")

    def killed():
        die = stop_after(4, lambda: os.kill(os.getpid(), signal.SIGKILL))
        evaluated(answerer, "all", tmp_path / "work", die)

    process = multiprocessing.get_context("fork").Process(target=killed)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    kept = sorted(path.name for path in (tmp_path / "work").glob("toy-ranks-*/*.npz"))
    assert kept == [f"{start:09d}.npz" for start in (0, 7, 14, 21)]
    ranked = []
    rank = rankings.Rankings._rank
    monkeypatch.setattr(
        rankings.Rankings,
        "_rank",
        lambda self, numbers: ranked.append(numbers) or rank(self, numbers),
    )
    resumed = evaluated(answerer, "all", tmp_path / "work")
    assert ranked == [range(28, 35), range(35, 40)]
    assert quality(resumed.report) == quality(whole.report)


def test_a_damaged_part_is_made_again(noise, evaluated, tmp_path):
    answerer = noise(methods=["toy"])
    whole = evaluated(answerer, "all", tmp_path / "work")
    for path in (tmp_path / "work").rglob("*.npz"):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
    assert quality(evaluated(answerer, "all", tmp_path / "work").report) == quality(whole.report)


CHANGES = [
    # asked first, asked then and how
    ("all", "6", {}),
    ("all", "all", {"k": 3}),
    ("all", "all", {"engines": ["annoy"]}),
    ("all", "all", {"weights": "hub"}),
    ("6", "6", {"without": "003.png"}),
    ("all", "all", {"without": "003.png"}),
]


@pytest.mark.parametrize(("before", "wanted", "comparison"), CHANGES)
def test_other_circumstances_are_measured_anew(
    noise, evaluated, register, tmp_path, before, wanted, comparison
):
    """What an unfinished evaluation left is taken only where everything is the same."""
    register(Hasty)  # what it finds hangs on how many it is asked for
    for weights in ("embedded", "hub"):
        index_method(noise(methods=[]).gallery, "toy", weights, "exact")
    comparison = {"engines": ["hasty"], **comparison}
    evaluated(searcher("toys"), before, tmp_path / "work", methods=["toy"], engines=["hasty"])
    if gone := comparison.pop("without", None):
        remove_items("toys", [gone])
    stale = evaluated(searcher("toys"), wanted, tmp_path / "work", methods=["toy"], **comparison)
    fresh = evaluated(searcher("toys"), wanted, tmp_path / "fresh", methods=["toy"], **comparison)
    assert quality(stale.report) == quality(fresh.report)
    assert [*stale.runs(1000)] == [*fresh.runs(1000)]


def test_progress_of_every_step_reaches_the_end(noise, evaluated):
    seen = {}

    @contextmanager
    def show(name):
        yield lambda done, total: seen.update({name: (done, total)})

    evaluated(noise(methods=["toy", "toy-far"]), "6", show=show)
    assert set(seen) >= {
        f"{step} {name}" for step in ("encode", "time", "rank") for name in ("toy", "toy-far")
    }
    assert all(done == total for done, total in seen.values())


# What is refused

REFUSED = [
    # the items, what is asked, the comparison, a part of the error's sentence
    (LINE, "all", {"k": 6}, "has 5 items for a query to find, fewer than the 6 results"),
    (LINE, "2", {"k": 7}, "has 6 items for a query to find, fewer than the 7 results"),
    (LINE, "2", {}, "fewer than the 10 results"),
    (LINE, "2", {"k": 0}, "0 is not a number of results"),
    (LINE, "2", {"k": 3, "methods": ["nosuch"]}, "no method called 'nosuch'"),
    (LINE, "2", {"k": 3, "engines": ["nosuch"]}, "no engine called 'nosuch'"),
    (LINE, "2", {"k": 3, "weights": "nosuch"}, "no set of weights called 'nosuch'"),
    (LINE, "2", {"k": 3, "methods": ["toy"]}, "toy index of the gallery toys .* is missing"),
    (LINE, "all", {"k": 3, "relevant": "nosuch"}, "a field called 'nosuch'"),
    ({"a": ("x", 1), "b": ("x", 2)}, "all", {"k": 1}, "the same label, 'x'"),
    ({"a": ("", 1), "b": ("", 2)}, "all", {"k": 1}, "has a label"),
    ({"a": ("x", 1), "b": ("y", 2)}, "all", {"k": 1}, "None of the 2 queries has anything"),
    ({"a": ("x", 1)}, "all", {"k": 1}, "the same label"),
]


@pytest.mark.parametrize(("rows", "wanted", "comparison", "sentence"), REFUSED)
def test_what_cannot_be_judged_is_refused(greys, evaluated, rows, wanted, comparison, sentence):
    answerer = greys(rows, ASKED)
    with pytest.raises(LookalikeError, match=sentence) as refused:
        evaluated(answerer, wanted, **comparison)
    assert refused.value.message.endswith(".") and refused.value.hint.endswith(".")


def test_an_emptied_gallery_is_refused(greys, evaluated):
    greys(LINE, ASKED)
    remove_items("toys", list(LINE))
    for wanted in ("2", "all"):
        with pytest.raises(LookalikeError, match="The gallery toys is empty"):
            evaluated(searcher("toys"), wanted, k=1)


def test_an_image_that_is_alone_in_its_class_counts_in_no_mean(greys, evaluated):
    outcome = evaluated(greys(LINE | {"h": ("horse", 200)}), "all", k=3)
    assert outcome.report.as_dict()["queries"]["without_relevant"] == 1
    assert set(outcome.report.as_dict()["methods"][0]["groups"]["class"]) == {"cat", "dog"}
    assert all(set(run) == set(LINE) for _, run in outcome.runs(3))


def test_no_query_is_an_error(noise, tmp_path):
    answerer = noise(methods=["toy"])
    none = read_queries(answerer.gallery, "6")
    none.each.clear()
    with pytest.raises(LookalikeError, match="no query"):
        evaluate_queries(answerer, none, tmp_path, Comparison())


def test_a_full_disk_is_one_sentence(noise, evaluated, full_disk, tmp_path):
    answerer = noise(methods=["toy"])
    with full_disk(), pytest.raises(LookalikeError, match="cannot be written"):
        evaluated(answerer, "all", tmp_path / "work")
    assert evaluated(answerer, "all", tmp_path / "work").report.as_dict()["methods"]
