"""What the tests share. Each of them has keys, and a blocklist of its own that is a day old."""

import time
from collections.abc import Iterator

import pytest
import redis

import forging
import store
import tokens as kit
from fixtures import clock, issue, verify
from redis_corner import corner

__all__ = ["clock", "issue", "verify"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    with corner(store, kit.STORE_URL, monkeypatch) as server:
        server.set(f"{store.PREFIX}since", (int(time.time()) - 86400) * 1_000_000)
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, server: redis.Redis) -> redis.Redis:
    for name, value in forging.environment().items():
        monkeypatch.setenv(name, value)
    return server


@pytest.fixture
def revoker() -> kit.Revoker:
    return kit.revoker()
