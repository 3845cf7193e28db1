"""`lookalike bench methods`."""

import json

import pytest

from tests.cli.refusal import check_refusal


@pytest.fixture
def bench(run, ready, tmp_path):
    items = ready.folder / "items-00000000.parquet"
    (ready.folder / "queries.parquet").write_bytes(items.read_bytes())
    methods = ("--method", "toy", "--method", "toy-far")

    def command(*arguments):
        return run("bench", "methods", "--gallery", "toys", *methods, *arguments)

    return command


def test_steps_and_batches_of_each_method(bench, tmp_path):
    ran = bench("--queries", 9, "--out", tmp_path)
    assert ran.code == 0, ran.err
    figures = json.loads((tmp_path / "methods.json").read_text())
    assert [row["method"] for row in figures["rows"]] == ["toy", "toy-far"]
    for row in figures["rows"]:
        assert row["queries"] == 9 and row["engine"] == "annoy"
        assert set(row["images_per_second"]) == {"1", "8", "32"}
        assert all(rate > 0 for rate in row["images_per_second"].values())
        for step in ("encode", "search", "total"):
            assert 0 < row["ms"][step]["p50"] <= row["ms"][step]["p95"]
        assert row["ms"]["rerank"] == {"p50": 0, "p95": 0}
    assert "toy-far" in ran.out and "images/s of 32" in ran.out


@pytest.mark.parametrize("queries", [0, 41])
def test_more_queries_than_there_are(bench, queries):
    check_refusal(bench("--queries", queries), f"cannot give {queries} held-out images.")
