"""Configure where decisions are stored: an SQLite file, or the PostgreSQL of DATABASE_URL."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

BUSY_SECONDS = 20
KEPT_OPEN_SECONDS = 600


class BadURL(ValueError):
    """A DATABASE_URL that cannot be used.

    The message says why, as the end of a sentence. It repeats no part of the URL, because in a
    misspelt URL any part may contain the password.
    """


def configured(url: str, file: Path) -> dict[str, Any]:
    """Return an entry of DATABASES: the PostgreSQL of `url`, or the SQLite `file` without one.

    Raise BadURL.
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
        raise BadURL("is not a URL") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise BadURL("does not begin with postgresql://")
    # A raw / ? or # in the password ends the host early. The rest of the password would then be
    # read as the name of a database, and printed where that does not exist.
    if "@" in parts.path + parts.query or parts.fragment:
        raise BadURL("has a character that is not percent-encoded")
    if not parts.path.strip("/"):
        raise BadURL("names no database after the host")
    try:
        entry = dj_database_url.parse(url, conn_max_age=KEPT_OPEN_SECONDS, conn_health_checks=True)
    except ValueError:
        raise BadURL("has an invalid host or port") from None
    # A probe must report that a host is down before the sender of the probe gives up.
    return {**entry, "OPTIONS": {"connect_timeout": 5, **entry.get("OPTIONS", {})}}
