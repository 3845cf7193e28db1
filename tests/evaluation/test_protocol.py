"""The protocol: what is asked, what is counted as relevant, and that the numbers add up."""

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import GalleryError, LookalikeError
from lookalike.evaluation import protocol
from lookalike.galleries.gallery import Item
from lookalike.galleries.writer import write_shard
from lookalike.indexing import index_method
from lookalike.search import searcher

METHODS = ["toy", "toy-far", "toy-comparer"]


@pytest.fixture
def asked(toy, make_gallery, pictures):
    """A searcher over 40 toys, ready for METHODS, with 6 held-out pictures."""
    gallery = make_gallery(count=40)
    held_out = [
        Item(f"held-{position}.png", "odd" if position % 2 else "even", photos.to_png(photo))
        for position, photo in enumerate(pictures(6, seed=1))
    ]
    write_shard(gallery.folder / "queries.parquet", held_out)
    for method in METHODS:
        index_method(gallery, method)
    return searcher("toys")


def own_items(answerer, count):
    """The gallery's own items as queries, each of which finds itself first."""
    items = [answerer.gallery[position] for position in range(count)]
    return [protocol.Query(item.name, item.label, item.photo()) for item in items]


def test_rows_are_those_that_the_command_line_promises(asked):
    queries = protocol.read_queries(asked.gallery, "6")
    rows = protocol.evaluate(asked, queries, METHODS, k=5)
    promised = {"method", "weights", "engine", "queries", "precision@1", "precision@10", "map"}
    promised |= {"ndcg@10", "encode_ms_p50", "search_ms_p50", "rerank_ms_p50"}
    assert [row["method"] for row in rows] == METHODS
    for row in rows:
        assert promised <= set(row)
        assert row["queries"] == 6
        assert (row["rerank_ms_p50"] > 0) == (row["method"] == "toy-comparer")


def test_the_numbers_are_those_of_a_plain_loop(asked):
    queries = protocol.read_queries(asked.gallery, "6")
    row = protocol.evaluate(asked, queries, ["toy"])[0]
    labels = asked.gallery.labels
    hits = [
        [labels[result.id] == query.label for result in asked.answer(query.photo, "toy").results]
        for query in queries
    ]
    assert row["precision@10"] == pytest.approx(np.mean(hits))
    assert row["precision@1"] == pytest.approx(np.mean([hit[0] for hit in hits]))


def test_items_of_the_gallery_find_themselves_first(asked):
    rows = protocol.evaluate(asked, own_items(asked, 10), METHODS)
    assert [row["precision@1"] for row in rows] == [1.0] * len(METHODS)


def test_average_precision_looks_at_the_whole_small_gallery(asked):
    """With every item ranked, 20 of 40 relevant, chance is near one half and never near 0."""
    row = protocol.evaluate(asked, own_items(asked, 40), ["toy"])[0]
    assert 0.4 < row["map"] < 0.9


def test_progress_reaches_the_end(asked):
    seen = []
    queries = own_items(asked, 3)
    protocol.evaluate(asked, queries, METHODS, progress=lambda *at: seen.append(at))
    assert seen[-1] == (9, 9) and len(seen) == 9


def test_a_folder_of_classes_asks(asked, tmp_path, pictures):
    for label in ("even", "odd", "strange"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "one.png").write_bytes(photos.to_png(pictures(1)[0]))
    (tmp_path / "odd" / "broken.png").write_bytes(b"no image")
    queries = protocol.read_queries(asked.gallery, str(tmp_path))
    assert [query.name for query in queries] == ["even/one.png", "odd/one.png"]


BAD = [
    # what is asked with, the error, a part of its sentence
    ("0", GalleryError, "0 held-out"),  # none at all
    ("7", GalleryError, "7 held-out"),  # one more than there are
    ("no/such/folder", GalleryError, "no folder"),  # a path that is not there
    ("-3", GalleryError, "no folder"),  # not a number of images
]


@pytest.mark.parametrize(("wanted", "error", "sentence"), BAD)
def test_queries_that_cannot_be_had(asked, wanted, error, sentence):
    with pytest.raises(error, match=sentence):
        protocol.read_queries(asked.gallery, wanted)


def test_a_folder_without_a_known_label_is_refused(asked, tmp_path, pictures):
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "one.png").write_bytes(photos.to_png(pictures(1)[0]))
    with pytest.raises(GalleryError, match="has a label"):
        protocol.read_queries(asked.gallery, str(tmp_path))


def test_no_query_is_an_error(asked):
    with pytest.raises(LookalikeError, match="no query"):
        protocol.evaluate(asked, [], ["toy"])
