"""Votes may only be about what this server showed."""

import threading
from dataclasses import astuple, replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lookalike import __version__
from lookalike.errors import VoteError
from lookalike.feedback import shown as module
from lookalike.feedback.models import COLUMNS
from lookalike.feedback.shown import ShownItem, ShownList, ShownLists, new_session

LIST = ShownList(
    session="visitor",
    gallery="shoes",
    fingerprint="f" * 64,
    encoder="vit",
    weights="embedded",
    weights_sha256="w" * 64,
    engine="annoy",
    query_sha256="q" * 64,
    box=(1, 2, 30, 40),
    items=(ShownItem(7, "boot.jpg", "Boot", 0.25), ShownItem(3, "clog.jpg", "<b>Clog</b>", 0.5)),
    latency_ms=12.5,
)


@pytest.fixture
def shown():
    return ShownLists()


def test_a_vote_takes_everything_from_what_was_shown(shown, monkeypatch):
    clock = iter([100.0, 103.5])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    vote = shown.take(shown.remember(LIST), 3, -1)
    row = dict(zip(COLUMNS, astuple(vote), strict=True))
    created = datetime.fromisoformat(row.pop("created_at").replace("Z", "+00:00"))
    assert abs((datetime.now(UTC) - created).total_seconds()) < 60
    assert row == {
        "vote_id": 0,
        "session": "visitor",
        "app_version": __version__,
        "gallery": "shoes",
        "fingerprint": "f" * 64,
        "encoder": "vit",
        "weights": "embedded",
        "weights_sha256": "w" * 64,
        "engine": "annoy",
        "query_sha256": "q" * 64,
        "box_x1": 1,
        "box_y1": 2,
        "box_x2": 30,
        "box_y2": 40,
        "item_id": 3,
        "item_name": "clog.jpg",
        "item_label": "<b>Clog</b>",
        "rank": 2,
        "distance": 0.5,
        "vote": -1,
        "blind": False,
        "latency_ms": 12.5,
        "since_shown_ms": 3500.0,
    }


def test_a_token_serves_for_changing_a_vote(shown):
    token = shown.remember(LIST)
    assert [shown.take(token, 7, value).vote for value in (1, -1, 0)] == [1, -1, 0]


@pytest.mark.parametrize("value", [2, -2, True, False, 1.0, "1", None, [1], {"vote": 1}, 10**30])
def test_only_three_integers_are_votes(shown, value):
    token = shown.remember(LIST)
    with pytest.raises(VoteError, match="A vote is 1, 0 or -1"):
        shown.take(token, 7, value)


@pytest.mark.parametrize("item", [8, 0, -1, "7", 7.0, True, None, [7], {"item_id": 7}, 10**30])
def test_only_shown_items_are_voted_on(shown, item):
    token = shown.remember(replace(LIST, items=(*LIST.items, ShownItem(1, "a", "", 0.7))))
    with pytest.raises(VoteError, match="was not shown"):
        shown.take(token, item, 1)


@pytest.mark.parametrize("token", ["", "guess", "A" * 43, None, 7, ["x"], {}, b"x", "\0" * 10**6])
def test_only_issued_tokens_serve(shown, token):
    shown.remember(LIST)
    with pytest.raises(VoteError, match="no longer known here"):
        shown.take(token, 7, 1)


def test_a_token_serves_for_its_own_list_only(shown):
    shoes = shown.remember(LIST)
    hats = shown.remember(replace(LIST, gallery="hats", items=(ShownItem(5, "cap", "Cap", 0.1),)))
    with pytest.raises(VoteError, match="was not shown"):
        shown.take(shoes, 5, 1)
    assert shown.take(hats, 5, 1).gallery == "hats"


def test_a_token_of_another_server_does_not_serve(shown):
    with pytest.raises(VoteError, match="no longer known here"):
        ShownLists().take(shown.remember(LIST), 7, 1)


def test_the_list_left_alone_for_longest_is_forgotten():
    shown = ShownLists(capacity=2)
    first, second = shown.remember(LIST), shown.remember(LIST)
    shown.take(first, 7, 1)
    third = shown.remember(LIST)
    assert [shown.take(token, 7, 1).vote for token in (first, third)] == [1, 1]
    with pytest.raises(VoteError, match="no longer known here"):
        shown.take(second, 7, 1)


def test_numpys_numbers_are_stored_as_pythons(shown, store):
    item = ShownItem(np.int64(7), "boot.jpg", "Boot", np.float32(0.25))
    box = tuple(np.array([1, 2, 30, 40]))
    token = shown.remember(
        replace(LIST, items=(item,), box=box, latency_ms=np.float32(1), blind=np.True_)
    )
    vote = shown.take(token, 7, 1)
    vote_id = store.add(vote)
    assert list(store.standing()) == [replace(vote, vote_id=vote_id)]
    assert {type(value) for value in astuple(vote)} == {str, int, float, bool}


def test_threads_get_tokens_of_their_own():
    shown, tokens = ShownLists(capacity=50), []
    threads = [
        threading.Thread(target=lambda: tokens.extend(shown.remember(LIST) for _ in range(50)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 8 * 50
    assert sum(_serves(shown, token) for token in tokens) == 50


def _serves(shown, token):
    try:
        return bool(shown.take(token, 7, 1))
    except VoteError:
        return False


def test_sessions_are_random_hex():
    assert len({new_session() for _ in range(100)}) == 100
    assert len(bytes.fromhex(new_session())) == 16
