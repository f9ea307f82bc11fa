"""Servers that a run starts on loopback and stops when it ends."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts import REDIS, found


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing, on a free port: its address, also in REDIS_URL."""
    port = free_port()
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
