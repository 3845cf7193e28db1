"""`lookalike bench overhead`: both sides give the same answer, and take turns."""

import json

import numpy as np
import pytest

from lookalike.benchmarking import overhead
from lookalike.engines import registry
from tests.cli.refusal import check_refusal


@pytest.fixture
def held_out(ready):
    items = ready.folder / "items-00000000.parquet"
    (ready.folder / "queries.parquet").write_bytes(items.read_bytes())
    return ready


@pytest.mark.parametrize("method", ["toy", "toy-far"])
@pytest.mark.parametrize("name", overhead.DIRECT)
def test_the_library_answers_what_lookalike_answers(held_out, monkeypatch, name, method):
    answers = []

    def compared(ours, theirs, queries, prepare):
        for query in queries[:, None]:
            given = theirs(prepare(query))
            # Annoy gives (ids, distances), faiss (distances, ids).
            ids = given[0] if name == "annoy" else given[1][0]
            answers.append((ours(query).ids[0].tolist(), list(ids)))
        return [2.0, 8.0, 9.0, 8.0], [1.0, 1.0, 3.0, 1.0]

    monkeypatch.setattr(overhead, "alternate", compared)
    (row,) = overhead.measure_overhead("toys", method, name)
    assert len(answers) == 40 and all(one == other for one, other in answers)
    assert row["ratio"] == pytest.approx(20**0.5, abs=1e-4)  # of 2 and 3, and of 8 and 8
    assert (row["engine"], row["count"], row["dimension"], row["k"]) == (name, 40, 16, 10)


def test_both_sides_take_turns_in_being_first(monkeypatch):
    monkeypatch.setattr(overhead, "WARM_UP", 1)
    calls = []
    ours, theirs = overhead.alternate(
        lambda query: calls.append(("ours", query[0, 0])),
        lambda query: calls.append(("theirs", query[0, 0])),
        np.arange(3, dtype=np.float32)[:, None],
        lambda query: query + 100,  # what the engine sees
    )
    assert len(ours) == len(theirs) == 3 * overhead.ROUNDS - 1
    assert calls[:4] == [("theirs", 100), ("ours", 0), ("ours", 1), ("theirs", 101)]


def test_coming_second_is_no_merit():
    """Twice as long, and half the time for whoever comes second."""
    ours, theirs = [4.0, 2.0] * 5, [1.0, 2.0] * 5
    assert overhead.ratio(ours, theirs) == 2


def test_the_command(run, held_out, tmp_path, monkeypatch):
    monkeypatch.setattr(overhead, "in_child", lambda what, *arguments: what(*arguments))
    common = ("bench", "overhead", "--gallery", "toys", "--method", "toy", "--out", tmp_path)
    ran = run(*common, "--engine", "annoy")
    assert ran.code == 0, ran.err
    (row,) = json.loads((tmp_path / "engines.json").read_text())["overhead"]
    assert row["engine"] == "annoy" and row["ratio"] > 0
    ran = run(*common, "--engine", "exact")
    check_refusal(ran, "There is no engine that can be called directly called 'exact'.")


def test_every_engine_that_is_called_directly_exists():
    assert set(overhead.DIRECT) <= set(registry.names())
