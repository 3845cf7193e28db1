"""The store against a plain dict, several writers, kill -9 and broken disks."""

import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from lookalike.errors import StorageError
from lookalike.feedback.models import KEY, Vote
from lookalike.feedback.store import VoteStore
from lookalike.settings import REPOSITORY

# Adds votes for items 0, 1, 2, … and prints each id once it is acknowledged.
WRITER = """
import sys
from lookalike.feedback.models import Vote
from lookalike.feedback.store import VoteStore
url, session, count, fields = sys.argv[1], sys.argv[2], int(sys.argv[3]), eval(sys.argv[4])
store = VoteStore(url, timeout_s=30)
for item in range(count):
    store.add(Vote(**fields | {"session": session, "item_id": item}))
    print(item, flush=True)
"""


def _writer(file, session, count, vote):
    arguments = [f"sqlite:///{file}", session, str(count), repr(asdict(vote))]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def _rows(file):
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT * FROM votes ORDER BY vote_id").fetchall()
    finally:
        connection.close()


def test_a_vote_comes_back_as_it_went_in(store, make):
    vote = make(item_label="<b>'; DROP TABLE votes; --</b> ☃", blind=True)
    vote_id = store.add(vote)
    assert list(store.standing()) == [replace(vote, vote_id=vote_id)]


def test_an_empty_store_has_no_votes(store):
    assert (store.count(), list(store.standing())) == (0, [])
    assert store.current("visitor", "q" * 64, "shoes", "f" * 64) == {}


def test_the_last_vote_counts_and_every_row_stays(store, make, file):
    for value in (1, -1, 1, -1):
        store.add(make(vote=value))
    assert [vote.vote for vote in store.standing()] == [-1]
    assert [row[-4] for row in _rows(file)] == [1, -1, 1, -1]


def test_a_vote_of_0_takes_one_back_and_another_brings_it_again(store, make):
    store.add(make(vote=1))
    store.add(make(vote=0))
    assert (store.count(), list(store.standing())) == (0, [])
    store.add(make(vote=1))
    assert store.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"session": "another visitor"},
        {"query_sha256": "r" * 64},
        {"encoder": "clip"},
        {"gallery": "hats"},  # item 7 of another gallery is another item
        {"fingerprint": "g" * 64},  # and so it is after the gallery has changed
        {"item_id": 8},
    ],
)
def test_votes_on_other_things_stand_beside_each_other(store, make, change):
    store.add(make())
    store.add(make(vote=-1, **change))
    assert [vote.vote for vote in store.standing()] == [1, -1]


def test_what_else_differs_does_not_make_it_another_vote(store, make):
    store.add(make())
    store.add(make(engine="exact", weights="hub", rank=4, blind=True, vote=-1))
    assert [vote.vote for vote in store.standing()] == [-1]


def test_current_is_one_visitors_view_of_one_query(store, make):
    for change in ({}, {"encoder": "clip", "vote": -1}, {"item_id": 8}, {"item_id": 8, "vote": 0}):
        store.add(make(**change))
    for change in ({"session": "x"}, {"query_sha256": "x"}, {"gallery": "x"}, {"fingerprint": "x"}):
        store.add(make(item_id=9, **change))
    found = store.current("visitor", "q" * 64, "shoes", "f" * 64)
    assert found == {("vit", 7): 1, ("clip", 7): -1}


def test_erasing_a_visitor_removes_every_trace_of_them_only(store, make, file):
    store.add(make(session="someone-to-forget"))
    store.add(make(session="someone-to-forget", vote=-1))
    kept = store.add(make())
    assert store.erase("someone-to-forget") == 2
    assert [vote.vote_id for vote in store.standing()] == [kept]
    assert store.add(make(item_id=1)) > kept
    for path in file.parent.iterdir():
        assert b"someone-to-forget" not in path.read_bytes()


def test_names_that_are_not_text_are_escaped(store, make):
    store.add(make(item_name=b"caf\xe9.jpg".decode("utf-8", "surrogateescape"), item_label="a\0b"))
    (vote,) = store.standing()
    assert (vote.item_name, vote.item_label) == ("caf\\udce9.jpg", "a\\x00b")


def test_a_vote_of_2_has_no_place(store, make):
    with pytest.raises(StorageError, match="refused the request"):
        store.add(make(vote=2))
    assert store.count() == 0


def test_the_votes_of_a_closed_store_are_read_by_the_next(store, make, file):
    store.add(make())
    store.close()
    assert VoteStore(f"sqlite:///{file}").count() == 1


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "session": st.sampled_from("ab"),
                "encoder": st.sampled_from(["vit", "clip"]),
                "item_id": st.integers(0, 2),
                "vote": st.sampled_from([-1, 0, 1]),
            }
        ),
        max_size=25,
    )
)
def test_it_behaves_as_a_dict_does(tmp_path_factory, clicks):
    store = VoteStore(f"sqlite:///{tmp_path_factory.mktemp('dict') / 'votes.db'}")
    model = {}
    for click in clicks:
        vote = replace(_plain(), **click)
        vote = replace(vote, vote_id=store.add(vote))
        model[tuple(getattr(vote, name) for name in KEY)] = vote
    expected = {vote for vote in model.values() if vote.vote}
    assert set(store.standing()) == expected
    assert store.count() == len(expected)
    for session in "ab":
        assert store.current(session, "q", "g", "f") == {
            (vote.encoder, vote.item_id): vote.vote for vote in expected if vote.session == session
        }
    store.close()


def _plain():
    text = dict.fromkeys(("created_at", "app_version", "weights", "weights_sha256", "engine"), "x")
    text |= {"session": "a", "query_sha256": "q", "gallery": "g", "fingerprint": "f"}
    text |= dict.fromkeys(("encoder", "item_name", "item_label"), "x")
    numbers = dict.fromkeys(("box_x1", "box_y1", "box_x2", "box_y2", "item_id", "rank", "vote"), 1)
    return Vote(**text, **numbers, distance=0.5, blind=False, latency_ms=1.0, since_shown_ms=1.0)


def test_an_acknowledged_vote_survives_kill_9(file, make):
    writer = _writer(file, "killed", 100_000, make())
    acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
    assert writer.wait() == -signal.SIGKILL
    store = VoteStore(f"sqlite:///{file}")
    found = {vote.item_id for vote in store.standing()}
    assert acknowledged == list(range(len(acknowledged)))
    assert found >= set(acknowledged)
    store.add(make())  # and the database takes the next one
    assert store.count() == len(found) + 1


def test_threads_and_processes_write_at_once_without_losing_any(store, file, make):
    writers = [_writer(file, name, 30, make()) for name in ("first", "second")]
    threads = [threading.Thread(target=_add_30, args=(store, make, n)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.communicate()[0].count("\n") for writer in writers] == [30, 30]
    votes = list(store.standing())
    assert len({(vote.session, vote.item_id) for vote in votes}) == len(votes) == 8 * 30


def _add_30(store, make, number):
    for item in range(30):
        store.add(make(session=f"thread {number}", item_id=item))


def test_votes_can_be_added_while_they_are_read(store, make):
    for item in range(3):
        store.add(make(item_id=item))
    reader = store.standing()
    first = next(reader)
    store.add(make(item_id=3))
    assert [first.item_id, *(vote.item_id for vote in reader)] == [0, 1, 2]
    assert store.count() == 4


def test_a_lock_is_an_error_that_passes(store, make, file):
    store.add(make())
    store.close()
    hasty = VoteStore(f"sqlite:///{file}", timeout_s=0.1)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="is locked by another program") as caught:
        hasty.add(make(item_id=8))
    assert caught.value.hint == "Try again in a moment."
    other.execute("ROLLBACK")
    other.close()
    hasty.add(make(item_id=8))
    assert sorted(vote.item_id for vote in hasty.standing()) == [7, 8]


def test_a_lock_makes_an_open_store_wait_and_then_fail(make, file):
    hasty = VoteStore(f"sqlite:///{file}", timeout_s=0.1)
    hasty.add(make())
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="is locked by another program"):
        hasty.add(make(item_id=8))
    assert hasty.count() == 1  # reading goes on
    other.execute("COMMIT")
    hasty.add(make(item_id=8))
    assert hasty.count() == 2


def test_a_read_only_database_can_be_read_and_refuses_votes(store, make, file):
    store.add(make())
    read_only = VoteStore(f"sqlite:///file:{file}?mode=ro&uri=true")
    assert read_only.count() == 1
    with pytest.raises(StorageError, match="is read-only"):
        read_only.add(make(item_id=8))
    assert store.count() == 1


def test_a_full_disk_keeps_what_was_acknowledged(store, make):
    event.listen(store._engine, "connect", lambda db, _: db.execute("PRAGMA max_page_count=8"))
    acknowledged = []
    with pytest.raises(StorageError, match="has no room left"):
        for item in range(1000):
            store.add(make(item_id=item))
            acknowledged.append(item)
    assert 0 < len(acknowledged) < 1000
    assert [vote.item_id for vote in store.standing()] == acknowledged


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path, make):
    (tmp_path / "file").write_text("in the way")
    store = VoteStore(f"sqlite:///{tmp_path / 'file' / 'votes.db'}")
    with pytest.raises(StorageError, match="cannot be opened") as caught:
        store.add(make())
    assert "folder" in caught.value.hint


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path, make):
    path = tmp_path / "votes.db"
    path.write_bytes(b"not SQLite" * 1000)
    with pytest.raises(StorageError, match="is damaged"):
        VoteStore(f"sqlite:///{path}").add(make())
    assert path.read_bytes() == b"not SQLite" * 1000


def test_a_damaged_page_is_a_storage_error(store, make, file):
    for item in range(40):
        store.add(make(item_id=item))
    store.close()
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * len(data[4096:])  # every page but the schema's
    file.write_bytes(data)
    with pytest.raises(StorageError, match="is damaged") as caught:
        list(VoteStore(f"sqlite:///{file}").standing())
    assert ".recover" in caught.value.hint


def test_a_table_of_another_version_is_left_as_it_is(tmp_path, make):
    connection = sqlite3.connect(tmp_path / "votes.db")
    connection.execute("CREATE TABLE votes (vote_id INTEGER PRIMARY KEY, vote INTEGER)")
    connection.execute("INSERT INTO votes VALUES (1, -1)")
    connection.commit()
    connection.close()
    store = VoteStore(f"sqlite:///{tmp_path / 'votes.db'}")
    with pytest.raises(StorageError, match="was written by another version"):
        store.add(make())
    assert _rows(tmp_path / "votes.db") == [(1, -1)]


def test_a_label_does_not_pass_for_a_reason(store, make):
    with pytest.raises(StorageError, match="refused the request"):
        store.add(make(vote=2, item_label="database is locked"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "URL is malformed"),
        ("", "URL is malformed"),
        ("sqlite://", "forgets every vote"),
        ("sqlite:///:memory:", "forgets every vote"),
        ("sqlite:///file:x?mode=memory&uri=true", "forgets every vote"),
        ("nosuchdatabase://host/votes", "no driver for a nosuchdatabase database"),
        ("sqlite+nosuchdriver:///votes.db", "no driver for a sqlite\\+nosuchdriver database"),
    ],
)
def test_a_url_that_cannot_work_is_refused_at_once(url, message):
    with pytest.raises(StorageError, match=message) as caught:
        VoteStore(url)
    assert "sqlite:////folder/votes.db" in caught.value.hint


def test_a_password_in_the_url_is_not_repeated():
    with pytest.raises(StorageError) as caught:
        VoteStore("nosuchdatabase://admin:hunter2@host/votes")
    assert "hunter2" not in str(caught.value)


def test_nothing_is_touched_before_the_first_use(file):
    VoteStore(f"sqlite:///{file}")
    assert not file.parent.exists()
