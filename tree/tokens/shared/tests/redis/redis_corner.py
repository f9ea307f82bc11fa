"""A corner of a real Redis for one test. REDIS_URL says where it is."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
import redis

START = "redis-server --port 6379 --save '' --appendonly no"
NOWHERE = "redis://127.0.0.1:1/0"  # refuses connections


@contextmanager
def corner(store: ModuleType, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Give the test names of its own in Redis, and delete what it left there."""
    monkeypatch.setattr(store, "PREFIX", f"test:{secrets.token_hex(8)}:")
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    server: redis.Redis = store.connect(url)
    try:
        server.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield server
    for name in list(server.scan_iter(f"{store.PREFIX}*", count=1000)):
        server.delete(name)
    server.close()


@contextmanager
def silent() -> Iterator[str]:
    """Yield the address of a store that takes connections and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def dump(store: ModuleType, server: redis.Redis) -> str:
    """Return all that stands in the corner: names and values."""
    lines = []
    for name in sorted(map(str, server.scan_iter(f"{store.PREFIX}*"))):
        kind, value = server.type(name), ""
        if kind == "hash":
            value = str(server.hgetall(name))
        elif kind == "zset":
            value = str(server.zrange(name, 0, -1))
        else:
            value = str(server.get(name))
        lines.append(f"{name} {value}")
    return "\n".join(lines)


def reached(store: ModuleType, url: str) -> tuple[int, int]:
    """Return port and database of the Redis that a kit would connect to."""
    link: redis.Redis = store.connect(url)
    arguments = link.get_connection_kwargs()
    return arguments["port"], arguments["db"]
