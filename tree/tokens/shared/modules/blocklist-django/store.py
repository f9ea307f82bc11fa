"""The blocklist in the database of a Django project: which tokens were revoked, and when a user was
logged out everywhere.

Issuer and services use one database. The row of a user has one moment, the cut-off, however many
logins it ends.

Moments are stamps: microseconds by the clock of the database, never behind an earlier stamp. So no
clock of an issuer counts, and of a login and a logout it is always clear which came first.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, QuerySet

from django_store import Database, StoreUnavailable, UnfitStore, open_database, whole
from parsing import InvalidToken
from strict_json import is_text

__all__ = ["Blocklist", "StoreUnavailable", "UnfitStore", "connect_blocklist"]

MARGIN = 60  # seconds that an entry outlives its token, should the database's clock run ahead
LOGIN_SECONDS = 600  # how long a login may take, from `begin` to its token
STEP = 100  # rows that a logout clears away at most: more than it adds, and never a long wait


@dataclass(frozen=True)
class Blocklist:
    """The first of the stamps in a blocklist is its birthday; no older token counts."""

    database: Database

    @property
    def clock(self) -> "QuerySet[Any]":
        return self.database.rows("BlocklistClock").filter(id=1)

    @property
    def tokens(self) -> "QuerySet[Any]":
        return self.database.rows("BlocklistToken")

    @property
    def users(self) -> "QuerySet[Any]":
        return self.database.rows("BlocklistUser")

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
        with self.database.errors():
            cut_offs = self.users.filter(digest=_user(sub)).values_list("cut_off", flat=True)
            ended = any(begun < whole(cut_off) for cut_off in cut_offs)
        if ended:
            raise InvalidToken("logged out everywhere while this login was under way")
        return begun

    def check(self, iss: str, jti: str, sub: str, begun: int) -> None:
        """InvalidToken if this token was revoked, or if nobody can know."""
        entry = Exists(self.tokens.filter(digest=_entry(iss, jti)))
        with self.database.errors():
            cut_offs = self.users.filter(digest=_user(sub)).values_list("cut_off", flat=True)
            ended = any(begun < whole(cut_off) for cut_off in cut_offs)
            row = self.clock.values_list(entry, "since").first()
            # An emptied database answers "never revoked" to everything.
            revoked, unknown = (False, True) if row is None else (row[0], begun < whole(row[1]))
        if revoked:
            raise InvalidToken("revoked")
        if ended:
            raise InvalidToken("issued before the user was logged out everywhere")
        if unknown:
            raise InvalidToken("older than the blocklist, which has lost its data or is new")

    def add(self, iss: str, jti: str, left: int) -> None:
        """Revokes a token that would be refused anyway once `left` seconds have passed."""
        expires = self.database.now() + (left + MARGIN) * 1_000_000
        self._put(self.tokens, digest=_entry(iss, jti), expires=expires)
        self._forget()

    def log_out(self, sub: str, longest: int) -> None:
        """Ends all logins of a user that have begun, whose tokens live no longer than `longest`."""
        user, kept = _user(sub), max(longest, LOGIN_SECONDS) + MARGIN
        with self.database.transaction():
            _, cut_off = self._next_stamp(1)
            expires = self.database.now() + kept * 1_000_000
            self._put(self.users, digest=user, cut_off=cut_off, expires=expires)
        self._forget()

    def _next_stamp(self, step: int) -> tuple[int, int]:
        """The birthday of the blocklist, and a stamp that is later by `step` than all before.

        The clock of the database may be set back, so what was handed out is kept. The row is locked
        until the transaction ends: a login that begins meanwhile waits, and counts as later."""
        first = self.database.now()
        with self.database.transaction():
            new = self.clock.model(id=1, since=first, latest=first)
            self.clock.bulk_create([new], ignore_conflicts=True)
            ((since, latest),) = self.clock.select_for_update().values_list("since", "latest")
            stamp = max(whole(latest), self.database.now()) + step
            self.clock.update(latest=stamp)
            return whole(since), stamp

    def _put(self, rows: "QuerySet[Any]", *, digest: str, **values: int) -> None:
        """Insert a row, or give the one that is there these values."""
        with self.database.transaction():
            rows.bulk_create(
                [rows.model(digest=digest, **values)],
                update_conflicts=True,
                unique_fields=["digest"],
                update_fields=list(values),
            )

    def _forget(self) -> None:
        """Delete some rows that nobody needs any more."""
        with suppress(StoreUnavailable):  # what was to be done is done; the next call tries again
            now = self.database.now()
            self.database.delete_some(self.tokens.filter(expires__lt=now), "expires", STEP)
            self.database.delete_some(self.users.filter(expires__lt=now), "expires", STEP)


def connect_blocklist() -> Blocklist:
    """UnfitStore where the database is a standby, or no app has the tables."""
    return Blocklist(open_database("BlocklistClock"))


def _entry(iss: str, jti: str) -> str:
    # JSON, because joined with a mark the pair (a:b, c) would read like (a, b:c).
    return _digest(json.dumps([iss, jti]))


def _user(sub: str) -> str:
    if not is_text(sub):
        raise ValueError("A subject is a string, neither empty nor with half a character in it.")
    return _digest(json.dumps(sub))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
