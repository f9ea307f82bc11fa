"""Records of tokens in the database of a Django project. Only the hashes of tokens get here, never
the tokens.

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

from django.db import transaction
from django.db.models import QuerySet

from django_store import Database, StoreUnavailable, UnfitStore, open_database, whole

__all__ = ["InvalidToken", "SessionRecords", "StoreUnavailable", "UnfitStore", "open_store"]

SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # a zero byte, or half a character, which JSON can carry
LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds for which rows outlive what they are for, should clocks differ
STEP = 100  # rows that a login clears away at most: more than it adds, and never a long wait
ROW = ("user__subject", "audiences", "stamp", "created", "seen", "user__cut_off")


class InvalidToken(Exception):
    """No session stands behind this token. Log the reason; the response only says 401."""


@dataclass(frozen=True)
class SessionRecords:
    """`at` is the caller's clock, in whole seconds. Stamps come from the database's clock."""

    database: Database
    idle: int
    lifetime: int

    @property
    def users(self) -> "QuerySet[Any]":
        return self.database.rows("TokenUser")

    @property
    def sessions(self) -> "QuerySet[Any]":
        return self.database.rows("TokenSession")

    def begin(self) -> int:
        """Return the moment at which a login begins."""
        clock = self.database.now()
        with self.database.errors():
            latest = self.users.order_by("-latest").values_list("latest", flat=True).first()
            return clock if latest is None else max(clock, whole(latest))

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
        token = secrets.token_urlsafe(32)
        with self.database.transaction():
            user = self._locked(subject)
            user.latest = self.begin()
            if begun is not None and begun > user.latest:
                raise InvalidToken("this login begins in the future")
            if begun is not None and user.latest - begun > LOGIN_SECONDS * 1_000_000:
                raise InvalidToken("this login took too long")
            # A login counts from where it began, so that whatever comes after this moment ends it.
            stamp = user.latest if begun is None else begun
            if stamp < user.cut_off:
                raise InvalidToken("logged out everywhere while this login was under way")
            user.save(using=self.database.alias, update_fields=["latest"])
            self.sessions.create(
                digest=_record(token),
                user=user,
                audiences=json.dumps(list(audiences)),
                stamp=stamp,
                created=at,
                seen=at,
                expires=at + min(self.idle, self.lifetime),
            )
            if replaces is not None:
                self.revoke(replaces)
        with suppress(StoreUnavailable):  # the next login tries again
            self.forget(at, user.latest)
        return token

    def touch(self, token: str, at: int, audience: str = "") -> tuple[str, int, int]:
        """Return whose session this is, since when, and when it was last seen: now. Its idle time
        starts anew."""
        session = self.sessions.filter(digest=_record(token))
        with self.database.errors():
            row = session.values_list(*ROW).first()
            if row is None:
                raise InvalidToken("unknown, revoked or expired")
            subject, audiences, stamp, created, seen, cut_off = _checked(*row)
        if stamp < cut_off or at >= min(seen + self.idle, created + self.lifetime):
            with self.database.transaction():
                session.delete()
            raise InvalidToken("revoked or expired")
        if audience not in audiences:  # it learns nothing, and cannot keep the token alive
            raise InvalidToken("for another audience")
        if at > seen:  # once a second at most, however busy the session is
            seen = at
            expires = min(at + self.idle, created + self.lifetime)
            with self.database.transaction():
                # An UPDATE of a row that is gone brings nothing back to life.
                if not session.update(seen=seen, expires=expires):
                    raise InvalidToken("revoked meanwhile")
        return subject, created, seen

    def revoke(self, token: str) -> None:
        """Log out. Clear the cookie too, but only this call stops a copy of the token."""
        with suppress(InvalidToken):
            session = self.sessions.filter(digest=_record(token))
            with self.database.transaction():
                session.delete()

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        _check_text(subject)
        self._cut_off(subject)
        if transaction.get_connection(self.database.alias).in_atomic_block:
            # A login that begins before your transaction ends reads the old password.
            transaction.on_commit(lambda: self._cut_off(subject), using=self.database.alias)

    def forget(self, at: int, stamp: int) -> None:
        """Delete some rows that nobody needs any more."""
        over = at - MARGIN
        # By then what a cut-off ends has ended by itself, and so has every login from before it.
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        old = stamp - longest * 1_000_000
        self.database.delete_some(self.sessions.filter(expires__lt=over), "expires", STEP)
        self.database.delete_some(self.users.filter(latest__lt=old), "latest", STEP)

    def _cut_off(self, subject: str) -> None:
        with self.database.transaction():
            user = self._locked(subject)
            user.cut_off = user.latest = self.begin() + 1
            user.save(using=self.database.alias, update_fields=["cut_off", "latest"])

    def _locked(self, subject: str) -> Any:
        """Return the row of a user, which is made where it is missing, and locked up to the end of
        the transaction: a cut-off comes before a login or after it."""
        # An upsert that changes nothing, because it locks the row in one step.
        self.users.bulk_create(
            [self.users.model(subject=subject, cut_off=0, latest=0)],
            update_conflicts=True,
            unique_fields=["subject"],
            update_fields=["subject"],
        )
        user = self.users.get(subject=subject)
        whole(user.cut_off)
        return user


def open_store(idle: int, lifetime: int) -> SessionRecords:
    return SessionRecords(open_database("TokenUser"), idle, lifetime)


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
    stamp, created, seen, cut_off = map(whole, moments)
    return subject, known, stamp, created, seen, cut_off
