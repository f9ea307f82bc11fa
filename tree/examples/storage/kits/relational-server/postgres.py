"""PostgreSQL for a service: whom it trusts, when it gives up, and what it tries again.

`parameters()` is for psycopg 3, `django()` for Django; both hold the same. Neither connects, so a
service starts before its database does. `repeated` runs a transaction again that lost to another.

The password comes from the environment: DATABASE_PASSWORD, or DATABASE_PASSWORD_FILE with the path
of a file that holds it. Without either, libpq looks where it always does, such as in ~/.pgpass.
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

HOST = "db.example.com"  # DATABASE_HOST in the environment wins
PORT = 5432
DATABASE = "service"
ROLE = "service"
STATEMENT_SECONDS = 30  # the server cancels what takes longer
LOCK_SECONDS = 5  # and what waits longer for a lock: behind it, everyone else queues
IDLE_SECONDS = 60  # and ends a transaction that does nothing for longer, with its connection

# Serialization failure and deadlock: the server has undone one of two transactions that got in each
# other's way. Done again from the start, it may well succeed.
LOST = frozenset({"40001", "40P01"})

Work = TypeVar("Work")


class NotConfigured(Exception):
    """The environment does not say what it must."""


def parameters() -> dict[str, str | int]:
    """Arguments for `psycopg.connect(**postgres.parameters())`, and for its pool's `kwargs`."""
    host = os.environ.get("DATABASE_HOST") or HOST
    return {
        "host": host,
        "port": PORT,
        "dbname": DATABASE,
        "user": ROLE,
        **_password(),
        **_trust(host),
        "application_name": ROLE,
        "connect_timeout": 5,
        # After a fail-over: not the old primary, which may still answer as a standby.
        "target_session_attrs": "read-write",
        # A peer that is gone without a word is noticed within a minute, not after two hours.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={seconds}s" for name, seconds in _limits().items()),
    }


def django() -> dict[str, object]:
    """`DATABASES = {"default": postgres.django()}`, with psycopg 3 installed."""
    options = parameters()
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    own: dict[str, object] = {ours: options.pop(theirs) for ours, theirs in names.items()}
    own["PASSWORD"] = options.pop("password", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        **own,
        # Connections are kept, and looked at before a request uses one that may have died.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def repeated(work: Callable[[], Work], attempts: int = 5) -> Work:
    """What `work` returns. It is one whole transaction, with its reads, its decisions and its
    writes, and is done anew when it lost to another one, so it may do nothing else to the world."""
    for attempt in range(1, attempts):
        try:
            return work()
        except Exception as error:
            if _sqlstate(error) not in LOST:
                raise
        # A random wait, longer each time, so that two that met do not meet again.
        pause(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - nothing secret about it
    return work()


pause = time.sleep


def _limits() -> dict[str, int]:
    return {
        "statement_timeout": STATEMENT_SECONDS,
        "lock_timeout": LOCK_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }


def _password() -> dict[str, str]:
    if file := os.environ.get("DATABASE_PASSWORD_FILE"):
        try:
            # Most editors end the file with a line break that is no part of the password.
            return {"password": Path(file).read_text(encoding="utf-8").rstrip("\r\n")}
        except OSError as error:
            raise NotConfigured(f"DATABASE_PASSWORD_FILE: {error}") from error
    password = os.environ.get("DATABASE_PASSWORD")
    return {"password": password} if password else {}


def _trust(host: str) -> dict[str, str]:
    """Over a network the server has to prove its name, by a certificate of DATABASE_CA: the path of
    a file, or `system` for those that the machine trusts. A Unix socket has no network to guard."""
    if host.startswith("/"):
        return {}
    authority = os.environ.get("DATABASE_CA") or "system"
    if authority != "system" and not Path(authority).is_file():
        raise NotConfigured(f"DATABASE_CA: there is no file {authority}")
    return {"sslmode": "verify-full", "sslrootcert": authority}


def _sqlstate(error: BaseException) -> str | None:
    """The server's code, also where Django has wrapped the driver's error in its own."""
    code = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return code if isinstance(code, str) else None
