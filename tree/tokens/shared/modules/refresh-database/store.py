"""Refresh tokens in a relational database: a row for each login, with hashes of its tokens only.

The row of a user has the generation of the logins that are open. "Log out everywhere" writes
another, and each login is compared with it when it is next used: no list of logins is kept.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass

from database_connection import Database, StoreUnavailable, UnfitStore, connect, store_errors
from login_records import (
    Login,
    read_hash,
    read_login,
    read_number,
    same_successor,
    user_key,
)
from login_statements import (
    CLEAR_LOGINS,
    CLEAR_USERS,
    CLOCK,
    CUT_OFF,
    DROP,
    JOIN_USER,
    PROBE,
    READ_GENERATION,
    READ_LOGIN,
    ROTATE,
    SCHEMA,
    SKIP_LOCKED,
    START,
)
from parsing import InvalidToken
from refresh_tokens import first_token, next_token, token_hashes

__all__ = ["Families", "StoreUnavailable", "UnfitStore", "open_store"]

DATABASE_URL = "sqlite:///tokens.sqlite3"  # DATABASE_URL in the environment wins
LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds for which rows outlive what they are for, should clocks differ
STEP = 100  # rows that one call clears away at most: more than it adds, and never a long wait


@dataclass(frozen=True)
class Families:
    """Times are whole seconds; `at` is the caller's clock."""

    database: Database
    idle: int
    lifetime: int
    grace: int

    def begin(self) -> int:
        """Return the database's moment, in microseconds; never before one that it has kept."""
        ((clock, latest),) = self.database.run(CLOCK[self.database.is_sqlite])
        with store_errors():
            return max(read_number(clock), read_number(latest))

    def start(self, subject: str, client: str, at: int, begun: int | None) -> tuple[str, str]:
        """Return the id of a new login and its first refresh token. Raise InvalidToken where its
        user was logged out everywhere since it had begun."""
        moment = self.begin()
        if begun is not None and begun > moment:
            raise InvalidToken("a login that begins in the future")
        if begun is not None and begun < moment - LOGIN_SECONDS * 1_000_000:
            raise InvalidToken("a login that began more than ten minutes ago")
        token = first_token()
        login, current = token_hashes(token)
        names = json.dumps(subject), json.dumps(client)
        times = at, at, at + min(self.idle, self.lifetime)
        with self.database.transaction():
            rows = self.database.run(JOIN_USER, user_key(subject), secrets.token_hex(32), moment)
            with store_errors():
                ((generation, cut_off),) = rows
                generation, cut_off = read_hash(generation), read_number(cut_off)
            if begun is not None and begun < cut_off:
                raise InvalidToken("logged out everywhere while this login was under way")
            self.database.run(START, login, *names, generation, current, current, *times)
        self._clear(CLEAR_LOGINS, at - MARGIN)
        # By then every login of the user is over, and each that is under way began later.
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        self._clear(CLEAR_USERS, moment - longest * 1_000_000)
        return login, token

    def rotate(self, token: str, client: str, at: int) -> tuple[str, str, str]:
        """Return the login, its subject and its next refresh token: within the grace the same again
        for the token before. Any other that was used before is a copy: the whole login ends,
        whoever holds its successors."""
        login, given = token_hashes(token)
        record = self._read(login, client, at)
        if given == record.current:
            nonce = secrets.token_urlsafe(32)
            successor = next_token(token, nonce)
            _, planned = token_hashes(successor)
            kept = (nonce, at + self.grace) if self.grace else (None, None)
            expires = min(at + self.idle, record.began + self.lifetime)
            if self.database.run(ROTATE, planned, given, *kept, at, expires, login, given):
                self._clear(CLEAR_LOGINS, at - MARGIN)
                return login, record.subject, successor
            record = self._read(login, client, at)  # another call was quicker: take what it left
        if given == record.previous and record.nonce is not None and at < record.used + self.grace:
            with store_errors():
                return login, record.subject, same_successor(token, record)
        self.revoke(token)
        raise InvalidToken("used before: a copy is in other hands, so its successors are dead too")

    def revoke(self, token: str) -> None:
        """End this login, whichever of its refresh tokens is given."""
        with suppress(InvalidToken):
            login, _ = token_hashes(token)
            self.database.run(DROP, login)

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        cut_off = self.begin() + 1
        self.database.run(CUT_OFF, user_key(subject), secrets.token_hex(32), cut_off, cut_off)

    def _read(self, login: str, client: str, at: int) -> Login:
        """Return a login that goes on and is this client's. Raise InvalidToken for any other."""
        rows = self.database.run(READ_LOGIN, login)
        if not rows:
            raise InvalidToken("unknown, revoked or expired")
        with store_errors():
            record = read_login(*rows[0])
            generations = self.database.run(READ_GENERATION, user_key(record.subject))
            is_open = [record.generation] == [
                read_hash(generation) for (generation,) in generations
            ]
        if not is_open or at >= min(record.used + self.idle, record.began + self.lifetime):
            self.database.run(DROP, login)
            raise InvalidToken("expired" if is_open else "logged out everywhere")
        if client != record.client:
            raise InvalidToken("issued to another client")
        return record

    def _clear(self, statements: tuple[tuple[str, str], ...], before: int) -> None:
        skip_locked = SKIP_LOCKED[self.database.is_sqlite]
        with suppress(StoreUnavailable):  # what was to be done is done; the next call tries again
            for look, write in statements:
                if self.database.run(look, before):
                    self.database.run(write.format(skip_locked=skip_locked), before, STEP)


def open_store(idle: int, lifetime: int, grace: int) -> Families:
    """Return the families of the database at DATABASE_URL. Raise UnfitStore where it is unfit."""
    return Families(connect(DATABASE_URL, SCHEMA, PROBE), idle, lifetime, grace)
