"""Records of tokens in a relational database. Only the hashes of tokens get here, never the tokens.

The row of a user has the cut-off: sessions and logins from before it are over. So one write ends
all sessions of a user, however many there are, and no list of them is kept.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from database_connection import Database, StoreUnavailable, UnfitStore, connect, store_errors

__all__ = ["InvalidToken", "SessionRecords", "StoreUnavailable", "UnfitStore", "open_store"]

DATABASE_URL = "sqlite:///tokens.sqlite3"  # DATABASE_URL in the environment wins
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # a zero byte, or half a character, which JSON can carry
LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds for which rows outlive what they are for, should clocks differ
STEP = 100  # rows that a login clears away at most: more than it adds, and never a long wait

# Moments of logins and cut-offs are stamps: microseconds by the clock of the database. `latest` is
# the last stamp that a user's row was given; the highest of all is the clock while the machine's
# own is set back.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS token_users (
    subject TEXT PRIMARY KEY, cut_off BIGINT NOT NULL, latest BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS token_sessions (
    digest TEXT PRIMARY KEY, subject TEXT NOT NULL, audiences TEXT NOT NULL,
    stamp BIGINT NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL,
    expires BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS token_users_latest ON token_users (latest)",
    "CREATE INDEX IF NOT EXISTS token_sessions_expires ON token_sessions (expires)",
)
PROBE = "SELECT 1 FROM token_users, token_sessions WHERE 1 = 0"
CLOCK = {
    True: "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS BIGINT), ",  # SQLite
    False: "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), ",
}
LATEST = "coalesce(max(latest), 0) FROM token_users"
# It locks the row of the user up to the end of the transaction, so that a cut-off comes before or
# after, and its cut-off is read behind the lock.
JOIN_USER = """INSERT INTO token_users (subject, cut_off, latest) VALUES (?, 0, ?)
ON CONFLICT (subject) DO UPDATE SET latest = CASE
  WHEN excluded.latest > token_users.latest THEN excluded.latest ELSE token_users.latest END
RETURNING cut_off"""
START = """INSERT INTO token_sessions
(digest, subject, audiences, stamp, created, seen, expires) VALUES (?, ?, ?, ?, ?, ?, ?)"""
# Without the row of its user a session is over: a table that lost rows lets nobody in.
LOOK_UP = """SELECT token_sessions.subject, audiences, stamp, created, seen, cut_off
FROM token_sessions JOIN token_users ON token_users.subject = token_sessions.subject
WHERE digest = ?"""
# An UPDATE of a row that is gone brings nothing back to life; RETURNING says whether it was there.
TOUCH = "UPDATE token_sessions SET seen = ?, expires = ? WHERE digest = ? RETURNING subject"
REVOKE = "DELETE FROM token_sessions WHERE digest = ?"
REVOKE_ALL = """INSERT INTO token_users (subject, cut_off, latest) VALUES (?, ?, ?)
ON CONFLICT (subject) DO UPDATE SET cut_off = excluded.cut_off, latest = excluded.latest
WHERE excluded.cut_off > token_users.cut_off"""
ANY_SESSIONS = "SELECT 1 FROM token_sessions WHERE expires < ? LIMIT 1"
ANY_USERS = "SELECT 1 FROM token_users WHERE latest < ? LIMIT 1"
# The condition stands there twice for PostgreSQL, which looks again at a row that changed while it
# waited for the lock.
FORGET_SESSIONS = """DELETE FROM token_sessions WHERE digest IN
(SELECT digest FROM token_sessions WHERE expires < ? ORDER BY expires LIMIT ?) AND expires < ?"""
FORGET_USERS = """DELETE FROM token_users WHERE subject IN
(SELECT subject FROM token_users WHERE latest < ? ORDER BY latest LIMIT ?) AND latest < ?"""


class InvalidToken(Exception):
    """No session stands behind this token. Log the reason; the response only says 401."""


@dataclass(frozen=True)
class SessionRecords:
    """`at` is the caller's clock, in whole seconds. Stamps come from the database's clock."""

    database: Database
    idle: int
    lifetime: int

    def begin(self) -> int:
        """Return the moment at which a login begins."""
        ((clock, latest),) = self.database.run(CLOCK[self.database.is_sqlite] + LATEST)
        with store_errors():
            return max(_whole(clock), _whole(latest))

    def start(
        self,
        subject: str,
        at: int,
        *,
        begun: int | None = None,
        replaces: str | None = None,
        audiences: Sequence[str] = ("",),
    ) -> str:
        """Return the token of a new session, which is the only place where the token is."""
        _check_text(subject)
        stamp = self.begin()
        if begun is not None:
            if begun > stamp:
                raise InvalidToken("this login begins in the future")
            if stamp - begun > LOGIN_SECONDS * 1_000_000:
                raise InvalidToken("this login took too long")
            stamp = begun  # so that whatever comes after this moment ends the session, too
        token = secrets.token_urlsafe(32)
        expires = at + min(self.idle, self.lifetime)
        known = json.dumps(list(audiences))
        with self.database.transaction():
            ((read,),) = self.database.run(JOIN_USER, subject, stamp)
            with store_errors():
                cut_off = _whole(read)
            if begun is None:
                stamp = max(stamp, cut_off)  # the login begins here, behind the lock
            if stamp < cut_off:
                raise InvalidToken("logged out everywhere while this login was under way")
            self.database.run(START, _record(token), subject, known, stamp, at, at, expires)
            if replaces is not None:
                self.revoke(replaces)
        with suppress(StoreUnavailable):  # the next login tries again
            self.forget(at, stamp)
        return token

    def touch(self, token: str, at: int, audience: str = "") -> tuple[str, int, int]:
        """Return whose session this is, since when, and when it was last seen: now. Its idle time
        starts anew."""
        digest = _record(token)
        rows = self.database.run(LOOK_UP, digest)
        if not rows:
            raise InvalidToken("unknown, revoked or expired")
        with store_errors():
            subject, audiences, stamp, created, seen, cut_off = _checked(*rows[0])
        if stamp < cut_off or at >= min(seen + self.idle, created + self.lifetime):
            self.database.run(REVOKE, digest)
            raise InvalidToken("revoked or expired")
        if audience not in audiences:  # it learns nothing, and cannot keep the token alive
            raise InvalidToken("for another audience")
        if at > seen:  # once a second at most, however busy the session is
            seen = at
            expires = min(at + self.idle, created + self.lifetime)
            if not self.database.run(TOUCH, seen, expires, digest):
                raise InvalidToken("revoked meanwhile")
        return subject, created, seen

    def revoke(self, token: str) -> None:
        """Log out. Clear the cookie too, but only this call stops a copy of the token."""
        with suppress(InvalidToken):
            self.database.run(REVOKE, _record(token))

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        _check_text(subject)
        cut_off = self.begin() + 1
        self.database.run(REVOKE_ALL, subject, cut_off, cut_off)

    def forget(self, at: int, stamp: int) -> None:
        """Delete some rows that nobody needs any more."""
        over = at - MARGIN
        if self.database.run(ANY_SESSIONS, over):  # looking first: a DELETE locks SQLite's file
            self.database.run(FORGET_SESSIONS, over, STEP, over)
        # By then what a cut-off ends has ended by itself, and so has every login from before it.
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        old = stamp - longest * 1_000_000
        if self.database.run(ANY_USERS, old):
            self.database.run(FORGET_USERS, old, STEP, old)


def open_store(idle: int, lifetime: int) -> SessionRecords:
    return SessionRecords(connect(DATABASE_URL, SCHEMA, PROBE), idle, lifetime)


def _record(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a token")
    return hashlib.sha256(token.encode()).hexdigest()


def _check_text(subject: str) -> None:
    if NO_TEXT.search(subject):
        raise InvalidToken("the subject is no text")


def _checked(
    subject: Any, audiences: Any, *moments: Any
) -> tuple[str, list[str], int, int, int, int]:
    """Return a row whose values are what they should be: SQLite keeps any type in any column."""
    if not isinstance(subject, str) or not subject:
        raise ValueError("a record of nobody")
    known = json.loads(audiences)
    if not isinstance(known, list):
        raise TypeError("no list of audiences")
    stamp, created, seen, cut_off = map(_whole, moments)
    return subject, known, stamp, created, seen, cut_off


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no moment")
    return value
