"""A database with the sessions of one test, and a look into it.

It is a file of SQLite, or a schema of its own in the PostgreSQL that DATABASE_URL names.
"""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

import store
from database_connection import Database, connect

VARIABLE, NOWHERE = "DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere"


@dataclass(frozen=True)
class Corner:
    database: Database

    def now(self) -> int:
        """Return the time by the database's clock, in microseconds."""
        return int(self.database.run(store.CLOCK[self.database.is_sqlite] + "0")[0][0])

    def set_clock(self, moment: int) -> None:
        """Let the store have given a stamp of that moment, as if its machine had been there."""
        sql = "INSERT INTO token_users (subject, cut_off, latest) VALUES (?, 0, ?)"
        self.database.run(sql, "somebody else", moment)

    def dump(self) -> str:
        """Return all that stands in the tables."""
        rows = [
            *self.database.run("SELECT * FROM token_sessions ORDER BY digest"),
            *self.database.run("SELECT * FROM token_users ORDER BY subject"),
        ]
        return "\n".join(map(str, rows))

    def name_of(self, token: str) -> str:
        """Return how the store names the record of a token."""
        return record_of(token)

    def exists(self, token: str) -> bool:
        sql = "SELECT 1 FROM token_sessions WHERE digest = ?"
        return bool(self.database.run(sql, record_of(token)))

    def drop(self, token: str) -> None:
        self.database.run("DELETE FROM token_sessions WHERE digest = ?", record_of(token))

    def moment(self, token: str, name: str) -> int:
        """Return when a session was `created`, or last `seen`."""
        sql = "SELECT created, seen FROM token_sessions WHERE digest = ?"
        created, seen = self.database.run(sql, record_of(token))[0]
        return int({"created": created, "seen": seen}[name])

    def tokens(self) -> int:
        """Return how many records of tokens there are."""
        return int(self.database.run("SELECT count(*) FROM token_sessions")[0][0])


def look() -> Corner:
    return Corner(connect(store.DATABASE_URL, store.SCHEMA, store.PROBE))


@contextmanager
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let DATABASE_URL name an empty database, which is gone afterwards."""
    with empty_database(os.environ.get("DATABASE_URL", "")) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield


@contextmanager
def corner(_: pytest.MonkeyPatch) -> Iterator[None]:
    """The one that is ready is of this test alone."""
    yield


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    if not url.startswith("postgres"):
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/tokens.sqlite3"
        return
    schema = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE SCHEMA {schema}")  # type: ignore[call-overload, unused-ignore]
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{schema}"
        finally:
            server.execute(f"DROP SCHEMA {schema} CASCADE")  # type: ignore[call-overload, unused-ignore]


def record_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
