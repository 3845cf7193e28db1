"""Where votes are kept: any database that SQLAlchemy reaches, SQLite unless one is named.

    store = VoteStore(settings().database_url)
    store.add(vote)

SQLite needs a local disk: on a network mount its locks don't hold.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from lookalike.feedback import database
from lookalike.feedback.models import KEY, VOTES, Vote

BATCH = 1000  # rows in memory at once while all votes are read


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
        self._url = database.parse(url)
        self._engine = database.connect(self._url, timeout_s)
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
            raise database.refusal(self._url, error) from error

    def _prepare(self) -> None:
        """Make the folder and the table, once."""
        with self._lock:
            if self._has_table:
                return
            database.make_folder(self._url)
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
