"""Thumbnails by address: what they answer, and that nothing else can be had there."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lookalike import photos
from lookalike.galleries.changes import remove_items
from lookalike.galleries.gallery import open_gallery
from lookalike.ui.examples import examples
from lookalike.ui.thumbnails import EXAMPLES, example_address, item_address, routes, shown_examples


@pytest.fixture
def client():
    return TestClient(Starlette(routes=routes()), base_url="http://page/", root_path="")


@pytest.fixture
def gallery(make_gallery):
    return make_gallery()


def test_an_item_is_answered_once_and_kept(client, gallery):
    address = item_address(gallery, 7)
    answer = client.get(address)
    assert answer.status_code == 200 and answer.content == gallery.thumbnail(7)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    "address",
    [
        "thumbnail/toys/{digest}/40",  # one too many
        "thumbnail/toys/{digest}/-1",
        "thumbnail/toys/{digest}/07",
        "thumbnail/toys/{digest}/7.png",
        "thumbnail/toys/{digest}/\u0667",  # a digit elsewhere
        "thumbnail/toys/{digest}/99999999999999999999",
        "thumbnail/toys/0000000000000000/7",  # the gallery as it was once
        "thumbnail/toys//7",
        "thumbnail/none/{digest}/7",
        "thumbnail/..%2Ftoys/{digest}/7",
        "thumbnail/toys/..%2F..%2Fcard.json/7",
        "thumbnail/toys/{digest}/..%2Fcard.json",
        "example/toys/{digest}/0",  # there are no held-out images
    ],
)
def test_anything_else_is_not_there(client, gallery, address):
    answer = client.get(address.format(digest=gallery.fingerprint[:16]))
    assert answer.status_code == 404 and not answer.headers.get("etag")


def test_a_removed_item_is_not_there(client, gallery):
    address = item_address(gallery, 7)
    assert client.get(address).status_code == 200
    remove_items("toys", ["007.png"])
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["things", "fashion-mnist"])
def test_the_examples_are_answered_and_no_other_held_out_image(client, name):
    gallery = open_gallery(name)
    queries, shown = gallery.queries(), shown_examples(gallery)
    for position in shown:
        address = example_address(gallery, position)
        assert f'src="{address}"' in examples(name)
        image = client.get(address)
        assert (photos.load(image.content) == queries[position].photo()).all()
    hidden = next(position for position in range(len(queries)) if position not in shown)
    assert client.get(example_address(gallery, hidden)).status_code == 404
    assert client.get(example_address(gallery, shown[0])[:-1] + "x").status_code == 404


@pytest.mark.parametrize("name", ["things", "fashion-mnist"])
def test_the_examples_are_of_different_kinds(name):
    gallery = open_gallery(name)
    labels = [gallery.queries()[position].label for position in shown_examples(gallery)]
    assert len({gallery.parents.get(label, label) for label in labels}) == EXAMPLES
