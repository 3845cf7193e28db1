"""`lookalike gallery build`: from files, indexed, listed, and what is refused."""

import json

import pytest

from tests.cli.refusal import check_refusal
from tests.galleries.layouts import write_caltech, write_parquet

TOY = ("--method", "toy")


@pytest.fixture
def data(tmp_path):
    """60 images of Caltech-101; the fifth and the eighth cannot be read."""
    return write_caltech(tmp_path / "data" / "train.parquet", broken=(5, 8)).parent


def test_a_gallery_is_built_indexed_and_listed(run, data, toy, home):
    ran = run("gallery", "build", "caltech101", "--from", data, *TOY)
    assert ran.code == 0
    folder = home / "galleries" / "caltech101"
    assert ran.out.splitlines() == [
        f"Built {folder}: 48 images, and 10 held out.",
        "Skipped 2 that cannot be read:",
        "  ibis/image_0005.jpg: The file is not an image that can be read.",
        "  ibis/image_0008.jpg: The file is not an image that can be read.",
    ]
    for bar in ("build: 100%", "index toy: 100%"):
        assert bar in ran.err
    listed = json.loads(run("gallery", "list", "--json").out)["galleries"]
    assert {"gallery": "caltech101", "images": 48, "labels": 3, "title": "Caltech-101"} in listed
    assert (home / "indexes" / "caltech101" / "toy@embedded").exists()


def test_another_folder_gets_the_gallery_alone(run, data, toy, home, tmp_path):
    where = ("--size", "9", "--output", tmp_path / "out")
    ran = run("gallery", "build", "caltech101", "--from", data, *where, *TOY)
    assert ran.code == 0 and "9 images, and 2 held out" in ran.out
    assert (tmp_path / "out" / "caltech101-9" / "card.json").exists()
    assert not (home / "indexes").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["caltech"], "There is no gallery to build called 'caltech'."),
        (["caltech101", "--from", "nowhere"], "There is nothing at"),
        (["caltech101", "--from", "empty"], "holds neither Parquet files nor images."),
        (["caltech101", "--from", "data", "--size", "49"], "'49' is not a size"),
        (["caltech101", "--from", "unlabelled"], "a.parquet has no column called label."),
        (["caltech101", "--from", "data", "--method", "nosuch"], "There is no method called"),
        (["fashion-products", "--from", "data"], "no column called sub_category or subCategory."),
        (["food101", "--from", "data/train.csv"], "There is nothing at"),
    ],
)
def test_what_cannot_be_built_is_refused_and_leaves_nothing(
    run, data, toy, tmp_path, home, monkeypatch, arguments, message
):
    (tmp_path / "empty").mkdir()
    write_parquet(tmp_path / "unlabelled" / "a.parquet", [b"1", b"2"], name=["a", "b"])
    monkeypatch.chdir(tmp_path)
    check_refusal(run("gallery", "build", *arguments), message)
    assert not (home / "galleries").exists()
