"""`lookalike bench engines`, on a Fashion-MNIST of 300 images, 4 x 4 pixels."""

import json

import numpy as np
import pytest

from lookalike.benchmarking import data, engine_plots, engines, sweeps
from lookalike.benchmarking.sweeps import Sweep, along
from lookalike.engines import registry
from lookalike.galleries.sources import fashion_mnist
from lookalike.settings import settings
from tests.cli.refusal import check_refusal

pytestmark = pytest.mark.slow  # it measures engines

ROW = {"engine", "params", "recall@10", "qps", "relative_qps", "exact_qps", "runs", "build_s"}
ROW |= {"peak_mb", "memory_mb", "file_mb", "bytes_per_vector", "library"}
SMALL = {"annoy": [along("search_k", [10, 4000], n_trees=1), along("search_k", [4000], n_trees=8)]}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A Fashion-MNIST of noise, and few configurations."""
    sizes = {"train": 300, "test": 20}

    def read(split):
        images = np.random.default_rng(sizes[split]).integers(0, 256, (sizes[split], 4, 4))
        return images.astype(np.uint8), np.zeros(sizes[split], np.int64)

    monkeypatch.setattr(fashion_mnist, "read", read)
    monkeypatch.setattr(sweeps, "SWEEPS", SMALL)


@pytest.fixture
def bench(run, tmp_path):
    """bench("--engine", "exact"): the command's outcome and the figures that it left."""

    def command(*arguments):
        common = ("--queries", 20, "--runs", 2, "--out", tmp_path / "out")
        ran = run("bench", "engines", *common, *arguments)
        assert ran.code == 0, ran.err
        return ran, json.loads((tmp_path / "out" / "engines.json").read_text())

    return command


@pytest.fixture
def children(monkeypatch):
    """The builds that were measured in a process of their own."""
    started = []

    def counted(what, setup, name, sweep):
        started.append((name, sweep))
        return what(setup, name, sweep)

    monkeypatch.setattr(engines, "in_child", counted)
    return started


KEPT = [{"engine": "annoy", "count": 10}]  # figures of another question


def test_the_figures(bench, tmp_path):
    ran, figures = bench("--engine", "exact", "--engine", "annoy")
    assert figures["dataset"] == "fashion-mnist-16-euclidean"
    assert (figures["count"], figures["dimension"], figures["queries"]) == (300, 16, 20)
    assert figures["k"] == 10 and figures["threads"] == 1 and figures["exact_qps"] > 0
    assert figures["machine"] and figures["date"]
    exact, *annoy = figures["rows"]
    assert all(set(row) == ROW and row["runs"] == 2 for row in figures["rows"])
    assert exact["recall@10"] == 1 and exact["bytes_per_vector"] == pytest.approx(16 * 4, abs=1)
    assert [(row["params"]["n_trees"], row["params"]["search_k"]) for row in annoy] == [
        (1, 10),
        (1, 4000),
        (8, 4000),
    ]
    # One tree's first leaf holds little; everything is looked at in the end.
    assert annoy[0]["recall@10"] < 0.9 < annoy[2]["recall@10"]
    assert 16 * 4 < annoy[0]["bytes_per_vector"] < annoy[2]["bytes_per_vector"]
    assert "relative_qps" in ran.out and "n_trees=1 search_k=10" in ran.out
    assert ">annoy<" in (tmp_path / "out" / "engines.svg").read_text()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "engines.json",
        "engines.svg",
    ]


def test_what_was_measured_is_not_measured_again(bench, children, tmp_path):
    _, before = bench("--engine", "exact", "--engine", "annoy")
    assert len(children) == 3
    children.clear()
    assert bench("--engine", "exact", "--engine", "annoy")[1] == before
    assert not children
    file = tmp_path / "out" / "engines.json"
    rows = [before["rows"][0], before["rows"][1], before["rows"][3]]
    file.write_text(json.dumps(before | {"rows": rows, "growth": KEPT}))
    _, after = bench("--engine", "exact", "--engine", "annoy")
    # Of the build that lacks a search, that search alone.
    assert children == [("annoy", Sweep({"n_trees": 1}, ({"search_k": 4000},)))]
    assert after["rows"][:3] == rows and len(after["rows"]) == 4
    assert after["growth"] == KEPT
    children.clear()
    _, fresh = bench("--engine", "exact", "--fresh")
    assert len(children) == 1 and len(fresh["rows"]) == 1 and fresh["growth"] == KEPT


def test_an_engine_without_its_library_is_skipped_and_named(bench, monkeypatch):
    monkeypatch.setattr(registry, "available", lambda: ["exact"])
    ran, figures = bench("--engine", "annoy", "--engine", "exact")
    assert "Skipped annoy: its library is not installed." in ran.err
    assert [row["engine"] for row in figures["rows"]] == ["exact"]


def test_ones_own_catalogue(run, ready, tmp_path, monkeypatch):
    """The vectors of a method's index."""
    items = ready.folder / "items-00000000.parquet"
    (ready.folder / "queries.parquet").write_bytes(items.read_bytes())
    monkeypatch.setattr(engines, "in_child", lambda what, *arguments: what(*arguments))
    ran = run(
        *("bench", "engines", "--gallery", "toys", "--space", "toy", "--queries", 30),
        *("--engine", "exact", "--out", tmp_path, "--json"),
    )
    figures = json.loads(ran.out)
    assert (figures["dataset"], figures["count"]) == ("toys-toy-40-16-cosine", 40)
    assert figures["rows"][0]["recall@10"] == 1


def test_the_queries_of_a_catalogue_are_prepared_as_its_index_is(ready):
    (ready.folder / "queries.parquet").write_bytes(
        (ready.folder / "items-00000000.parquet").read_bytes()
    )
    dataset = data.load("toys", "toy-far", "25", 5)
    assert dataset.metric == "euclidean" and dataset.vectors.shape == (25, 16)
    assert np.allclose(dataset.queries, dataset.vectors[:5], atol=1e-4)


def test_a_catalogue_without_held_out_images_asks_with_some_items(ready):
    dataset = data.load("toys", "toy", "full", None)
    assert dataset.queries.shape == (4, 16) and dataset.vectors.shape == (36, 16)
    together = np.concatenate([dataset.queries, dataset.vectors])
    whole = data.searcher("toys").load("toy")[1].vectors()
    assert np.array_equal(np.unique(together, axis=0), np.unique(whole, axis=0))
    again = data.load("toys", "toy", "full", 4)
    assert np.array_equal(again.queries, dataset.queries)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "nosuch"], "There is no engine called 'nosuch'."),
        (["--gallery", "nosuch", "--space", "resnet"], "There is no gallery called 'nosuch'."),
        (["--gallery", "nosuch"], "There is no gallery called 'nosuch'."),
        (["--gallery", "toys"], "The gallery 'toys' has no space of pixels."),
        (["--gallery", "toys", "--space", "toy", "--queries", "5"], "There are no 5 queries."),
        (["--space", "nosuch"], "There is no method called 'nosuch'."),
        (["--size", "301"], "'301' is not a size."),
        (["--size", "some"], "'some' is not a size."),
        (["--queries", "21"], "There are no 21 queries."),
        (["--queries", "0"], "There are no 0 queries."),
        (["--k", "0"], "0 is not a number of neighbours."),
        (["--k", "301"], "301 is not a number of neighbours."),
        (["--out", "{file}"], "is not a folder."),
        (["--out", "{file}/below"], "cannot be"),
        (["--out", "{damaged}"], "does not hold a benchmark's figures."),
        (["--out", "{other}"], "holds figures of another dataset, size or k."),
    ],
)
def test_what_is_refused(run, ready, tmp_path, arguments, message):
    (tmp_path / "file").write_text("")
    for name, content in {"damaged": "[", "other": '{"k": 3, "rows": [{}]}'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "engines.json").write_text(content)
    places = {name: tmp_path / name for name in ("file", "damaged", "other")}
    given = [argument.format(**places) for argument in arguments]
    out = [] if "--out" in given else ["--out", tmp_path / "out"]
    queries = [] if "--queries" in given else ["--queries", 20]
    check_refusal(run("bench", "engines", *queries, *out, *given), message)
    assert not (tmp_path / "out" / "engines.json").exists()


def test_the_figures_lie_where_the_page_looks_for_them(run, monkeypatch):
    monkeypatch.setattr(engines, "in_child", lambda what, *arguments: what(*arguments))
    assert run("bench", "engines", "--queries", 20, "--engine", "exact").code == 0
    assert (settings().home / "benchmarks" / "engines.json").exists()


@pytest.mark.parametrize("name", registry.names())
def test_every_sweep_can_be_built_and_retuned(name, monkeypatch):
    monkeypatch.undo()  # the table that is shipped
    configurations = [
        json.dumps(sweeps.params(name, sweep.build, search), sort_keys=True)
        for sweep in sweeps.of(name)
        for search in sweep.search
    ]
    assert configurations and len(configurations) == len(set(configurations))


def test_the_frontier_holds_what_nothing_beats():
    points = [(0.9, 100), (0.95, 50), (0.93, 40), (0.99, 50), (0.8, 90), (0.7, 300)]
    rows = [{"recall": recall, "qps": qps} for recall, qps in points]
    best = [(row["recall"], row["qps"]) for row in engine_plots.frontier(rows, "recall")]
    assert best == [(0.7, 300), (0.9, 100), (0.99, 50)]
