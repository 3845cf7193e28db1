"""Pages that are left open while the server goes and comes back; and what it leaves of photos."""

import sqlite3
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.ui.driving import Visitor, methods
from tests.ui.serving import Server

pytestmark = pytest.mark.browser

FIRST = methods()[0]


@pytest.fixture
def uploads(tmp_path, monkeypatch) -> Path:
    """Where the server of this test puts what visitors send and see."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture
def server(tmp_path, uploads):
    """A server of this test's own."""
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def two(server, browser):
    """Two browsers with the page open."""
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
    yield [Visitor(context.new_page(), server.url) for context in contexts]
    for context in contexts:
        context.close()


def _photos(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".webp")]


def _start_again(server: Server) -> None:
    """Returns once the page takes events, a moment after it answers."""
    server.start()
    while server.log().count("Lookalike is at") < 2:
        time.sleep(0.1)


def test_two_browsers_left_open_vote_as_two_and_their_photos_go(two, server, uploads, boot):
    for visitor in two:
        visitor.search(boot)
    assert len(_photos(uploads)) >= 2  # each page's picture, and the upload
    server.kill()
    left = _photos(uploads)
    assert left  # nobody could clear them away
    _start_again(server)
    assert not any(path.exists() for path in left)
    for number, visitor in enumerate(two, 1):
        before = visitor.token()
        visitor.upload(boot)
        visitor.wait_for_new(before)
        up = visitor.row(FIRST).locator(".lk-up").first
        expect(up).to_have_attribute("aria-pressed", "false")  # the other's thumb is not mine
        up.click()
        expect(visitor.page.locator("#lk-counter")).to_contain_text(f"{number} vote")
    with sqlite3.connect(server.home / "votes.db") as votes:
        rows = votes.execute("SELECT session, vote FROM votes").fetchall()
    assert len({session for session, _ in rows}) == 2
    two[0].row(FIRST).locator(".lk-up").first.click()  # taken back
    expect(two[0].page.locator("#lk-counter")).to_contain_text("1 vote")
    two[1].open()
    two[1].search(boot)
    expect(two[1].row(FIRST).locator(".lk-up").first).to_have_attribute("aria-pressed", "true")
    assert _photos(uploads)
    server.terminate()
    assert not _photos(uploads)


def test_nothing_of_one_visitor_reaches_another(two, boot, scene):
    one, other = two
    one.search(boot)
    other.search(scene)
    assert one.token() != other.token()
    first = other.row(FIRST).locator(".lk-pick").first
    token = other.token()
    first.evaluate("(card, token) => { card.dataset.token = token }", one.token())
    first.click()
    expect(other.page.get_by_text("not on this page any more").first).to_be_visible()
    assert other.row(FIRST).locator("[data-token]").nth(1).get_attribute("data-token") == token
