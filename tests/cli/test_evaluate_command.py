"""`lookalike evaluate`: what it prints and writes, and one sentence for what it cannot use."""

import json

import pytest

from lookalike import photos
from lookalike.galleries.gallery import Item
from lookalike.galleries.writer import write_shard
from tests.cli.refusal import check_refusal

TOYS = ("--gallery", "toys", "--method", "toy")


@pytest.fixture
def asked(ready, pictures):
    """The gallery "toys", indexed for two methods, with 8 held-out pictures."""
    labels = ["odd", "even"] * 4
    held_out = [
        Item(f"held-{place}.png", label, photos.to_png(photo))
        for place, (label, photo) in enumerate(zip(labels, pictures(8, seed=1), strict=True))
    ]
    write_shard(ready.folder / "queries.parquet", held_out)
    return ready


def test_json_has_the_shape_that_is_promised(run, asked):
    ran = run("evaluate", *TOYS, "--method", "toy-far", "--queries", 8, "--k", 5, "--json")
    assert ran.code == 0
    printed = json.loads(ran.out)
    assert set(printed) == {"gallery", "rows"} and printed["gallery"] == "toys"
    promised = {"method", "weights", "engine", "queries", "precision@1", "precision@10", "map"}
    promised |= {"precision@5", "ndcg@10", "encode_ms_p50", "search_ms_p50", "rerank_ms_p50"}
    assert [row["method"] for row in printed["rows"]] == ["toy", "toy-far"]
    for row in printed["rows"]:
        assert promised <= set(row)
        assert (row["queries"], row["engine"], row["weights"]) == (8, "annoy", "embedded")


def test_a_table_for_people(run, asked):
    ran = run("evaluate", "--gallery", "toys", "--engine", "annoy", "--engine", "exact")
    assert ran.code == 0 and "rank toy@exact: 100%" in ran.err
    head, *rows = ran.out.splitlines()
    assert head.split()[:4] == ["method", "weights", "engine", "queries"]
    engines = [tuple(row.split()[0:3:2]) for row in rows[:4]]
    assert engines == [
        ("toy", "annoy"),
        ("toy-far", "annoy"),
        ("toy", "exact"),
        ("toy-far", "exact"),
    ]
    assert "Built in memory for this report: exact." in rows


def test_a_table_per_class(run, asked):
    ran = run("evaluate", *TOYS, "--queries", "all", "--by", "class", "--json")
    groups = json.loads(ran.out)["groups"]
    assert [(row["class"], row["queries"]) for row in groups] == [("even", 20), ("odd", 20)]
    ran = run("evaluate", *TOYS, "--queries", "all", "--by", "class")
    assert ["even", "20"] in [line.split()[:2] for line in ran.out.splitlines()]


def test_a_table_of_changed_queries(run, asked):
    ran = run("evaluate", *TOYS, "--queries", 8, "--k", 5, "--robustness", "--json")
    (row,) = json.loads(ran.out)["robustness"]
    assert (row["method"], row["queries"]) == ("toy", 8)
    assert list(row)[2:] == ["unchanged", "flip", "rotate", "blur", "darken", "jpeg", "crop"]
    assert all(0 <= share <= 1 for share in list(row.values())[2:])
    ran = run("evaluate", *TOYS, "--queries", 8, "--k", 5, "--robustness")
    assert [*row] in [line.split() for line in ran.out.splitlines()]


def test_a_report_in_a_folder(run, asked, tmp_path):
    out = tmp_path / "out" / "report"
    ran = run("evaluate", *TOYS, "--two-stage", "toy:toy-far:20", "--out", out)
    assert ran.code == 0 and f"The report is {out / 'report.html'}." in ran.out
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert [row["name"] for row in report["methods"]] == ["toy", "toy-far"]
    assert [point["n"] for point in report["two_stage"][0]["curve"]] == [10, 20]
    assert {path.name for path in out.iterdir()} == {
        "qrels.txt",
        "report.html",
        "report.json",
        "run-toy-far@annoy.trec",
        "run-toy@annoy.trec",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--queries", "9"], "The gallery toys cannot give 9 held-out images."),
        (["--queries", "nowhere"], "There is no folder 'nowhere'."),
        (["--queries", "nowhere.qrels"], "'nowhere.qrels' cannot be read"),
        (["--queries", "votes"], "No vote has been cast"),
        (["--queries", "votes", "--robustness"], "Votes keep no photo"),
        (["--queries", "pictures"], "The folder 'pictures' holds no image."),
        (["--by", "parent"], "The queries have no parent to be grouped by."),
        (["--by", "colour"], "a field called 'colour'."),
        (["--other", "colour"], "a field called 'colour'."),
        (["--other", "label"], "Nothing has the query's label and another label"),
        (["--queries", "votes", "--other", "medium"], "Votes say by themselves"),
        (["--relevant", "colour"], "a field called 'colour'."),
        (["--two-stage", "toy"], "'toy' does not say how to search in two stages."),
        (["--two-stage", "toy:nosuch:10"], "There is no method called 'nosuch'."),
        (["--two-stage", "nosuch:toy:10"], "There is no method called 'nosuch'."),
        (["--two-stage", "toy:toy-far:4000"], "A short list of 4000 is longer than the 40 ranks"),
        (["--engine", "nosuch"], "There is no engine called 'nosuch'."),
        (["--method", "toy-long"], "The toy-long index of the gallery toys with embedded weights"),
        (["--weights", "nosuch"], "There is no set of weights called 'nosuch'."),
        (["--k", "0"], "0 is not a number of results."),
        (["--k", "41"], "has 40 items for a query to find, fewer than the 41 results"),
        (["--out", "a-file"], "'a-file' is a file."),
    ],
)
def test_what_cannot_be_evaluated_is_refused(run, asked, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "a-file").touch()
    ran = run("evaluate", *TOYS, *arguments)
    check_refusal(ran, message)
