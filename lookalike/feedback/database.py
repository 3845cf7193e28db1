"""Opening the votes' database, and putting its refusals into words."""

import logging
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from lookalike.errors import StorageError

log = logging.getLogger(__name__)

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


def parse(url: str) -> URL:
    """The URL, unless it is malformed or names a database that forgets.

    Raises:
        StorageError: it is one of these.
    """
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


def connect(url: URL, timeout_s: float) -> Engine:
    """An engine whose connections are opened when they are needed.

    Raises:
        StorageError: the driver is not installed.
    """
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


def make_folder(url: URL) -> None:
    """The folder of SQLite's file; OSError when that cannot be."""
    if path := _file(url):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(f"unable to open the folder: {error}") from error


def refusal(url: URL, error: Exception) -> StorageError:
    """What the database's own error means to the user; the log gets the original."""
    log.warning("The votes' database refused.", exc_info=error)
    # SQLAlchemy's own text quotes the row, whose label could say anything.
    text = str(getattr(error, "orig", error)).lower()
    found = (row[1:] for row in REFUSALS if row[0] in text)
    problem, hint = next(found, OTHERWISE)
    path = _file(url)
    # Another database's URL can hold a password and a host, and visitors read this.
    where = f"The votes' database {str(path)!r}" if path else "The votes' database"
    return StorageError(f"{where} {problem}.", hint)
