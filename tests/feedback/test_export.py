"""Exports, read again by the tools that they are for."""

import csv
from dataclasses import asdict
from urllib.parse import unquote

import ir_measures
import pyarrow.parquet as pq
import pytest

from lookalike.errors import StorageError, UnknownNameError
from lookalike.feedback.export import FORMATS, SCHEMA, doc_id, export, relevance
from lookalike.feedback.models import COLUMNS
from lookalike.feedback.store import BATCH

# Texts that have broken somebody's export.
NASTY = [
    "<script>alert('x')</script>",
    '=HYPERLINK("http://example.org")',
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",  # full width
    "'quoted",
    "''",
    "\tindented",
    "two\r\nlines",
    'a "quoted", comma',
    "100% boots",
    "naïve ☃ 靴",
    "",
]


def _read_csv(path):
    """As `export` says how to: a leading ' goes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        {name: value[1:] if value.startswith("'") else value for name, value in row.items()}
        for row in rows
    ]


def _read_parquet(path):
    return pq.read_table(path).to_pylist()


@pytest.fixture
def output(tmp_path):
    return tmp_path / "export"


@pytest.mark.parametrize("text", NASTY)
def test_texts_come_out_of_every_format_as_they_went_in(store, make, output, text):
    store.add(make(item_label=text, item_name=text))
    for format, read in (("csv", _read_csv), ("parquet", _read_parquet)):
        assert export(store, format, output) == 1
        (row,) = read(output)
        assert (row["item_label"], row["item_name"]) == (text, text)
    assert export(store, "qrels", output) == 1
    (line,) = ir_measures.read_trec_qrels(str(output))
    assert unquote(line.doc_id) == f"shoes:{text}"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "＋1", "'=1"])
def test_no_cell_begins_as_a_formula(store, make, output, text):
    store.add(make(item_label=text))
    export(store, "csv", output)
    with output.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["item_label"] == "'" + text


def test_csv_and_parquet_hold_the_standing_votes_whole(store, make, output):
    store.add(make(item_id=1))
    store.add(make(item_id=1, vote=-1, distance=-0.1 + 0.2, blind=True))
    store.add(make(item_id=2))
    store.add(make(item_id=2, vote=0))
    expected = [asdict(vote) for vote in store.standing()]
    assert [row["vote"] for row in expected] == [-1]
    assert export(store, "parquet", output) == 1
    assert _read_parquet(output) == expected
    assert pq.read_schema(output) == SCHEMA
    assert export(store, "csv", output) == 1
    assert _read_csv(output) == [{name: str(value) for name, value in expected[0].items()}]


def test_more_rows_than_one_batch(store, make, output, monkeypatch):
    monkeypatch.setattr("lookalike.feedback.export.BATCH", 4)
    assert BATCH > 4
    for item in range(9):
        store.add(make(item_id=item))
    for format, read in (("csv", _read_csv), ("parquet", _read_parquet)):
        assert export(store, format, output) == 9
        assert [int(row["item_id"]) for row in read(output)] == list(range(9))


def test_no_votes_make_an_empty_file_of_the_right_shape(store, output):
    assert [export(store, format, output) for format in FORMATS] == [0, 0, 0]
    export(store, "csv", output)
    assert output.read_text() == ",".join(COLUMNS) + "\n"
    export(store, "parquet", output)
    assert pq.read_schema(output) == SCHEMA
    export(store, "qrels", output)
    assert output.read_text() == ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("a", "vit", 1)], 1),
        ([("a", "vit", -1)], 0),
        ([("a", "vit", 1), ("b", "vit", -1)], 0),  # as many up as down
        ([("a", "vit", 1), ("b", "vit", -1), ("c", "clip", 1)], 1),
        ([("a", "vit", -1), ("b", "vit", -1), ("c", "vit", 1)], 0),
        ([("a", "vit", -1), ("a", "clip", 1)], 1),  # one voice, and it changed its mind
        ([("a", "vit", 1), ("a", "clip", 1), ("b", "vit", -1)], 0),  # still one voice
        ([("a", "vit", 1), ("b", "vit", -1), ("b", "vit", 0)], 1),  # taken back
    ],
)
def test_sessions_that_disagree_are_counted(store, make, said, expected):
    for session, encoder, vote in said:
        store.add(make(session=session, encoder=encoder, vote=vote))
    assert relevance(store.standing()) == {("q" * 64, "shoes:boot%207.jpg"): expected}


def test_a_pair_whose_only_vote_was_taken_back_has_no_line(store, make, output):
    store.add(make(vote=-1))
    store.add(make(vote=0))
    assert export(store, "qrels", output) == 0


def test_qrels_are_read_by_the_fields_own_tool(store, make, output):
    store.add(make(item_id=1, item_name="b", vote=-1))
    store.add(make(item_id=2, item_name="a\u00a0\u2028x", vote=1))
    store.add(make(gallery="hats", item_name="a"))
    export(store, "qrels", output)
    found = [tuple(line) for line in ir_measures.read_trec_qrels(str(output))]
    assert found == [
        ("q" * 64, "hats:a", 1, "0"),
        ("q" * 64, "shoes:a%C2%A0%E2%80%A8x", 1, "0"),
        ("q" * 64, "shoes:b", 0, "0"),
    ]


def test_different_names_have_different_doc_ids(make):
    names = ["a b", "a%20b", "a%2520b", "a\tb"]
    assert len({doc_id(make(item_name=name)) for name in names}) == len(names)


def test_an_unknown_format_lists_the_known_ones(store, output):
    with pytest.raises(UnknownNameError, match="Use qrels, csv or parquet"):
        export(store, "json", output)


@pytest.mark.parametrize("format", FORMATS)
def test_a_failed_export_leaves_the_old_file_whole(store, make, file, output, format):
    store.add(make())
    store.close()
    file.write_bytes(b"damaged" * 1000)
    output.write_text("old")
    with pytest.raises(StorageError, match="is damaged"):
        export(store, format, output)
    assert output.read_text() == "old"
    assert sorted(path.name for path in output.parent.iterdir()) == ["export", "votes"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_place_that_cannot_be_written_is_a_storage_error(store, make, tmp_path, format):
    store.add(make())
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file" / "votes", tmp_path / "nowhere" / "votes", tmp_path):
        with pytest.raises(StorageError, match="cannot be written"):
            export(store, format, place)
