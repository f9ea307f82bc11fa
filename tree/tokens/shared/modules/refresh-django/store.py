"""Refresh tokens in the database of a Django project: a row for each login, with hashes only.

The row of a user has the generation of the logins that are open. "Log out everywhere" writes
another, and each login is compared with it when it is next used: no list of logins is kept.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from django_store import Database, StoreUnavailable, UnfitStore, open_database
from login_records import (
    Login,
    read_hash,
    read_login,
    read_number,
    same_successor,
    user_key,
)
from parsing import InvalidToken
from refresh_tokens import first_token, next_token, token_hashes

__all__ = ["Families", "StoreUnavailable", "UnfitStore", "open_store"]

LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds for which rows outlive what they are for, should clocks differ
STEP = 100  # rows that one call clears away at most: more than it adds, and never a long wait
ROW = ("subject", "client", "generation", "current_hash", "previous_hash", "nonce", "used", "began")


@dataclass(frozen=True)
class Families:
    """Times are whole seconds; `at` is the caller's clock."""

    database: Database
    idle: int
    lifetime: int
    grace: int

    @property
    def users(self) -> "QuerySet[Any]":
        return self.database.rows("RefreshUser")

    @property
    def logins(self) -> "QuerySet[Any]":
        return self.database.rows("RefreshLogin")

    def begin(self) -> int:
        """Return the database's moment, in microseconds; never before one that it has kept."""
        clock = self.database.now()
        with self.database.errors():
            latest = self.users.order_by("-latest").values_list("latest", flat=True).first()
            return clock if latest is None else max(clock, read_number(latest))

    def start(self, subject: str, client: str, at: int, begun: int | None) -> tuple[str, str]:
        """Return the id of a new login and its first refresh token. Raise InvalidToken where its
        user was logged out everywhere since it had begun."""
        token = first_token()
        login, current = token_hashes(token)
        with self.database.transaction():
            user = self._locked(subject)
            generation, cut_off = user.values_list("generation", "cut_off").get()
            moment = self.begin()
            if begun is not None and begun > moment:
                raise InvalidToken("a login that begins in the future")
            if begun is not None and begun < moment - LOGIN_SECONDS * 1_000_000:
                raise InvalidToken("a login that began more than ten minutes ago")
            if begun is not None and begun < read_number(cut_off):
                raise InvalidToken("logged out everywhere while this login was under way")
            user.update(latest=moment)
            self.logins.create(
                login=login,
                subject=json.dumps(subject),
                client=json.dumps(client),
                generation=read_hash(generation),
                current_hash=current,
                previous_hash=current,
                used=at,
                began=at,
                expires=at + min(self.idle, self.lifetime),
            )
        self._forget(at - MARGIN)
        # By then every login of the user is over, and each that is under way began later.
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        old = self.users.filter(latest__lt=moment - longest * 1_000_000)
        with suppress(StoreUnavailable):  # the next login tries again
            self.database.delete_some(old, "latest", STEP)
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
            # Compare and swap: of many simultaneous calls exactly one changes the row.
            with self.database.transaction():
                is_first = self.logins.filter(login=login, current_hash=given).update(
                    current_hash=token_hashes(successor)[1],
                    previous_hash=given,
                    nonce=nonce if self.grace else "",
                    retry_until=at + self.grace if self.grace else None,
                    used=at,
                    expires=min(at + self.idle, record.began + self.lifetime),
                )
            if is_first:
                self._forget(at - MARGIN)
                return login, record.subject, successor
            record = self._read(login, client, at)  # another call was quicker: take what it left
        if given == record.previous and record.nonce and at < record.used + self.grace:
            with self.database.errors():
                return login, record.subject, same_successor(token, record)
        self.revoke(token)
        raise InvalidToken("used before: a copy is in other hands, so its successors are dead too")

    def revoke(self, token: str) -> None:
        """End this login, whichever of its refresh tokens is given."""
        with suppress(InvalidToken):
            login, _ = token_hashes(token)
            self._drop(login)

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        self._cut_off(subject)
        if transaction.get_connection(self.database.alias).in_atomic_block:
            # A login that begins before your transaction ends reads the old password.
            transaction.on_commit(lambda: self._cut_off(subject), using=self.database.alias)

    def _read(self, login: str, client: str, at: int) -> Login:
        """Return a login that goes on and is this client's. Raise InvalidToken for any other."""
        with self.database.errors():
            row = self.logins.filter(login=login).values_list(*ROW).first()
            if row is None:
                raise InvalidToken("unknown, revoked or expired")
            record = read_login(*row)
            user = self.users.filter(name=user_key(record.subject))
            generations = list(user.values_list("generation", flat=True))
            is_open = [record.generation] == [read_hash(each) for each in generations]
        if not is_open or at >= min(record.used + self.idle, record.began + self.lifetime):
            self._drop(login)
            raise InvalidToken("expired" if is_open else "logged out everywhere")
        if client != record.client:
            raise InvalidToken("issued to another client")
        return record

    def _drop(self, login: str) -> None:
        with self.database.transaction():
            self.logins.filter(login=login).delete()

    def _cut_off(self, subject: str) -> None:
        with self.database.transaction():
            user = self._locked(subject)
            cut_off = self.begin() + 1
            user.update(generation=secrets.token_hex(32), cut_off=cut_off, latest=cut_off)

    def _locked(self, subject: str) -> "QuerySet[Any]":
        """Return the row of a user, which is made where it is missing, and locked up to the end of
        the transaction: a log-out-everywhere comes before a login or after it. A row that is made
        has a generation that no login has."""
        name = user_key(subject)
        new = self.users.model(name=name, generation=secrets.token_hex(32), cut_off=0, latest=0)
        # An upsert that changes nothing, because it locks the row in one step.
        self.users.bulk_create(
            [new], update_conflicts=True, unique_fields=["name"], update_fields=["name"]
        )
        return self.users.filter(name=name)

    def _forget(self, before: int) -> None:
        """Delete some rows, and what some retries needed, that nobody needs any more."""
        with suppress(StoreUnavailable):  # what was to be done is done; the next call tries again
            self.database.delete_some(self.logins.filter(expires__lt=before), "expires", STEP)
            late = self.logins.filter(retry_until__lt=before)
            with self.database.errors():
                first = list(late.order_by("retry_until").values_list("pk", flat=True)[:STEP])
            if first:
                with self.database.transaction():
                    # Passes by rows that another call is changing, instead of waiting for them.
                    free = late.filter(pk__in=first).select_for_update(skip_locked=True)
                    keys = list(free.values_list("pk", flat=True))
                    late.filter(pk__in=keys).update(nonce="", retry_until=None)


def open_store(idle: int, lifetime: int, grace: int) -> Families:
    """Return the families of the project's database. Raise UnfitStore where it is unfit."""
    return Families(open_database("RefreshLogin"), idle, lifetime, grace)
