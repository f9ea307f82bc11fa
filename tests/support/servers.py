"""Servers that a run starts on loopback and stops when it ends."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import patience
from tests.support.parts import POSTGRESQL, REDIS, path_of


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing, on a free port: its address, also in REDIS_URL."""
    port = free_port()
    command = [path_of(REDIS), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    server = subprocess.Popen(
        [*command, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port, server)
        os.environ["REDIS_URL"] = url = f"redis://127.0.0.1:{port}/0"
        yield url
    finally:
        server.terminate()
        server.wait(timeout=patience.SECONDS)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL with one empty database on a free port: its URL, with a password in it."""
    programs = Path(path_of(POSTGRESQL))
    # Not in a folder of pytest's: those are closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="advisor-postgresql-"))
    secret = folder / "password"
    secret.write_text(password := secrets.token_urlsafe(16))
    user, group = _postgresql_user()
    for path in (folder, secret):
        os.chown(path, user, group)
    try:
        data = folder / "data"
        initdb = [str(programs / "initdb"), "--pgdata", str(data), "--username", "advisor"]
        initdb += ["--pwfile", str(secret), "--auth", "scram-sha-256"]
        # Sorts and compares by code point, wherever the suite runs.
        initdb += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
        subprocess.run(
            initdb, user=user, group=group, cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        port = free_port()
        # Nothing has to survive a power cut here, and no socket but the port's is opened.
        options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        options |= {"fsync": "off", "full_page_writes": "off", "max_connections": 200}
        command = [str(programs / "postgres"), "-D", str(data)]
        command += [f"--{name}={value}" for name, value in options.items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                command, user=user, group=group, cwd=folder, stdout=log, stderr=log
            )
        try:
            wait_for(port, server)
            _wait_until_ready(programs, port)
            yield f"postgresql://advisor:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # disconnects whoever is still there
            server.wait(timeout=patience.SECONDS)
    finally:
        shutil.rmtree(folder)


def _postgresql_user() -> tuple[int, int]:
    """Whom to run PostgreSQL as, with the group: whoever runs the suite, but it refuses root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    users = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = users.get("postgres") or users["nobody"]
    return other.pw_uid, other.pw_gid


def _wait_until_ready(programs: Path, port: int) -> None:
    """It listens before it has read its data."""
    asking = [str(programs / "pg_isready"), "--host", "127.0.0.1", "--port", str(port), "--quiet"]
    for _ in range(20 * patience.SECONDS):
        if subprocess.run(asking, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"the PostgreSQL on port {port} does not get ready")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until something listens on the port."""
    for _ in range(20 * patience.SECONDS):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}; exit code {server.poll()}")
