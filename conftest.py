"""A real Redis for the whole run: the kits' own tests under tree/ look for it in REDIS_URL."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.parts import REDIS, found


@pytest.fixture(scope="session", autouse=True)
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis that this run started and will stop."""
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [found(REDIS), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    server = subprocess.Popen(
        [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port, server)
        os.environ["REDIS_URL"] = url = f"redis://127.0.0.1:{port}/0"
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until something listens on the port, for ten seconds at most."""
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}; exit code {server.poll()}")
