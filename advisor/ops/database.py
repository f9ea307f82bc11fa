"""Where recommendations are kept: one SQLite file, or the PostgreSQL that DATABASE_URL names."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

BUSY_SECONDS = 20
KEPT_OPEN_SECONDS = 600


class BadURL(ValueError):
    """DATABASE_URL cannot be used. The text says why and repeats no part of the URL, since a
    password may stand in any part of a misspelt one."""


def configured(url: str, file: Path) -> dict[str, Any]:
    """One entry of Django's DATABASES: the PostgreSQL of `url`, or without one the SQLite `file`.

    Raises BadURL.
    """
    return _postgresql(url) if url else _sqlite(file)


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            # Readers never wait for a writer; a writer takes its lock at BEGIN instead of failing
            # halfway; an answered save survives a power cut. `checks` holds the file to it.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadURL("DATABASE_URL is not a URL.") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise BadURL("DATABASE_URL does not begin with postgresql://.")
    # Else a raw / ? or # in the password ends the host early, and the rest of the password would
    # be taken for a database and printed when there is no such one.
    if "@" in parts.path + parts.query or parts.fragment:
        raise BadURL("DATABASE_URL has a character that is not percent-encoded.")
    if not parts.path.strip("/"):
        raise BadURL("DATABASE_URL names no database after the host.")
    try:
        its = dj_database_url.parse(url, conn_max_age=KEPT_OPEN_SECONDS, conn_health_checks=True)
    except ValueError:
        raise BadURL("DATABASE_URL has a port or a host that is none.") from None
    # A probe must hear that a host is away before whoever sent the probe gives up.
    return {**its, "OPTIONS": {"connect_timeout": 5, **its.get("OPTIONS", {})}}
