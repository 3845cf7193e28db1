"""A report's files: they agree with each other, and with what another library makes of them."""

import json
from collections import Counter

import ir_measures
import pytest
from ir_measures import AP, RR, P, R, Rprec, Success, nDCG

from lookalike.errors import LookalikeError, StorageError
from lookalike.evaluation.comparison import Comparison
from lookalike.evaluation.render import files
from lookalike.evaluation.run import run

MEASURES = {
    "precision@1": P @ 1,
    "precision@10": P @ 10,
    "recall@10": R @ 10,
    "map": AP,
    "r_precision": Rprec,
    "ndcg@10": nDCG @ 10,
    "mrr": RR,
    "success@1": Success @ 1,
    "success@5": Success @ 5,
    "success@25": Success @ 25,
}
METHODS = ["toy", "toy-far"]


def measured_elsewhere(out, run_file):
    """The mean of each of MEASURES by trec_eval, from the files alone."""
    qrels = list(ir_measures.read_trec_qrels(str(out / "qrels.txt")))
    ranked = list(ir_measures.read_trec_run(str(out / run_file)))
    return ir_measures.calc_aggregate(MEASURES.values(), qrels, ranked)


@pytest.mark.parametrize("wanted", ["6", "all", "qrels"])
def test_trec_eval_finds_the_reports_figures_in_its_files(noise, tmp_path, wanted):
    noise(45, methods=METHODS)
    if wanted == "qrels":
        wanted = tmp_path / "some.qrels"
        judged = [
            (query, f"{item:03}.png", item % 4) for query in range(6) for item in range(query, 30)
        ]
        wanted.write_text("".join(f"held-{q}.png 0 {item} {grade}\n" for q, item, grade in judged))
    comparison = Comparison(METHODS, ["exact", "annoy"])
    report = run("toys", str(wanted), comparison, tmp_path / "out").as_dict()
    files = {path.name for path in (tmp_path / "out").iterdir()}
    runs = {f"run-{method}@{engine}.trec" for method in METHODS for engine in comparison.engines}
    assert files == runs | {"report.json", "report.html", "qrels.txt"}
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8")) == report
    for row in report["methods"]:
        found = measured_elsewhere(tmp_path / "out", f"run-{row['method']}@{row['engine']}.trec")
        for name, measure in MEASURES.items():
            assert row["metrics"][name]["mean"] == pytest.approx(found[measure], abs=1e-9), name


def test_an_earlier_reports_runs_do_not_stay(noise, tmp_path):
    noise(methods=METHODS)
    run("toys", "6", Comparison(METHODS, ["exact"]), tmp_path)
    (tmp_path / "mine.txt").touch()
    run("toys", "6", Comparison(["toy"], ["exact"]), tmp_path)
    runs = {path.name for path in tmp_path.glob("*.trec")}
    assert runs == {"run-toy@exact.trec"} and (tmp_path / "mine.txt").exists()


def test_files_that_would_be_too_long_are_cut_and_it_is_said(noise, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LINES", 6 * 15)
    noise(methods=["toy"])
    report = run("toys", "6", Comparison(["toy"], ["exact"]), tmp_path).as_dict()
    assert not (tmp_path / "qrels.txt").exists()
    ranked = ir_measures.read_trec_run(str(tmp_path / "run-toy@exact.trec"))
    assert [*Counter(result.query_id for result in ranked).values()] == [15] * 6
    assert "qrels.txt is left out: it would have 120 lines." in report["notes"]
    assert "The run files hold the first 15 ranks of each query." in report["notes"]


def test_without_a_folder_nothing_is_left_behind(noise, home, tmp_path, monkeypatch):
    noise(methods=["toy"])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = sorted(home.rglob("*"))
    assert run("toys", "6", Comparison(["toy"], ["exact"])).methods
    assert sorted(home.rglob("*")) == before and not list(tmp_path.iterdir())


def test_a_file_cannot_take_a_report(noise, tmp_path):
    noise(methods=["toy"])
    (tmp_path / "out").write_text("mine")
    with pytest.raises(LookalikeError, match="out' is a file"):
        run("toys", "6", Comparison(["toy"], ["exact"]), tmp_path / "out")
    with pytest.raises(StorageError, match="cannot be written") as refused:
        run("toys", "6", Comparison(["toy"], ["exact"]), tmp_path / "out" / "below")
    assert "report" in refused.value.hint and (tmp_path / "out").read_text() == "mine"


def test_what_was_measured_survives_a_disk_that_fills_up_at_the_end(
    noise, tmp_path, full_disk, monkeypatch, toy
):
    noise(methods=["toy"])
    comparison = Comparison(["toy"], ["exact"])
    whole = run("toys", "6", comparison, tmp_path / "whole").as_dict()
    write = files.write

    def on_a_full_disk(outcome, out):
        with full_disk(2000):
            write(outcome, out)

    monkeypatch.setattr(files, "write", on_a_full_disk)
    with pytest.raises(StorageError, match="cannot be written"):
        run("toys", "6", comparison, tmp_path / "out")
    encoded = toy("toy", "embedded").encoded
    monkeypatch.setattr(files, "write", write)
    again = run("toys", "6", comparison, tmp_path / "out").as_dict()
    assert toy("toy", "embedded").encoded == encoded
    assert again["methods"][0]["metrics"] == whole["methods"][0]["metrics"]
    assert not (tmp_path / "out" / files.WORK).exists()
