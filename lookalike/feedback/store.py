"""Where votes are kept: any database that SQLAlchemy reaches, SQLite unless one is named.

    store = VoteStore(settings().database_url)
    store.add(vote)

SQLite needs a local disk: on a network mount its locks don't hold.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Select,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from lookalike.errors import StorageError
from lookalike.feedback.models import KEY, VOTES, Vote

log = logging.getLogger(__name__)

BATCH = 1000  # rows in memory at once while all votes are read

# What the database says, what that means, what to do about it. The first row that fits counts.
REFUSALS = (
    ("locked", "is locked by another program", "Try again in a moment."),
    ("limit of size", "is busy", "Try again in a moment."),
    ("readonly", "is read-only", "Make the file and its folder writable."),
    ("unable to open", "cannot be opened", "Check that its folder exists and is writable."),
    ("is full", "has no room left", "Free space on its disk."),
    ("not a database", "is damaged", "Stop the program and move the file aside."),
    (
        "malformed",
        "is damaged",
        "Stop the program, move the file aside, and save its votes with `sqlite3 FILE .recover`.",
    ),
    (
        "no such column",
        "was written by another version",
        "Export it with that version, then move it aside.",
    ),
    (
        "no column",
        "was written by another version",
        "Export it with that version, then move it aside.",
    ),
)
OTHERWISE = ("refused the request", "See the log for the database's own words.")


class VoteStore:
    """Append-only votes. Thread-safe; several processes may share one database.

    `add` returns once the vote is on the disk: it survives kill -9 and a power cut. For each
    (session, query, encoder, item) the last vote counts, so a vote of 0 takes one back.

    Args:
        url: SQLAlchemy URL. The database is first touched when it is first used.
        timeout_s: how long to wait for another program's lock.

    Raises:
        StorageError: from every method, when the database refuses; what was stored stays stored.
            Here: the URL is malformed, names a database that would forget, or one whose driver
            is not installed.
    """

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        self._url = _parse(url)
        self._engine = _open(self._url, timeout_s)
        self._lock = Lock()
        self._has_table = False

    def add(self, vote: Vote) -> int:
        """Store a vote; returns its id."""
        row = {name: _storable(value) for name, value in asdict(vote).items() if name != "vote_id"}
        with self._connection() as connection:
            vote_id = connection.scalar(insert(VOTES).values(row).returning(VOTES.c.vote_id))
            connection.commit()
        return vote_id

    def count(self) -> int:
        """How many votes stand: last ones that are not 0."""
        with self._connection() as connection:
            return connection.scalar(select(func.count()).select_from(_standing().subquery())) or 0

    def current(
        self, session: str, query_sha256: str, gallery: str, fingerprint: str
    ) -> dict[tuple[str, int], int]:
        """What stands for one query of one visitor: {(encoder, item id): 1 or -1}."""
        query = _standing(
            session=session, query_sha256=query_sha256, gallery=gallery, fingerprint=fingerprint
        )
        with self._connection() as connection:
            return {(row.encoder, row.item_id): row.vote for row in connection.execute(query)}

    def standing(self) -> Iterator[Vote]:
        """The votes that stand, oldest first, read `BATCH` at a time."""
        query = _standing().order_by(VOTES.c.vote_id)
        with self._connection() as connection:
            for row in connection.execution_options(yield_per=BATCH).execute(query):
                yield Vote(**row._mapping)

    def erase(self, session: str) -> int:
        """Delete a visitor's votes for good; returns how many rows went."""
        with self._connection() as connection:
            gone = connection.execute(delete(VOTES).where(VOTES.c.session == session)).rowcount
            connection.commit()
            if self._url.get_backend_name() == "sqlite":
                # The write-ahead log still holds the rows until its pages are moved.
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def close(self) -> None:
        """Close the connections. The next call opens new ones."""
        self._engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            self._prepare()
            with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise _refusal(self._url, error) from error

    def _prepare(self) -> None:
        """Make the folder and the table, once."""
        with self._lock:
            if self._has_table:
                return
            _make_folder(_file(self._url))
            with self._engine.begin() as connection:
                connection.execute(CreateTable(VOTES, if_not_exists=True))
                for index in VOTES.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
            self._has_table = True


def _standing(**where: str) -> Select:
    """The votes that stand, optionally those with these values in KEY's columns."""
    key = [VOTES.c[name] for name in KEY]
    wanted = [VOTES.c[name] == value for name, value in where.items()]
    last = select(func.max(VOTES.c.vote_id)).where(*wanted).group_by(*key)
    return select(VOTES).where(VOTES.c.vote_id.in_(last), VOTES.c.vote != 0)


def _storable(value: Any) -> Any:
    # A file name that is not UTF-8 reaches Python with lone surrogates, which no database takes;
    # Postgres takes no NUL either.
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return value


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise StorageError(
            "The votes' database URL is malformed.", "Write it as sqlite:////folder/votes.db."
        ) from error
    sqlite = parsed.get_backend_name() == "sqlite"
    database = parsed.database or ":memory:"
    if sqlite and (":memory:" in database or parsed.query.get("mode") == "memory"):
        raise StorageError(
            "A database in memory forgets every vote when the program ends.",
            "Name a file, as in sqlite:////folder/votes.db.",
        )
    return parsed


def _open(url: URL, timeout_s: float) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        arguments = {"timeout": timeout_s} if sqlite else {}
        engine = create_engine(url, connect_args=arguments, pool_timeout=timeout_s)
    except (SQLAlchemyError, ImportError) as error:
        raise StorageError(
            f"There is no driver for a {url.drivername} database.",
            "Install the driver that the URL names, or use sqlite:////folder/votes.db.",
        ) from error
    if sqlite:
        event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    # WAL lets readers go on while a vote is written; FULL puts each vote on the disk before
    # `add` returns; see https://sqlite.org/wal.html and https://sqlite.org/pragma.html.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


def _file(url: URL) -> Path | None:
    """The file of an SQLite URL, unless that is itself a "file:" URI."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name.startswith("file:"):
        return None
    return Path(name)


def _make_folder(path: Path | None) -> None:
    if path:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"unable to open the folder: {error}") from error


def _refusal(url: URL, error: Exception) -> StorageError:
    log.warning("The votes' database refused.", exc_info=error)
    # SQLAlchemy's own text quotes the row, whose label could say anything.
    text = str(getattr(error, "orig", error)).lower()
    found = (row[1:] for row in REFUSALS if row[0] in text)
    problem, hint = next(found, OTHERWISE)
    path = _file(url)
    # Another database's URL can hold a password and a host, and visitors read this.
    where = f"The votes' database {str(path)!r}" if path else "The votes' database"
    return StorageError(f"{where} {problem}.", hint)
