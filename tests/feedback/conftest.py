"""A vote to start from, a store, and its file."""

from dataclasses import replace

import pytest

from lookalike.feedback.models import Vote
from lookalike.feedback.store import VoteStore

VOTE = Vote(
    created_at="2025-06-01T12:00:00.000Z",
    session="visitor",
    app_version="0.1.0",
    gallery="shoes",
    fingerprint="f" * 64,
    encoder="vit",
    weights="embedded",
    weights_sha256="w" * 64,
    engine="annoy",
    query_sha256="q" * 64,
    box_x1=1,
    box_y1=2,
    box_x2=30,
    box_y2=40,
    item_id=7,
    item_name="boot 7.jpg",
    item_label="Ankle boot",
    rank=1,
    distance=0.25,
    vote=1,
    blind=False,
    latency_ms=12.5,
    since_shown_ms=3000.0,
)


@pytest.fixture
def make():
    """make(item_id=3, …): the vote above with some values changed."""
    return lambda **changes: replace(VOTE, **changes)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "votes" / "votes.db"


@pytest.fixture
def store(file):
    store = VoteStore(f"sqlite:///{file}", timeout_s=10)
    yield store
    store.close()
