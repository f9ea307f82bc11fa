"""The blocklist of one test in a corner of a real Redis, and a look into it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
import redis

import redis_corner
import store

VARIABLE = "REDIS_URL"
DAMAGED = ["", "now", "1e9", "nan", "inf", "-1", " 1", "1_0", "9" * 17]


@dataclass(frozen=True)
class Corner:
    server: redis.Redis

    def names(self) -> set[str]:
        """Return the names of all that is kept."""
        return set(self.server.scan_iter(f"{store.PREFIX}*", count=1000))

    def empty(self) -> None:
        for name in self.names():
            self.server.delete(name)

    def moment(self, name: str) -> int:
        """Return the stamp under `since` or `latest`."""
        return int(self.server.get(store.PREFIX + name) or 0)

    def set_latest(self, stamp: int) -> None:
        self.server.set(store._latest(), stamp)

    def spoil(self, name: str, value: str) -> None:
        """Damage `since`, `latest`, or the cut-off of alice."""
        self.server.set(
            store._cut_off("alice") if name == "cut-off" else store.PREFIX + name, value
        )

    def left_of_token(self, iss: str, jti: str) -> float:
        """Return for how many seconds the entry of a token stays."""
        return float(self.server.ttl(store._entry(iss, jti)))

    def left_of_user(self, sub: str) -> float:
        return float(self.server.ttl(store._cut_off(sub)))


@contextmanager
def corner(monkeypatch: pytest.MonkeyPatch, since: int) -> Iterator[Corner]:
    """Give the test a blocklist with this birthday."""
    with redis_corner.corner(store, store.STORE_URL, monkeypatch) as server:
        server.set(store._since(), since)
        yield Corner(server)


@contextmanager
def refusing(_: pytest.MonkeyPatch) -> Iterator[str]:
    yield redis_corner.NOWHERE


@contextmanager
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a store that takes connections and then says nothing. The length of the
    wait is tested elsewhere."""
    connect = redis.Redis.from_url
    quick = {"socket_timeout": 0.05, "retry": None}
    monkeypatch.setattr(redis.Redis, "from_url", lambda url, **more: connect(url, **more | quick))
    with redis_corner.silent() as url:
        yield url


BROKEN: dict[str, Callable[[pytest.MonkeyPatch], AbstractContextManager[str]]] = {
    "refuses": refusing,
    "is silent": silent,
}
