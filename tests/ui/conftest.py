"""A server for all tests of the page; a fresh browser profile for each."""

from pathlib import Path

import pytest
from PIL import Image

from lookalike import photos
from lookalike.galleries.gallery import open_gallery
from lookalike.search import query
from lookalike.ui import rounds, uploads, votes
from tests.ui.driving import Visitor
from tests.ui.serving import Server
from tests.ui.toy_search import SUBJECT, Finder


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The running page."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def visitor(server, browser):
    """Somebody who has just opened the page, in a window of 1280 pixels."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = Visitor(context.new_page(), server.url)
    yield opened
    opened.leave()
    context.close()
    assert opened.complaints == []  # errors on the browser's console


@pytest.fixture(scope="session")
def boot(tmp_path_factory) -> Path:
    """A held-out picture, as it is: 28 x 28 pixels."""
    path = tmp_path_factory.mktemp("photos") / "boot.png"
    path.write_bytes(open_gallery("fashion-mnist").queries()[0].image)
    return path


@pytest.fixture(scope="session")
def scene(tmp_path_factory) -> Path:
    """A larger photo: a bag before a plain wall, off the middle."""
    bag = next(
        item for item in map(open_gallery("fashion-mnist").queries().__getitem__, range(100))
        if item.label == "Bag"
    )  # fmt: skip
    wall = Image.new("RGB", (900, 600), (196, 202, 190))
    wall.paste(Image.fromarray(photos.load(bag.image)).resize((308, 308)), (470, 190))
    path = tmp_path_factory.mktemp("photos") / "scene.jpg"
    wall.save(path, quality=92)
    return path


@pytest.fixture
def finder(monkeypatch, tmp_path):
    """The searcher of every gallery; files are kept in a folder of the test."""
    finder = Finder()
    monkeypatch.setattr(rounds, "searcher", lambda gallery: finder)
    monkeypatch.setattr(query, "find_subject", lambda view, wanted: SUBJECT)
    monkeypatch.setenv(uploads.VARIABLE, str(tmp_path / "uploads"))
    votes.store.cache_clear()
    votes.shown.cache_clear()
    yield finder
    votes.store.cache_clear()
