"""A corner of a real Redis with the logins of one test, and a look into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import redis

import redis_corner
import store
from redis_connection import connect
from refresh_tokens import token_hashes

VARIABLE, NOWHERE = "REDIS_URL", redis_corner.NOWHERE
silent = redis_corner.silent


@dataclass(frozen=True)
class Corner:
    server: redis.Redis

    def dump(self) -> str:
        """Return all that stands in the store: names and values."""
        return redis_corner.dump(store, self.server)

    def set_clock(self, moment: int) -> None:
        """Let the store have given that moment, as if the clock of its machine had been there."""
        self.server.set(store._clock(), moment)

    def reset_clock(self) -> None:
        """Let the store go by the clock of its machine again."""
        self.server.delete(store._clock())

    def forget_user(self, subject: str) -> None:
        self.server.delete(store._user(subject))

    def logins(self) -> int:
        """Return how many records of logins there are."""
        return len(list(self.server.scan_iter(f"{store.PREFIX}login:*", count=1000)))

    def has_login(self, token: str) -> bool:
        return bool(self.server.exists(record_of(token)))

    def get(self, token: str, field: str) -> str:
        """Return `current`, `previous`, `used` or `began` of a login."""
        return str(self.server.hget(record_of(token), field))

    def put(self, token: str, field: str, value: int) -> None:
        self.server.hset(record_of(token), field, value)

    def nonce(self, token: str) -> str | None:
        """Return what a retry needs, which the store has until the grace ends."""
        nonce = self.server.get(retry_of(token))
        return None if nonce is None else str(nonce)


def look() -> Corner:
    return Corner(connect(store.STORE_URL))


@contextmanager
def ready(_: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail without a Redis, with the line that starts one."""
    url = os.environ.get(VARIABLE, store.STORE_URL)
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
    """Return the name of the record of the login."""
    return store._family(token_hashes(token)[0])


def retry_of(token: str) -> str:
    """Return the name of what a retry needs."""
    return store._retry(token_hashes(token)[0])
