"""The site as an installation runs it: gunicorn, no DEBUG, behind a proxy, files on disk."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings as site

from tests.support import patience
from tests.support.servers import free_port, wait_for

KEY = "for-these-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"


def environment(**changes: str | None) -> dict[str, str]:
    """A plain environment with what an installation sets; None takes a name out."""
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    chosen = {
        "ADVISOR_SECRET_KEY": KEY,
        "ADVISOR_HOSTS": "127.0.0.1",
        "ADVISOR_BEHIND_PROXY": "on",
        "ADVISOR_ACCESS": "open",
        **changes,
    }
    return plain | {name: value for name, value in chosen.items() if value is not None}


def run(*command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=site.BASE_DIR,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


# A worker that says nothing for so long is replaced; starting on a busy machine takes long.
PATIENT = ("--timeout", str(patience.SECONDS))


def gunicorn(port: int, *options: str) -> list[str]:
    bind = f"127.0.0.1:{port}"
    return ["-m", "gunicorn", "--bind", bind, "--workers", "2", *PATIENT, *options, "advisor.wsgi"]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Server:
    """A running site. `https` says what the proxy in front of it says."""

    port: int

    def send(
        self, method: str, path: str, body: str = "", *, https: bool = True, **headers: str
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if https:
            sent["X-Forwarded-Proto"] = "https"
        http = HTTPConnection("127.0.0.1", self.port, timeout=patience.SECONDS)
        http.request(method, path, body or None, sent)
        response = http.getresponse()
        answer = Answer(response.status, dict(response.headers), response.read().decode())
        http.close()
        return answer

    def get(self, path: str, *, https: bool = True, **headers: str) -> Answer:
        return self.send("GET", path, https=https, **headers)


@contextmanager
def serving(var: Path, *options: str, **changes: str) -> Iterator[Server]:
    """A site with a database of its own, on the kind of database that the suite runs on. What it
    keeps, and its log, is in `var`. No request of a test may break anything on its side."""
    env = environment(ADVISOR_VAR=str(var), DATABASE_URL=_new_database(), **changes)
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        done = run("manage.py", *command, env=env)
        assert done.returncode == 0, done.stderr
    port = free_port()
    with (var / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *gunicorn(port, *options)],
            cwd=site.BASE_DIR,
            env=env,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port, process)
        yield Server(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=patience.SECONDS)
    assert "Internal Server Error" not in (var / "log").read_text()


def _new_database() -> str | None:
    """The URL of an empty PostgreSQL database where the suite runs on one, else None."""
    url = os.environ.get("DATABASE_URL", "")
    if url:
        name = f"site_{secrets.token_hex(4)}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    return url or None
