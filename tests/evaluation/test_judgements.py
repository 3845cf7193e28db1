"""What is relevant to a query, how much of it there is, and what it may not find."""

import numpy as np
import pytest

from lookalike.errors import GalleryError, LookalikeError
from lookalike.evaluation import judgements
from lookalike.evaluation.queries.read import read_queries
from lookalike.galleries.changes import remove_items
from lookalike.galleries.gallery import open_gallery
from tests.evaluation.conftest import grey

ITEMS = {  # in the order that queries are asked in
    "none 0": ("", 40, {"kind": "wild"}),
    "none 1": ("", 50),
    "cat 2": ("cat", 10, {"kind": "pet"}),
    "cat 3": ("cat", 20, {"kind": "pet"}),
    "cat 4": ("cat", 20),  # a copy of the one before, and of no kind
    "dog 5": ("dog", 30, {"kind": "pet"}),
}
HELD_OUT = {"q copy": ("cat", 20), "q dog": ("dog", 200), "q horse": ("horse", 210)}
OWN = [[0], [1], [2], [3, 4], [3, 4], [5]]  # what each item may not find
CASES = [
    # asked with, by, what each query may not find, what is relevant and can be found
    ("3", "label", [[3, 4], [], []], [[2], [5], []]),
    ("all", "label", OWN, [[], [], [3, 4], [2], [2], []]),
    ("all", "kind", OWN, [[], [], [3, 5], [2, 5], [], [2, 3]]),
]


def judge(gallery, wanted, field="label"):
    queries = read_queries(gallery, wanted, field)
    items = judgements.image_digests(gallery)
    excluded = judgements.excluded(gallery, queries.each, [row.tobytes() for row in items])
    return judgements.judge(gallery, queries, excluded, field)


@pytest.mark.parametrize(("wanted", "field", "excluded", "relevant"), CASES)
def test_what_is_relevant_and_what_may_not_be_found(greys, wanted, field, excluded, relevant):
    judged = judge(greys(ITEMS, HELD_OUT).gallery, wanted, field)
    assert [ids.tolist() for ids in judged.excluded] == excluded
    assert [judged.findable(number).tolist() for number in range(len(excluded))] == relevant
    assert judged.totals.tolist() == [len(ids) for ids in relevant]
    every = np.array([*range(len(ITEMS)), -1])
    for number, ids in enumerate(relevant):
        seen = every[judged.relevant(number, every)]
        assert set(seen) - set(excluded[number]) == set(ids)


def test_what_was_removed_is_not_there_to_be_found(greys):
    greys(ITEMS, HELD_OUT)
    remove_items("toys", ["cat 2", "cat 4"])
    judged = judge(open_gallery("toys"), "3")
    assert judged.totals.tolist() == [0, 1, 0] and judged.excluded[0].tolist() == [3]


def test_a_file_is_its_own_copy_even_if_the_gallery_encodes_it_anew(greys, tmp_path):
    gallery = greys(ITEMS).gallery
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "same.png").write_bytes(grey(20))
    (tmp_path / "cat" / "other.png").write_bytes(grey(21))
    judged = judge(gallery, str(tmp_path))
    assert [ids.tolist() for ids in judged.excluded] == [[], [3, 4]]


def test_a_qrels_file_says_what_is_relevant(greys, tmp_path):
    path = tmp_path / "some.qrels"
    path.write_text(
        "cat%202 0 cat%202 1\ncat%202 0 dog%205 2\ncat%202 0 cat%203 0\n"
        "cat%202 0 none%200 -1\nq%20copy 0 cat%203 1\nq%20copy 0 none%201 1\n"
    )
    judged = judge(greys(ITEMS, HELD_OUT).gallery, str(path))
    assert judged.totals.tolist() == [1, 1]
    assert [judged.findable(number).tolist() for number in (0, 1)] == [[5], [1]]
    assert judged.relevant(0, np.array([5, 3, 0, -1])).tolist() == [True, False, False, False]


SENSELESS = [
    # the items' labels, a part of the error's sentence
    (["", "", ""], "No item of the gallery toys has a label"),
    (["cat", "cat", "cat"], "Every item of the gallery toys has the same label, 'cat'"),
]


@pytest.mark.parametrize(("labels", "sentence"), SENSELESS)
def test_labels_that_tell_nothing_are_refused(greys, labels, sentence):
    rows = {f"{place}.png": (label, place) for place, label in enumerate(labels)}
    with pytest.raises(GalleryError, match=sentence):
        judgements.check_values(greys(rows).gallery, "label")


def test_an_unlabelled_rest_beside_one_class_is_fine(greys):
    judgements.check_values(greys({"a": ("cat", 1), "b": ("", 2)}).gallery, "label")


def test_no_relevant_item_for_any_query_is_refused(greys):
    rows = {"a": ("cat", 1), "b": ("dog", 2)}
    with pytest.raises(LookalikeError, match="None of the 2 queries has anything relevant"):
        judge(greys(rows).gallery, "all")


def by_plain_loop(gallery, queries, copies, field, other):
    """What a query may not find: copies, and what shares both values with it."""
    found = []
    for query, ids in zip(queries.each, copies, strict=True):
        asked = gallery[query.item] if query.item is not None else query
        both = [_value(asked, field), _value(asked, other)]
        same = [
            item
            for item in range(len(gallery))
            if gallery.live[item]
            and both[0]
            and both == [_value(gallery[item], field), _value(gallery[item], other)]
        ]
        found.append(sorted({*ids.tolist(), *same}))
    return found


def _value(one, field):
    return one.label if field == "label" else one.metadata.get(field, "")


@pytest.mark.parametrize("wanted", ["12", "all"])
@pytest.mark.parametrize(("field", "other"), [("label", "medium"), ("kind", "medium")])
def test_only_items_with_another_value_count_as_a_plain_loop_says(greys, wanted, field, other):
    draw = np.random.default_rng(5)

    def row(number):
        metadata = {"kind": "ab"[number % 2]}
        if medium := ["photograph", "drawing", "3-D", ""][draw.integers(4)]:
            metadata["medium"] = medium
        return (["cat", "dog", "owl", ""][draw.integers(4)], int(draw.integers(250)), metadata)

    rows = {f"item {number}": row(number) for number in range(60)}
    greys(rows, {f"query {number}": row(number) for number in range(12)})
    remove_items("toys", ["item 3", "item 30"])
    gallery = open_gallery("toys")
    queries = read_queries(gallery, wanted, field)
    images = [digest.tobytes() for digest in judgements.image_digests(gallery)]
    copies = judgements.excluded(gallery, queries.each, images)
    excluded = judgements.without_same(gallery, queries, copies, field, other)
    assert [ids.tolist() for ids in excluded] == by_plain_loop(
        gallery, queries, copies, field, other
    )
    judged = judgements.judge(gallery, queries, excluded, field)
    values = gallery.values(other)
    for number, query in enumerate(queries.each):
        medium = values[query.item] if query.item is not None else query.value(other)
        assert all(values[item] != medium for item in judged.findable(number))
