"""A database with the logins of one test, and a look into it.

It is a file of SQLite, or a schema of its own in the PostgreSQL that DATABASE_URL names.
"""

import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

import store
from database_connection import Database, connect
from login_records import user_key
from login_statements import PROBE, SCHEMA
from refresh_tokens import token_hashes

VARIABLE, NOWHERE = "DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere"
COLUMNS = {"current": "current_hash", "previous": "previous_hash", "used": "used", "began": "began"}
SOMEBODY = "0" * 64


@dataclass(frozen=True)
class Corner:
    database: Database

    def dump(self) -> str:
        """Return all that stands in the tables."""
        rows = [
            *self.database.run("SELECT * FROM refresh_logins ORDER BY login"),
            *self.database.run("SELECT * FROM refresh_users ORDER BY name"),
        ]
        return "\n".join(map(str, rows))

    def set_clock(self, moment: int) -> None:
        """Let the store have given that moment, as if the clock of its machine had been there."""
        sql = "INSERT INTO refresh_users (name, generation, cut_off, latest) VALUES (?, ?, 0, ?)"
        self.database.run(sql, SOMEBODY, SOMEBODY, moment)

    def reset_clock(self) -> None:
        """Let the store go by the clock of its machine again."""
        self.database.run("DELETE FROM refresh_users WHERE name = ?", SOMEBODY)

    def forget_user(self, subject: str) -> None:
        self.database.run("DELETE FROM refresh_users WHERE name = ?", user_key(subject))

    def logins(self) -> int:
        """Return how many records of logins there are."""
        return int(self.database.run("SELECT count(*) FROM refresh_logins")[0][0])

    def has_login(self, token: str) -> bool:
        return self._column(token, "1") is not None

    def get(self, token: str, field: str) -> str:
        """Return `current`, `previous`, `used` or `began` of a login."""
        return str(self._column(token, COLUMNS[field]))

    def put(self, token: str, field: str, value: int) -> None:
        sql = f"UPDATE refresh_logins SET {COLUMNS[field]} = ? WHERE login = ?"
        self.database.run(sql, value, token_hashes(token)[0])

    def nonce(self, token: str) -> str | None:
        """Return what a retry needs, which the store has until the grace ends."""
        nonce = self._column(token, "nonce")
        return None if nonce is None else str(nonce)

    def _column(self, token: str, column: str) -> object:
        sql = f"SELECT {column} FROM refresh_logins WHERE login = ?"
        rows = self.database.run(sql, token_hashes(token)[0])
        return rows[0][0] if rows else None


def look() -> Corner:
    return Corner(connect(store.DATABASE_URL, SCHEMA, PROBE))


@contextmanager
def ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let DATABASE_URL name an empty database, which is gone afterwards."""
    with empty_database(os.environ.get(VARIABLE, "")) as url:
        monkeypatch.setenv(VARIABLE, url)
        yield


corner = ready


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a store that takes connections and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/nowhere"


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
