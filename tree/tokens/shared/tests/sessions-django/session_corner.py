"""The sessions of one test in the tables of a Django project, and a look into them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from django_databases import DATABASE
from store import SessionRecords, open_store

VARIABLE, NOWHERE = DATABASE, "nowhere"


@dataclass(frozen=True)
class Corner:
    records: SessionRecords

    def now(self) -> int:
        """Return the time by the database's clock, in microseconds."""
        return self.records.database.now()

    def set_clock(self, moment: int) -> None:
        """Let the store have given a stamp of that moment, as if its machine had been there."""
        self.records.users.create(subject="somebody else", cut_off=0, latest=moment)

    def dump(self) -> str:
        """Return all that stands in the tables."""
        sessions = self.records.sessions.order_by("digest").values_list()
        return "\n".join(
            map(str, [*sessions, *self.records.users.order_by("subject").values_list()])
        )

    def name_of(self, token: str) -> str:
        """Return how the store names the record of a token."""
        return record_of(token)

    def exists(self, token: str) -> bool:
        return self.records.sessions.filter(digest=record_of(token)).exists()

    def drop(self, token: str) -> None:
        self.records.sessions.filter(digest=record_of(token)).delete()

    def moment(self, token: str, name: str) -> int:
        """Return when a session was `created`, or last `seen`."""
        session = self.records.sessions.get(digest=record_of(token))
        return int({"created": session.created, "seen": session.seen}[name])

    def tokens(self) -> int:
        """Return how many records of tokens there are."""
        return self.records.sessions.count()


def look() -> Corner:
    return Corner(open_store(0, 0))


@contextmanager
def ready(_: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables are there, and empty."""
    records = open_store(0, 0)
    records.sessions.all().delete()
    records.users.all().delete()
    yield


@contextmanager
def corner(_: pytest.MonkeyPatch) -> Iterator[None]:
    """The one that is ready is of this test alone."""
    yield


def record_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
