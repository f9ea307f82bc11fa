"""The blocklist of one test in the tables of a Django project, and a look into it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
from django.db import connections

import store
from django_databases import DATABASE

VARIABLE = DATABASE
# As texts, where the database keeps them: SQLite does, but for those that look like numbers.
DAMAGED = ["", "now", "nan", "inf", "-1", "1_0", "1.5", "9" * 17]
SPOIL = {
    "since": "UPDATE token_store_blocklistclock SET since = %s",
    "latest": "UPDATE token_store_blocklistclock SET latest = %s",
    "cut-off": "UPDATE token_store_blocklistuser SET cut_off = %s",
}


@dataclass(frozen=True)
class Corner:
    blocklist: store.Blocklist

    def names(self) -> set[str]:
        """Return the keys of all rows."""
        rows = [
            *self.blocklist.clock.values_list("pk", flat=True),
            *self.blocklist.tokens.values_list("pk", flat=True),
            *self.blocklist.users.values_list("pk", flat=True),
        ]
        return set(map(str, rows))

    def empty(self) -> None:
        self.blocklist.clock.delete()
        self.blocklist.tokens.all().delete()
        self.blocklist.users.all().delete()

    def moment(self, name: str) -> int:
        """Return the stamp under `since` or `latest`."""
        return int(self.blocklist.clock.values_list(name, flat=True)[0])

    def set_latest(self, stamp: int) -> None:
        self.blocklist.clock.update(latest=stamp)

    def spoil(self, name: str, value: str) -> None:
        """Damage `since`, `latest`, or the cut-off of alice."""
        if name == "cut-off":
            self.blocklist.log_out("alice", 1)
        connection = connections["default"]
        if connection.vendor != "sqlite" and not value.lstrip("-").isdecimal():
            pytest.skip("PostgreSQL keeps no text in a column of numbers")
        with connection.cursor() as cursor:
            number = connection.vendor != "sqlite"
            cursor.execute(SPOIL[name], [int(value) if number else value])

    def left_of_token(self, iss: str, jti: str) -> float:
        """Return for how many seconds the entry of a token stays."""
        return self._left(self.blocklist.tokens.get(digest=store._entry(iss, jti)).expires)

    def left_of_user(self, sub: str) -> float:
        return self._left(self.blocklist.users.get(digest=store._user(sub)).expires)

    def _left(self, expires: int) -> float:
        return (expires - self.blocklist.database.now()) / 1_000_000


@contextmanager
def corner(_: pytest.MonkeyPatch, since: int) -> Iterator[Corner]:
    """Give the test a blocklist with this birthday."""
    kept = Corner(store.connect_blocklist())
    kept.empty()
    kept.blocklist.clock.create(id=1, since=since, latest=since)
    yield kept


@contextmanager
def refusing(_: pytest.MonkeyPatch) -> Iterator[str]:
    yield "nowhere"


@contextmanager
def absent(_: pytest.MonkeyPatch) -> Iterator[str]:
    yield "absent"


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], AbstractContextManager[str]]] = {
    "refuses": refusing,
    "is absent": absent,
}
