"""What Gradio keeps of pages and callers, in a server of this process, without any model."""

import time

import httpx
import pytest
from gradio_client import Client

from lookalike.ui.page import build
from lookalike.ui.thumbnails import routes
from lookalike.ui.visits import visits

WITHIN_S = 60


@pytest.fixture(scope="module")
def blocks():
    """The page, served."""
    launched = build().queue()
    launched.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, ssr_mode=False,
                    app_kwargs={"routes": routes()})  # fmt: skip
    yield launched
    launched.close()


def _wait(condition) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _greeted(blocks, session_hash) -> None:
    """What a browser sends when the page has loaded, and the answer."""
    load = next(
        number for number, fn in blocks.fns.items() if any(t[1] == "load" for t in fn.targets)
    )
    sent = {"data": [""], "fn_index": load, "session_hash": session_hash}
    httpx.post(f"{blocks.local_url}gradio_api/queue/join", json=sent, timeout=60).raise_for_status()
    _wait(lambda: _visit_of(blocks, session_hash) is not None)


def _visit_of(blocks, session_hash):
    session = blocks.app.state_holder.session_data.get(session_hash)
    names = [value for value in session.state_data.values() if value] if session else []
    return visits().get(names[0]) if names else None


def test_calls_of_the_api_leave_nothing(blocks):
    holder = blocks.app.state_holder
    _greeted(blocks, "apage")
    for _ in range(5):
        call = f"{blocks.local_url}gradio_api/call/methods"
        event = httpx.post(call, json={"data": []}, timeout=60).json()["event_id"]
        assert "resnet" in httpx.get(f"{call}/{event}", timeout=60).text
    client = Client(blocks.local_url, verbose=False)
    assert client.predict(api_name="/methods")
    with pytest.raises(Exception, match="no longer known"):
        client.predict(token="none", item_id=1, vote=1, api_name="/vote")
    assert list(holder.session_data) == ["apage"]
    assert _visit_of(blocks, "apage")


def test_a_call_in_the_name_of_a_page_does_not_end_its_visit(blocks):
    _greeted(blocks, "another")
    sent = {"data": [], "session_hash": "another"}
    httpx.post(f"{blocks.local_url}gradio_api/call/methods", json=sent, timeout=60)
    time.sleep(0.5)
    assert _visit_of(blocks, "another")


def test_each_page_has_a_visit_of_its_own_which_ends_when_it_unloads(blocks):
    _greeted(blocks, "first")
    _greeted(blocks, "second")
    first, second = (_visit_of(blocks, name) for name in ("first", "second"))
    assert first is not second and first.session != second.session
    before = len(visits())
    with httpx.stream("GET", f"{blocks.local_url}gradio_api/heartbeat/first", timeout=60) as beat:
        next(beat.iter_raw())
    _wait(lambda: "first" not in blocks.app.state_holder.session_data)
    _wait(lambda: len(visits()) == before - 1)
    assert _visit_of(blocks, "second") is second
