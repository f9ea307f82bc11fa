"""Opens and reads sessions, with a look into their store."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import redis

import store
import tokens as kit
from redis_connection import connect


@dataclass(frozen=True)
class App:
    server: redis.Redis
    issue: kit.Issue
    verify: kit.Verify
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], None]


def start() -> App:
    revoker = kit.revoker()
    link = connect(kit.STORE_URL)
    return App(link, kit.issuer(), kit.verifier(), revoker.revoke, revoker.revoke_all)


def moment_of_store(app: App) -> int:
    """Return the time by Redis' clock, in microseconds."""
    seconds, microseconds = app.server.time()
    return int(seconds * 1_000_000 + microseconds)


def record_of(token: str) -> str:
    return store.PREFIX + hashlib.sha256(token.encode()).hexdigest()


def moment(app: App, token: str, name: str) -> int:
    """Return when a session was `created`, or last `seen`."""
    return int(app.server.hget(record_of(token), name) or 0)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = kit.now()
        monkeypatch.setattr(kit, "now", lambda: self.time)
