"""A Redis of its own for one test, with settings that would spoil the one at REDIS_URL."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import pytest
import redis

POLICIES = [
    *("noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random"),
    *("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"),
]
EVICTING = POLICIES[1:]


@contextmanager
def redis_server(monkeypatch: pytest.MonkeyPatch, *settings: str) -> Iterator[redis.Redis]:
    """Start a Redis, let REDIS_URL name it, yield a client of it, and end it."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("Install redis-server: these tests start one with settings of their own.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory() as folder:
        place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        command = [program, *place, "--save", "", "--appendonly", "no", *settings]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client = redis.Redis(port=port, decode_responses=True)
        try:
            _wait_for(client)
            monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
            yield client
        finally:
            client.close()
            process.terminate()
            process.wait(timeout=30)


def fill(server: redis.Redis, maxmemory: int = 4_000_000) -> None:
    """Press other data into Redis until it evicts, or refuses more."""
    server.config_set("maxmemory", maxmemory)
    filler = "x" * 10_000
    for number in range(2 * maxmemory // len(filler)):
        try:
            server.set(f"filler:{number}", filler, ex=3600)
        except redis.OutOfMemoryError:
            return


def _wait_for(client: redis.Redis) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            client.ping()
        except redis.RedisError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return
