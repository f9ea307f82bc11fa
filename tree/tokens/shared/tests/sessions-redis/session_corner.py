"""A corner of Redis with the sessions of one test, and a look into it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import redis

import redis_corner
import store
from redis_connection import connect

VARIABLE, NOWHERE = "REDIS_URL", redis_corner.NOWHERE


@dataclass(frozen=True)
class Corner:
    server: redis.Redis

    def now(self) -> int:
        """Return the time by the store's clock, in microseconds."""
        seconds, microseconds = self.server.time()
        return int(seconds * 1_000_000 + microseconds)

    def set_clock(self, moment: int) -> None:
        """Let the store have given a stamp of that moment, as if its machine had been there."""
        self.server.set(f"{store.PREFIX}clock", moment)

    def dump(self) -> str:
        return redis_corner.dump(store, self.server)

    def name_of(self, token: str) -> str:
        """Return how the store names the record of a token."""
        return record_of(token)

    def exists(self, token: str) -> bool:
        return bool(self.server.exists(record_of(token)))

    def drop(self, token: str) -> None:
        self.server.delete(record_of(token))

    def moment(self, token: str, name: str) -> int:
        """Return when a session was `created`, or last `seen`."""
        return int(self.server.hget(record_of(token), name) or 0)

    def tokens(self) -> int:
        """Return how many records of tokens there are."""
        names = map(str, self.server.scan_iter(f"{store.PREFIX}*"))
        return sum(self.server.type(name) == "hash" for name in names)


def look() -> Corner:
    return Corner(connect(store.STORE_URL))


@contextmanager
def ready(_: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail without a Redis, with the line that starts one."""
    url = os.environ.get("REDIS_URL", store.STORE_URL)
    try:
        redis.Redis.from_url(url, socket_connect_timeout=1).ping()
    except redis.RedisError:
        pytest.fail(f"No Redis at {url}. Start one: {redis_corner.START}")
    yield


@contextmanager
def corner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with redis_corner.corner(store, store.STORE_URL, monkeypatch):
        yield


def record_of(token: str) -> str:
    return store.PREFIX + hashlib.sha256(token.encode()).hexdigest()
