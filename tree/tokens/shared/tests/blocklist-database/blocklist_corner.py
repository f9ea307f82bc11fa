"""The blocklist of one test in a real database, and a look into it.

It is a file of SQLite, or a schema of its own in the PostgreSQL that DATABASE_URL names.
"""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psycopg
import pytest

import store
from database_connection import Database, connect

VARIABLE = "DATABASE_URL"
# As texts, where the database keeps them: SQLite does, but for those that look like numbers.
DAMAGED = ["", "now", "nan", "inf", "-1", "1_0", "1.5", "9" * 17]
FIND = {
    "token": "SELECT expires - {now} FROM blocklist_tokens WHERE digest = ?",
    "user": "SELECT expires - {now} FROM blocklist_users WHERE digest = ?",
    "since": "SELECT since FROM blocklist_clock",
    "latest": "SELECT latest FROM blocklist_clock",
}
SPOIL = {
    "since": "UPDATE blocklist_clock SET since = ?",
    "latest": "UPDATE blocklist_clock SET latest = ?",
    "cut-off": "UPDATE blocklist_users SET cut_off = ?",
}
NAMES = """SELECT 'clock' FROM blocklist_clock UNION ALL SELECT digest FROM blocklist_tokens
UNION ALL SELECT digest FROM blocklist_users"""


@dataclass(frozen=True)
class Corner:
    database: Database

    @property
    def blocklist(self) -> store.Blocklist:
        return store.Blocklist(self.database)

    def names(self) -> set[str]:
        """Return the keys of all rows."""
        return {str(name) for (name,) in self.database.run(NAMES)}

    def empty(self) -> None:
        for table in ("clock", "tokens", "users"):
            self.database.run(f"DELETE FROM blocklist_{table}")

    def moment(self, name: str) -> int:
        """Return the stamp under `since` or `latest`."""
        return int(self.database.run(FIND[name])[0][0])

    def set_latest(self, stamp: int) -> None:
        self.database.run(SPOIL["latest"], stamp)

    def spoil(self, name: str, value: str) -> None:
        """Damage `since`, `latest`, or the cut-off of alice."""
        if name == "cut-off":
            self.blocklist.log_out("alice", 1)
        if self.database.is_sqlite:
            self.database.run(SPOIL[name], value)
        elif value.lstrip("-").isdecimal():
            self.database.run(SPOIL[name], int(value))
        else:
            pytest.skip("PostgreSQL keeps no text in a column of numbers")

    def left_of_token(self, iss: str, jti: str) -> float:
        """Return for how many seconds the entry of a token stays."""
        return self._left("token", store._entry(iss, jti))

    def left_of_user(self, sub: str) -> float:
        return self._left("user", store._user(sub))

    def _left(self, kind: str, digest: str) -> float:
        return int(self.blocklist._run(FIND[kind], digest)[0][0]) / 1_000_000


@contextmanager
def corner(monkeypatch: pytest.MonkeyPatch, since: int) -> Iterator[Corner]:
    """Give the test a blocklist with this birthday."""
    with empty_database(os.environ.get(VARIABLE, "")) as url:
        monkeypatch.setenv(VARIABLE, url)
        kept = Corner(connect(store.DATABASE_URL, store.SCHEMA, store.PROBE))
        kept.database.run("INSERT INTO blocklist_clock VALUES (1, ?, ?)", since, since)
        yield kept
        kept.database.close()


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


@contextmanager
def refusing(_: pytest.MonkeyPatch) -> Iterator[str]:
    yield "postgresql://nobody@127.0.0.1:1/nowhere"


@contextmanager
def absent(_: pytest.MonkeyPatch) -> Iterator[str]:
    yield "sqlite:////nowhere/at/all/tokens.sqlite3"


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], AbstractContextManager[str]]] = {
    "refuses": refusing,
    "is absent": absent,
}
