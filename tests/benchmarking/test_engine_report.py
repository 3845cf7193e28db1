"""What an engines.json says in words, and its table."""

from lookalike.benchmarking import engine_report
from tests.evaluation import samples
from tests.evaluation.render.test_tables import column


def test_the_fastest_engine_of_enough_recall_is_named():
    first, second = engine_report.verdict(samples.engines())
    assert first.startswith("faiss-hnsw answers the most queries a second")
    assert "87.2 times as many as exact search, at 0.989" in first
    assert second.startswith("annoy, the default, answers 784 at 0.989")


def test_engines_of_too_little_recall_are_not_recommended():
    bench = samples.engines()
    bench["rows"] = [row for row in bench["rows"] if row["recall@10"] < 0.98]
    assert engine_report.verdict(bench) == [
        "No engine but exact search reaches a recall@10 of 0.98."
    ]


def test_every_setting_of_every_engine_is_a_row():
    bench = samples.engines()
    shown = engine_report.table(bench)
    assert len(shown.rows) == len(bench["rows"])
    assert all(len(row) == len(shown.columns) for row in shown.rows)
    assert column(shown, "Recall@10")["exact"].text == "1.0000"
