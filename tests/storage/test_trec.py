"""TREC files: written for ir_measures and read back, and what other people's may get wrong."""

from urllib.parse import unquote

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import AP, RR, P, nDCG

from lookalike.errors import LookalikeError, StorageError
from lookalike.evaluation import metrics
from lookalike.storage.trec import encoded, read_qrels, write_qrels, write_run

QRELS = {"q 1": {"a": 1, "b c": 0, "d": 2}, "q%202": {"a": -1}}
RUN = {"q 1": ["d", "a", "b c"], "q%202": ["a"]}
NASTY = ["boots/ankle 7.jpg", "100%", "a%20b", "a b", "tab\there", "☃\u00a0靴", "two\r\nlines", "#"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.txt"


def rankings(path):
    """{query: its documents} of a run, best first, as another tool reads it."""
    ranked = {}
    for result in sorted(ir_measures.read_trec_run(str(path)), key=lambda found: -found.score):
        ranked.setdefault(unquote(result.query_id), []).append(unquote(result.doc_id))
    return ranked


def test_qrels_come_back_as_they_were_written(path):
    write_qrels(path, QRELS)
    assert path.read_text() == "q%201 0 a 1\nq%201 0 b%20c 0\nq%201 0 d 2\nq%25202 0 a -1\n"
    assert read_qrels(path) == QRELS


def test_a_run_comes_back_as_it_was_written(path):
    write_run(path, "vit base", RUN)
    assert path.read_text().splitlines() == [
        "q%201 Q0 d 1 3 vit%20base",
        "q%201 Q0 a 2 2 vit%20base",
        "q%201 Q0 b%20c 3 1 vit%20base",
        "q%25202 Q0 a 1 1 vit%20base",
    ]
    assert rankings(path) == RUN


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(NASTY) | st.text(min_size=1), min_size=1, unique=True))
def test_any_name_survives(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("names") / "file.txt"
    assert {len(encoded(name).split()) for name in names} == {1}
    assert [unquote(encoded(name)) for name in names] == names
    write_qrels(path, {name: dict.fromkeys(names, 1) for name in names})
    assert read_qrels(path) == {name: dict.fromkeys(names, 1) for name in names}
    write_run(path, names[0], dict.fromkeys(names, names))
    assert rankings(path) == dict.fromkeys(names, names)


def _random_ranking(seed):
    """A run over names in no order, and qrels that judge half of them."""
    random = np.random.default_rng(seed)
    names = [f"item {number}" for number in range(40)]
    run = {f"q{query}": random.permutation(names)[:25].tolist() for query in range(6)}
    qrels = {
        query: {name: int(random.random() < 0.3) for name in random.permutation(names)[:20]}
        for query in run
    }
    return run, qrels


@pytest.mark.parametrize("seed", range(5))
def test_the_fields_own_tool_gets_our_metrics_from_our_files(tmp_path, seed):
    """In our order: the scores fall strictly, also as the 32-bit floats that trec_eval keeps."""
    run, qrels = _random_ranking(seed)
    write_run(tmp_path / "run", "test", run)
    write_qrels(tmp_path / "qrels", qrels)
    measures = {AP: "map", RR: "mrr", P @ 10: "precision@10", nDCG @ 10: "ndcg@10"}
    found = ir_measures.calc_aggregate(
        list(measures),
        ir_measures.read_trec_qrels(str(tmp_path / "qrels")),
        ir_measures.read_trec_run(str(tmp_path / "run")),
    )
    relevant = np.array([[said.get(n, 0) > 0 for n in run[q]] for q, said in qrels.items()])
    ours = metrics.per_query(relevant, np.array([sum(said.values()) for said in qrels.values()]))
    for measure, name in measures.items():
        assert ours[name].mean() == pytest.approx(found[measure], abs=1e-9), measure


@pytest.mark.parametrize(
    "text",
    [
        "q 0 a 1\nq 0 b 0\n",
        "q 0 a 1\nq 0 b 0",  # no line end
        "\n  \nq 0 a 1\n\nq 0 b 0\n\n",  # blank lines
        "q\t0\ta\t1\r\nq  whatever  b  0\r\n",  # tabs, Windows' line ends, any second column
        "\ufeffq 0 a +1\nq 0 b 0\n",  # Windows' byte order mark
    ],
)
def test_what_other_tools_write_is_read(path, text):
    path.write_bytes(text.encode())
    assert read_qrels(path) == {"q": {"a": 1, "b": 0}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'file.txt' is empty: it has no line 1. Write lines of: query 0"),
        (" \n\n", "is empty"),
        ("q 0 a 1\nq 0 b\n", "Line 2 of 'file.txt' has 3 columns instead of 4. Write"),
        ("q 0 a b 1", "Line 1 .* has 5 columns"),  # a name with a space
        ("\n\nq", "Line 3 .* has 1 column instead"),  # counted as editors count
        ("query,iteration,document,relevance", "has 1 column"),  # a CSV
        ("query 0 document relevance", "the relevance 'relevance', which is no whole"),
        ("q 0 a 0.5", "Line 1 .* the relevance '0.5', which is no whole number. Write"),
        ("q 0 a 1_0", "'1_0'"),
        ("q 0 a ١", "'١'"),
        ("q 0 a 1\np 0 a 1\nq 1 a 0", "Line 3 .* query 'q' and the document 'a' a sec"),
        ("q 0 a%20b 1\nq 0 a%20b 1", "Line 2 .* 'a b' a second time. Keep one"),
        (b"q 0 a 1\nq 0 \xff 1", "Line 2 .* is no text in UTF-8. Save"),
        ("q 0 a 1".encode("utf-16"), "Line 1 .* is no text in UTF-8"),
    ],
)
def test_bad_files_are_refused_by_line(path, text, message):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LookalikeError, match=message):
        read_qrels(path)


def test_files_that_are_not_there_are_refused(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(LookalikeError, match="cannot be read"):
            read_qrels(path)


def test_a_failed_writing_leaves_the_old_file_whole(path):
    write_qrels(path, QRELS)
    with pytest.raises(ValueError, match="empty"):
        write_qrels(path, {"q": {"a": 1, "": 1}})
    assert read_qrels(path) == QRELS
    with pytest.raises(StorageError, match="cannot be written"):
        write_run(path / "below", "run", RUN)
    assert [found.name for found in path.parent.iterdir()] == [path.name]
