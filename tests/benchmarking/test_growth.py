"""`lookalike bench growth`: vectors that repeat, the parameter for the recall, resuming."""

import json

import numpy as np
import pytest

from lookalike.benchmarking import data, growth
from tests.cli.refusal import check_refusal

pytestmark = pytest.mark.slow  # it measures engines


@pytest.mark.parametrize(
    ("first", "aim", "found"),
    [
        (100, 1, 100),  # at once
        (100, 100, 100),
        (100, 101, 112),  # 100 to 200 is halved three times
        (100, 200, 200),
        (100, 1000, 1000),
        (1, 7, 7),
        (10, 5000, 640),  # never, below what may be doubled
    ],
)
def test_the_smallest_value_that_reaches_the_aim(first, aim, found):
    tried = []

    def reaches(value):
        tried.append(value)
        return value >= aim

    assert growth.smallest(reaches, first, most=400 if aim == 5000 else 10_000) == found
    assert len(tried) == len(set(tried))


def test_a_longer_file_begins_with_the_shorter_one(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "BLOCK", 64)
    made = []
    for count in (100, 300):
        data.synthetic(tmp_path, count, 10, 8)
        vectors, queries = data.open_saved(tmp_path)
        made.append((np.array(vectors), queries))
    (short, asked), (long, again) = made
    assert short.shape == (100, 8) and long.shape == (300, 8) and asked.shape == (10, 8)
    assert short.dtype == long.dtype == asked.dtype == np.float32
    assert np.array_equal(long[:100], short) and np.array_equal(asked, again)
    assert len(np.unique(long, axis=0)) == 300
    variances = long.var(axis=0)
    assert variances[0] > 4 * variances[-1]


@pytest.fixture
def bench(run, tmp_path):
    def command(*arguments):
        ran = run("bench", "growth", "--dimension", 16, "--runs", 1, "--out", tmp_path, *arguments)
        assert ran.code == 0, ran.err
        return json.loads((tmp_path / "engines.json").read_text())["growth"]

    return command


def test_growth(bench, tmp_path, monkeypatch):
    rows = bench("--engine", "annoy", "--count", 500, "--count", 1500)
    assert [(row["engine"], row["count"], row["dimension"]) for row in rows] == [
        ("annoy", 500, 16),
        ("annoy", 1500, 16),
    ]
    for row in rows:
        assert row["recall@10"] >= growth.RECALL
        assert row["vectors_mb"] == pytest.approx(row["count"] * 64 / 2**20, abs=0.1)
        assert {"build_s", "peak_mb", "file_mb", "qps", "params"} <= set(row)
    assert ">annoy<" in (tmp_path / "growth.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["engines.json", "growth.svg"]
    monkeypatch.setattr(growth, "in_child", None)  # nothing is measured again
    assert bench("--engine", "annoy", "--count", 500, "--count", 1500) == rows


def test_an_engine_without_a_knob_is_refused(run, tmp_path):
    ran = run("bench", "growth", "--engine", "exact", "--out", tmp_path)
    check_refusal(ran, "There is no engine whose growth is measured called 'exact'.")
