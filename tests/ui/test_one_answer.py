"""Page, API, command line and library give one answer to one photo."""

import json
import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from playwright.sync_api import expect

from lookalike import photos, search
from lookalike.galleries.gallery import open_gallery
from tests.ui.driving import methods
from tests.ui.serving import REPOSITORY

pytestmark = pytest.mark.browser

FIRST = methods()[0]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A photo of 12 megapixels, on its side: a bag before a wall with some grain."""
    bag = next(
        item for item in map(open_gallery("fashion-mnist").queries().__getitem__, range(100))
        if item.label == "Bag"
    )  # fmt: skip
    grain = np.random.default_rng(0).integers(180, 200, (3000, 4000, 3), np.uint8)
    wall = Image.fromarray(grain)
    wall.paste(Image.fromarray(photos.load(bag.image)).resize((1300, 1300)), (2101, 907))
    exif = Image.Exif()
    exif[0x0112] = 6  # EXIF orientation: turned by 90 degrees
    path = tmp_path_factory.mktemp("photos") / "large.jpg"
    wall.save(path, quality=92, exif=exif)
    return path


@pytest.fixture(scope="module")
def expected(large):
    """What the library says: the box, the query's hash, and a list of ids for each method."""
    return _said(search.search(photos.load(large)).as_dict())


def _said(answer):
    lists = {one["method"]: [row["id"] for row in one["results"]] for one in answer["methods"]}
    return list(answer["subject"]["box"]), answer["query_sha256"], lists


def test_the_photo_is_looked_at_in_a_smaller_size_and_its_subject_found(expected):
    (x1, y1, x2, y2), _, lists = expected
    assert 0 <= x1 < x2 <= 3000 and 0 <= y1 < y2 <= 4000
    assert (x2 - x1) * (y2 - y1) < 6e6  # not the whole photo
    assert list(lists) == methods()


def test_the_api_says_the_same(server, large, expected):
    client = Client(server.url, verbose=False)
    assert _said(client.predict(handle_file(large), api_name="/search")) == expected


def test_the_command_line_says_the_same(large, expected):
    command = [sys.executable, "-m", "lookalike", "search", str(large), "--json"]
    run = subprocess.run(
        command, cwd=REPOSITORY, env=os.environ, capture_output=True, text=True, check=True
    )
    assert _said(json.loads(run.stdout)) == expected


def test_the_page_says_the_same(visitor, server, large, expected):
    box, sha256, lists = expected
    visitor.search(large)
    shown = {method: [int(item) for item in visitor.items(method)] for method in methods()}
    assert shown == lists
    visitor.row(FIRST).locator(".lk-up").first.click()
    stored = visitor.choose_tab(FIRST).locator(".lk-up").first  # drawn by the server's answer
    expect(stored).to_have_attribute("aria-pressed", "true")
    with sqlite3.connect(server.home / "votes.db") as votes:
        query = "SELECT query_sha256, box_x1, box_y1, box_x2, box_y2 FROM votes ORDER BY vote_id"
        *_, last = votes.execute(query)
    assert last == (sha256, *box)
