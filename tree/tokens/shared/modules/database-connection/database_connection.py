"""The connection to a relational database: PostgreSQL, or SQLite where one machine has it all.

DB-API and nothing above it: four short statements need no SQL toolkit. They are written once, with
`?` for values, and the driver puts the values in.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

WAIT_SECONDS = 0.5  # for each answer of a server; a connection may take 2
FILE_SECONDS = 2  # for the lock of a file of SQLite
IS_STANDBY = "SELECT pg_is_in_recovery()"
REPAIR = (
    "Let DATABASE_URL name the primary of a PostgreSQL, as postgresql://user@host/name, or a file "
    "of SQLite, as sqlite:////path/to/file: a copy that lags, or a memory that each process has "
    "for itself, accepts again what was revoked"
)

# SQLite lets one write at a time and makes others try again, in no fair order: threads queue here.
FILE_TURN = threading.RLock()
store_log = logging.getLogger("tokens")


class StoreUnavailable(Exception):
    """The database cannot answer. Answer 503: neither accept nor refuse."""


class UnfitStore(Exception):
    """The database is a standby, or none that several processes share. Raised at the start."""


class PostgresConnection(psycopg.Connection[tuple[Any, ...]]):
    """Waits for no answer longer than WAIT_SECONDS, so that a dead server holds up no request."""

    def wait(
        self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = WAIT_SECONDS
    ) -> RV:
        return super().wait(gen, interval, timeout)


class Database:
    """Gives each thread a connection of its own, and closes it after an error: what it was doing is
    rolled back, and the next call opens another."""

    def __init__(self, url: str, schema: Sequence[str], probe: str) -> None:
        self.url = url
        self.schema = schema
        self.probe = probe
        self.has_tables = False
        self.is_sqlite = url.startswith("sqlite:///")
        self.own = threading.local()

    def run(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        """Return the rows of a statement. Raise StoreUnavailable where there is no answer."""
        try:
            with store_errors(), self.turn(is_writing=not sql.startswith("SELECT")):
                cursor = self.connection().execute(self.placed(sql), values)
                return cursor.fetchall() if cursor.description else []
        except StoreUnavailable:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let the statements inside count as a whole, or not at all."""
        # At once: a SQLite that reads first may not write any more when somebody else has written.
        with self.turn():
            self.run("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            try:
                yield
            except BaseException:
                self.close()
                raise
            self.run("COMMIT")

    @contextmanager
    def turn(self, *, is_writing: bool = True) -> Iterator[None]:
        if not (self.is_sqlite and is_writing):
            yield
        elif FILE_TURN.acquire(timeout=FILE_SECONDS):
            try:
                yield
            finally:
                FILE_TURN.release()
        else:
            raise StoreUnavailable("others are writing")

    def connection(self) -> Any:
        # A process that was forked must not talk through the connection of its parent.
        if getattr(self.own, "process", None) != os.getpid():
            self.own.connection = self.opened()
            self.own.process = os.getpid()
            if not self.has_tables:
                self.create_tables()
        return self.own.connection

    def opened(self) -> Any:
        """Return a new connection. Raise UnfitStore for a standby."""
        if self.is_sqlite:
            path = self.url.removeprefix("sqlite:///")
            file = sqlite3.connect(path, timeout=FILE_SECONDS, isolation_level=None)
            file.execute("PRAGMA journal_mode=WAL")  # who reads waits for nobody who writes
            file.execute("PRAGMA synchronous=FULL")  # a logout outlives a power cut
            return file
        # Nothing prepared: a pooler between us and the server would not know it.
        server = PostgresConnection.connect(
            self.url, autocommit=True, prepare_threshold=None, connect_timeout=2
        )
        # Once for each connection: a primary that becomes a standby closes all that it has.
        if server.execute(IS_STANDBY).fetchall() != [(False,)]:
            server.close()
            raise UnfitStore(f"This database is a standby. {REPAIR}")
        return server

    def create_tables(self) -> None:
        """Create what is missing. Where the tables are there, the user needs no right to do it."""
        try:
            self.own.connection.execute(self.probe)
        except (sqlite3.Error, psycopg.Error):
            for statement in self.schema:
                self.own.connection.execute(statement)
        self.has_tables = True

    def close(self) -> None:
        if getattr(self.own, "process", None) == os.getpid():
            self.own.connection.close()
        self.own.process = None

    def placed(self, sql: str) -> str:
        return sql if self.is_sqlite else sql.replace("?", "%s")


def connect(url: str, schema: Sequence[str], probe: str) -> Database:
    """Return a database, in which `probe` fails before `schema` has created the tables. Raise
    UnfitStore for one that is unfit; go on where it does not answer yet. DATABASE_URL in the
    environment wins."""
    database = Database(os.environ.get("DATABASE_URL", url), schema, probe)
    try:
        check_address(database.url)
        database.connection()
    except UnfitStore as error:
        store_log.critical("%s", error)
        raise
    except (sqlite3.Error, psycopg.Error, OSError) as error:
        store_log.warning("The database does not answer yet: %s", type(error).__name__)
    finally:
        database.close()  # processes that are forked from this one open their own
    return database


def check_address(url: str) -> None:
    in_memory = url == "sqlite:///" or ":memory:" in url
    if in_memory or not url.startswith(("postgresql://", "postgres://", "sqlite:///")):
        raise UnfitStore(f"The address is of no database that processes share. {REPAIR}")


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise StoreUnavailable for whatever the database or the reading of its answer raises: no
    connection, a lock, a full disk, a standby. Damaged data is a ValueError or TypeError."""
    try:
        yield
    except UnfitStore as error:
        store_log.critical("%s", error)
        raise StoreUnavailable("the database is unfit") from error
    except (sqlite3.Error, psycopg.Error, OSError, ValueError, TypeError) as error:
        raise StoreUnavailable(
            f"the database did not answer as it should: {type(error).__name__}"
        ) from error
