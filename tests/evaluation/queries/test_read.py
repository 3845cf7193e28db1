"""What is asked: held-out images, every item, a folder, a qrels file."""

import pytest

from lookalike import photos
from lookalike.errors import GalleryError, LookalikeError
from lookalike.evaluation.queries.read import read_queries
from lookalike.galleries.changes import remove_items
from lookalike.galleries.gallery import open_gallery
from tests.evaluation.conftest import grey

ITEMS = {"b.png": ("cat", 10), "a 1.png": ("dog", 20), "c.png": ("", 30, {"kind": "pet"})}
HELD_OUT = {"q1.png": ("cat", 40), "q2.png": ("dog", 50, {"kind": "wild"})}


@pytest.fixture
def gallery(greys):
    return greys(ITEMS, HELD_OUT).gallery


def write_images(folder, **images):
    """write_images(folder, cat=["1.png"]): grey pictures in one subfolder per class."""
    for label, names in images.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / label / name).write_bytes(grey(99))
    return folder


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("1", ["q1.png"]),
        ("2", ["q1.png", "q2.png"]),
        (None, ["q1.png", "q2.png"]),  # what the gallery holds out
        ("all", ["c.png", "b.png", "a 1.png"]),  # by label and name, whatever the items' order
    ],
)
def test_what_is_asked_with(gallery, wanted, names):
    queries = read_queries(gallery, wanted)
    assert [query.name for query in queries.each] == names
    known = {name: row for rows in (ITEMS, HELD_OUT) for name, row in rows.items()}
    for query in queries.each:
        assert query.label == known[query.name][0]
        assert (query.photo == known[query.name][1]).all()
        assert (query.item is not None) == (wanted == "all")


def test_a_gallery_that_holds_nothing_out_asks_with_its_items(greys):
    gallery = greys(ITEMS).gallery
    queries = read_queries(gallery)
    assert len(queries.each) == 3 and queries.source == "all 3 items, each against the others"


def test_removed_items_do_not_ask(gallery):
    remove_items("toys", ["b.png"])
    names = [query.name for query in read_queries(open_gallery("toys"), "all").each]
    assert names == ["c.png", "a 1.png"]


def test_a_field_of_a_query_is_its_label_or_of_its_metadata(gallery):
    first, second = read_queries(gallery, "2").each
    assert [first.value("label"), second.value("label")] == ["cat", "dog"]
    assert [first.value("kind"), second.value("kind")] == ["", "wild"]


def test_a_folder_of_classes_asks(gallery, tmp_path):
    folder = write_images(tmp_path, cat=["1.png", "2.png"], dog=["1.png"], horse=["1.png"])
    (folder / "dog" / "broken.png").write_bytes(b"no image")
    queries = read_queries(gallery, str(folder))
    assert [query.name for query in queries.each] == ["cat/1.png", "cat/2.png", "dog/1.png"]
    assert [query.label for query in queries.each] == ["cat", "cat", "dog"]
    assert queries.notes == (
        "Images of the folder with a label that the gallery has not, so that they don't ask: 1.",
        "Images of the folder that cannot be read: 1.",
    )


def test_a_folder_with_a_table_asks_by_another_field(gallery, tmp_path):
    (tmp_path / "one.png").write_bytes(grey(1))
    (tmp_path / "two.png").write_bytes(grey(2))
    (tmp_path / "metadata.csv").write_text("file_name,kind\none.png,pet\ntwo.png,plant\n")
    queries = read_queries(gallery, str(tmp_path), "kind")
    assert [(query.name, query.value("kind")) for query in queries.each] == [("one.png", "pet")]


QRELS = "b.png 0 a%201.png 1\nq2.png 0 toys:b.png 2\ntoys:b.png 0 toys:c.png 0\n"


def test_a_qrels_file_asks_with_items_and_held_out_images(gallery, tmp_path):
    """Its names may be those that votes are exported with."""
    path = tmp_path / "some.qrels"
    path.write_text(QRELS)
    queries = read_queries(gallery, str(path))
    assert [(query.name, query.item) for query in queries.each] == [("b.png", 0), ("q2.png", None)]
    assert queries.qrels == {"b.png": {1: 1, 2: 0}, "q2.png": {0: 2}}
    assert (queries.each[1].photo == 50).all()


def test_judgements_of_removed_items_are_left_out(gallery, tmp_path):
    remove_items("toys", ["c.png"])
    path = tmp_path / "some.qrels"
    path.write_text(QRELS)
    queries = read_queries(open_gallery("toys"), str(path))
    assert queries.qrels == {"b.png": {1: 1}, "q2.png": {0: 2}}
    assert queries.notes == ("Judged items that have been removed from the gallery: 1.",)


BAD_NUMBERS = [
    # what is asked with, a part of the error's sentence
    ("0", "cannot give 0 held-out images"),  # none at all
    ("3", "cannot give 3 held-out images"),  # one more than there are
    ("no/such/folder", "no folder"),  # a path that is not there
    ("-3", "no folder"),  # no number of images
    ("", "holds no image"),  # the folder in which the command is run
]


@pytest.mark.parametrize(("wanted", "sentence"), BAD_NUMBERS)
def test_queries_that_cannot_be_had(gallery, wanted, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GalleryError, match=sentence):
        read_queries(gallery, wanted)


def test_a_folder_without_an_image_or_a_known_label_is_refused(gallery, tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(GalleryError, match="holds no image"):
        read_queries(gallery, str(tmp_path))
    with pytest.raises(GalleryError, match="has a label that toys has"):
        read_queries(gallery, str(write_images(tmp_path, horse=["1.png"])))
    with pytest.raises(GalleryError, match="No image of the gallery has a field called 'breed'"):
        read_queries(gallery, str(tmp_path), "breed")


BAD_QRELS = [
    # the file, a part of the error's sentence
    ("b.png 0 nosuch.png 1\n", "One of the documents in 'bad.qrels' cannot be found"),
    ("x 0 b.png 1\ny 0 b.png 1\n", "2 of the queries in 'bad.qrels' cannot be found"),
    ("q1.png 0 q2.png 1\n", "One of the documents"),  # a held-out image is no item
    ("b.png 0 other:c.png 1\n", "'other:c.png'"),  # of another gallery
    ("b.png c.png 1\n", "Line 1 of 'bad.qrels' has 3 columns instead of 4"),
    ("b.png 0 c.png 1\n\nb.png 0 c.png 1\n", "Line 3 of 'bad.qrels' names"),
    ("", "is empty"),
    (None, "cannot be read"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD_QRELS)
def test_a_qrels_file_that_cannot_be_used(gallery, tmp_path, text, sentence):
    path = tmp_path / "bad.qrels"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LookalikeError, match=sentence) as refused:
        read_queries(gallery, str(path))
    assert refused.value.hint.endswith(".")


def test_a_file_that_is_no_qrels_file_is_taken_for_one(gallery, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(photos.to_png(gallery[0].photo()))
    with pytest.raises(LookalikeError, match=r"no text in UTF-8|columns"):
        read_queries(gallery, str(path))
