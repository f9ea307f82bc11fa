"""The blocklist in a relational database: which tokens were revoked, and when a user was logged out
everywhere.

All processes hold DATABASE_URL: the primary of a PostgreSQL, or on a single machine one file of
SQLite. The row of a user has one moment, the cut-off, however many logins it ends.

Moments are stamps: microseconds by the clock of the database, never behind an earlier stamp. So no
clock of an issuer counts, and of a login and a logout it is always clear which came first.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from database_connection import Database, StoreUnavailable, UnfitStore, connect, store_errors
from parsing import InvalidToken
from strict_json import is_text

__all__ = ["Blocklist", "StoreUnavailable", "UnfitStore", "connect_blocklist"]

DATABASE_URL = "sqlite:///tokens.sqlite3"  # DATABASE_URL in the environment wins
MARGIN = 60  # seconds that an entry outlives its token, should the database's clock run ahead
LOGIN_SECONDS = 600  # how long a login may take, from `begin` to its token
STEP = 100  # rows that a logout clears away at most: more than it adds, and never a long wait

# `since` is the birthday of the blocklist: an emptied database has none, which is how we notice
# that what was revoked is forgotten. `latest` is the last stamp that was handed out.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS blocklist_clock (
    id INTEGER PRIMARY KEY, since BIGINT NOT NULL, latest BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS blocklist_tokens (
    digest TEXT PRIMARY KEY, expires BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS blocklist_users (
    digest TEXT PRIMARY KEY, cut_off BIGINT NOT NULL, expires BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS blocklist_tokens_expires ON blocklist_tokens (expires)",
    "CREATE INDEX IF NOT EXISTS blocklist_users_expires ON blocklist_users (expires)",
)
PROBE = "SELECT 1 FROM blocklist_clock, blocklist_tokens, blocklist_users WHERE 1 = 0"
# What `{now}` stands for below.
CLOCK = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS BIGINT)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
}
# The clock of the database may be set back, so what was handed out is kept. The row is locked until
# the transaction ends: a login that begins meanwhile waits, and counts as later. No row comes back
# where `latest` is damaged, which SQLite may hold as a text or a fraction.
NEXT_STAMP = """INSERT INTO blocklist_clock (id, since, latest) VALUES (1, {now}, {now})
ON CONFLICT (id) DO UPDATE SET latest = CASE WHEN excluded.latest > blocklist_clock.latest
  THEN excluded.latest ELSE blocklist_clock.latest END + ?
WHERE blocklist_clock.latest BETWEEN 0 AND 9999999999999999
  AND blocklist_clock.latest = CAST(blocklist_clock.latest AS BIGINT)
RETURNING since, latest"""
CUT_OFF = "SELECT cut_off FROM blocklist_users WHERE digest = ?"
LOOK_UP = """SELECT (SELECT 1 FROM blocklist_tokens WHERE digest = ?),
  (SELECT cut_off FROM blocklist_users WHERE digest = ?),
  (SELECT since FROM blocklist_clock WHERE id = 1)"""
REVOKE = """INSERT INTO blocklist_tokens (digest, expires) VALUES (?, {now} + ?)
ON CONFLICT (digest) DO UPDATE SET expires = excluded.expires"""
LOG_OUT = """INSERT INTO blocklist_users (digest, cut_off, expires) VALUES (?, ?, {now} + ?)
ON CONFLICT (digest) DO UPDATE SET cut_off = excluded.cut_off, expires = excluded.expires"""
# The condition stands there twice for PostgreSQL, which looks again at a row that changed while it
# waited for the lock.
FORGET_TOKENS = """DELETE FROM blocklist_tokens WHERE digest IN
(SELECT digest FROM blocklist_tokens WHERE expires < {now} ORDER BY expires LIMIT ?)
AND expires < {now}"""
FORGET_USERS = """DELETE FROM blocklist_users WHERE digest IN
(SELECT digest FROM blocklist_users WHERE expires < {now} ORDER BY expires LIMIT ?)
AND expires < {now}"""


@dataclass(frozen=True)
class Blocklist:
    """The first of the stamps in a blocklist is its birthday; no older token counts."""

    database: Database

    def begin(self) -> int:
        """The stamp of a login that begins now."""
        _, latest = self._next_stamp(0)
        return latest

    def admit(self, sub: str, begun: int) -> int:
        """The stamp of the login, which gets its token now; InvalidToken if the user was logged out
        since it began, or if nobody can know."""
        if type(begun) is not int:
            raise ValueError("`begun` is what `begin` returned.")
        since, now = self._next_stamp(0)
        if begun > now:
            raise InvalidToken("a login that begins in the future")
        if begun < now - LOGIN_SECONDS * 1_000_000:
            raise InvalidToken("a login that took too long")
        if begun < since:
            raise InvalidToken("the store lost its data while this login was under way")
        # A logout that comes after this look ends the token, which carries `begun`.
        for (cut_off,) in self.database.run(CUT_OFF, _user(sub)):
            with store_errors():
                ended = begun < _read_stamp(cut_off)
            if ended:
                raise InvalidToken("logged out everywhere while this login was under way")
        return begun

    def check(self, iss: str, jti: str, sub: str, begun: int) -> None:
        """InvalidToken if this token was revoked, or if nobody can know."""
        ((entry, cut_off, since),) = self.database.run(LOOK_UP, _entry(iss, jti), _user(sub))
        if entry is not None:
            raise InvalidToken("revoked")
        with store_errors():
            ended = cut_off is not None and begun < _read_stamp(cut_off)
            # An emptied database answers "never revoked" to everything.
            unknown = since is None or begun < _read_stamp(since)
        if ended:
            raise InvalidToken("issued before the user was logged out everywhere")
        if unknown:
            raise InvalidToken("older than the blocklist, which has lost its data or is new")

    def add(self, iss: str, jti: str, left: int) -> None:
        """Revokes a token that would be refused anyway once `left` seconds have passed."""
        self._run(REVOKE, _entry(iss, jti), (left + MARGIN) * 1_000_000)
        self._forget()

    def log_out(self, sub: str, longest: int) -> None:
        """Ends all logins of a user that have begun, whose tokens live no longer than `longest`."""
        user, kept = _user(sub), max(longest, LOGIN_SECONDS) + MARGIN
        with self.database.transaction():
            _, cut_off = self._next_stamp(1)
            self._run(LOG_OUT, user, cut_off, kept * 1_000_000)
        self._forget()

    def _next_stamp(self, step: int) -> tuple[int, int]:
        """The birthday of the blocklist, and a stamp that is later by `step` than all before."""
        rows = self._run(NEXT_STAMP, step)
        with store_errors():
            ((since, latest),) = rows
            return _read_stamp(since), _read_stamp(latest)

    def _forget(self) -> None:
        """Delete some rows that nobody needs any more."""
        with suppress(StoreUnavailable):  # what was to be done is done; the next call tries again
            self._run(FORGET_TOKENS, STEP)
            self._run(FORGET_USERS, STEP)

    def _run(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        now = CLOCK["sqlite" if self.database.is_sqlite else "postgresql"]
        return self.database.run(sql.replace("{now}", now), *values)


def connect_blocklist() -> Blocklist:
    """UnfitStore where the database is a standby, or one that no other process can ask."""
    return Blocklist(connect(DATABASE_URL, SCHEMA, PROBE))


def _entry(iss: str, jti: str) -> str:
    # JSON, because joined with a mark the pair (a:b, c) would read like (a, b:c).
    return _digest(json.dumps([iss, jti]))


def _user(sub: str) -> str:
    if not is_text(sub):
        raise ValueError("A subject is a string, neither empty nor with half a character in it.")
    return _digest(json.dumps(sub))


def _digest(text: str) -> str:
    """A short key for a text of any length, with any characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read_stamp(value: Any) -> int:
    """SQLite keeps any type in any column."""
    if type(value) is not int or not 0 <= value < 10**16:
        raise ValueError("a record is no stamp")
    return value
