"""SQLite for one service on one machine: it waits its turn, and keeps what it has confirmed.

Every connection comes from `connect`; `read` and `write` are its transactions; `back_up` makes a
copy that can be restored. A connection belongs to one thread: open one for each. The file lies on a
local disk, in a folder of the service's own, where SQLite keeps `-wal` and `-shm` beside it.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PATH = "var/service.sqlite3"
BUSY_SECONDS = 10  # how long a writer waits for the one before it
CACHE_MEGABYTES = 16  # pages that each connection keeps in memory


class Unsuitable(Exception):
    """The place cannot hold this database, or a backup of it is not sound."""


def connect(path: str | Path | None = None) -> sqlite3.Connection:
    """A connection with every safeguard on. Raises Unsuitable where one cannot be had."""
    file = Path(PATH if path is None else path)
    _create(file)
    # Autocommit: the transactions are `read` and `write` below, and no module opens its own.
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise Unsuitable(
                f"{file}: journal mode {mode!r} instead of WAL; is it on a local disk?"
            )
        for pragma in _pragmas():
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def write(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that may write: all of it or nothing. It waits for its turn at the start, where
    waiting helps, and not halfway, where SQLite fails at once."""
    connection.execute("BEGIN IMMEDIATE")
    yield from _ending(connection)


@contextmanager
def read(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Several reads of one state of the database, whatever is written meanwhile."""
    connection.execute("BEGIN")
    yield from _ending(connection)


def back_up(connection: sqlite3.Connection, to: str | Path) -> None:
    """A copy of the last confirmed state, compact and checked, while the service goes on.

    `to` is replaced in one step, so it is always a whole backup. Send it to another machine.
    """
    target = Path(to)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    _create(part)
    connection.execute("VACUUM INTO ?", (str(part),))
    if (found := _checked(part)) != "ok":
        raise Unsuitable(f"{part} is not sound: {found}")
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(target)


def django() -> dict[str, object]:
    """The same for Django 5.1 and later: `DATABASES = {"default": database.django()}`.

    Django switches foreign keys on by itself.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": PATH,
        "OPTIONS": {
            "timeout": BUSY_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "; ".join(["PRAGMA journal_mode = WAL", *_pragmas()]),
        },
    }


def _create(file: Path) -> None:
    """An empty file that only the service's own user may read; SQLite's other files follow it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))


def _pragmas() -> list[str]:
    """What holds for one connection only, and so has to be said on each."""
    return [
        # A confirmed transaction survives a power cut; NORMAL would keep the file sound only.
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        # Functions with side effects cannot be called from the schema of a file that was planted.
        "PRAGMA trusted_schema = OFF",
        f"PRAGMA cache_size = -{CACHE_MEGABYTES * 1024}",  # negative: KiB instead of pages
    ]


def _checked(file: Path) -> str:
    """What SQLite says of the file: `ok`, or the first thing that is wrong."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def _ending(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # Some errors, such as a full disk, have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
