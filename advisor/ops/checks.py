"""What must hold before the site starts, beside Django's own checks."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from advisor import catalogue
from advisor.database import BUSY_SECONDS
from advisor.web import access

# The first part of other addresses of the site.
TAKEN = frozenset({"admin", "r", "healthz", "static"})

# What SQLite is asked for by the settings, and what would happen without.
OVERRIDDEN = "The settings of advisor/database.py must reach the database unchanged."
PROMISES = (
    (
        "journal_mode",
        "wal",
        "Readers would wait for writers, and writers for readers.",
        "Write-ahead logging needs a file on a local disk: set ADVISOR_VAR to a folder that is no "
        "network drive, or use PostgreSQL by DATABASE_URL.",
    ),
    (
        "synchronous",
        2,
        "A power cut could lose a recommendation after its link was shown.",
        OVERRIDDEN,
    ),
    ("busy_timeout", BUSY_SECONDS * 1000, "Of two who save at once one would fail.", OVERRIDDEN),
)


@register()
def check_environment(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """What an installation must set is set. Without this the site would start and fail later."""
    needed = {"ADVISOR_SECRET_KEY": "SECRET_KEY", "ADVISOR_HOSTS": "ALLOWED_HOSTS"}
    return [
        Error(f"{name} is not set.", hint="README.md says how to deploy.", id="advisor.not-set")
        for name, setting in needed.items()
        if not settings.DEBUG and not _is_set(setting)
    ]


@register()
def check_access(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """An installation says who may, and which requests it believes to be the proxy's."""
    match settings.ADVISOR_ACCESS:
        case access.OPEN:
            return []
        case access.PROXY:
            return list(_proxy_problems())
        case "":
            text, id = "ADVISOR_ACCESS is not set.", "advisor.not-set"
        case other:
            text, id = (
                f"ADVISOR_ACCESS is {other!r}, which means nothing.",
                "advisor.access-unknown",
            )
    hint = "open: whoever reaches the site. proxy: whom your single sign-on names, see README.md."
    return [Error(text, hint=hint, id=id)]


@register()
def check_trees(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Every configured tree can be served, under a name of its own."""
    messages: list[CheckMessage] = []
    slugs: set[str] = set()
    for folder in map(Path, settings.ADVISOR_TREES):
        served, problems = catalogue.check(folder)
        for problem in problems:
            kind = Error if problem.severity == "error" else Caution
            messages.append(kind(str(problem), id=f"advisor.{problem.id}"))
        hint = "Rename the folder, or take it out of ADVISOR_TREES."
        if served is not None and served.slug in TAKEN | slugs:
            text = f"The address /{served.slug}/ of the tree {folder} is taken."
            messages.append(Error(text, hint=hint, id="advisor.slug-taken"))
        if served is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", served.slug):
            text = f"The folder of the tree {folder} has a name that fits no address."
            messages.append(Error(text, hint=hint, id="advisor.slug-unfit"))
        slugs.add(served.slug if served else "")
    return messages


@register()
def check_database_url(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    """DATABASE_URL, where it is set, names a PostgreSQL database."""
    if not settings.DATABASE_PROBLEM:
        return []
    hint = (
        "It looks like postgresql://user:password@host:5432/name; in the password, characters "
        "other than letters and digits are percent-encoded. Without it SQLite is used."
    )
    return [Error(settings.DATABASE_PROBLEM, hint=hint, id="advisor.database-url")]


@register(Tags.database)
def check_sqlite(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """An SQLite file does what its settings ask for; not every disk can."""
    chosen = [connections[alias] for alias in databases or ()]
    return [
        message
        for connection in chosen
        if connection.vendor == "sqlite"
        for message in sqlite_problems(connection)
    ]


def sqlite_problems(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Where this connection, which is opened for it, differs from what SQLite must do here."""
    name = connection.settings_dict["NAME"]
    try:
        with connection.cursor() as cursor:
            found = {pragma: _pragma(cursor, pragma) for pragma, *_ in PROMISES}
        begun = _begin(connection)
    except DatabaseError as error:
        hint = "The file and its folder must exist and be writable for the user of the site."
        yield Error(f"The database {name} cannot be used: {error}.", hint=hint, id="advisor.sqlite")
        return
    for pragma, promised, otherwise, hint in PROMISES:
        if found[pragma] != promised:
            text = f"The database {name} has {pragma} {found[pragma]}, not {promised}. {otherwise}"
            yield Error(text, hint=hint, id=f"advisor.sqlite-{pragma.replace('_', '-')}")
    if begun != "BEGIN IMMEDIATE":
        text = (
            f"The database {name} begins a transaction with {begun}, not BEGIN IMMEDIATE. "
            "One that reads before it writes would fail when another writes meanwhile."
        )
        yield Error(text, hint=OVERRIDDEN, id="advisor.sqlite-transaction-mode")


def _pragma(cursor: CursorWrapper, name: str) -> object:
    return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def _begin(connection: BaseDatabaseWrapper) -> str:
    """What SQLite itself is told when a transaction begins."""
    told: list[str] = []
    connection.connection.set_trace_callback(told.append)
    try:
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        connection.rollback()
    except DatabaseError as error:
        # Another process writes just now, so one can.
        if getattr(error.__cause__, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
    finally:
        connection.connection.set_trace_callback(None)
        connection.set_autocommit(True)
    return told[0]


def _proxy_problems() -> Iterator[CheckMessage]:
    hint = "List the addresses of your proxy, such as 10.0.0.5,10.1.0.0/28 or unix."
    if not settings.ADVISOR_PROXY_ADDRESSES:
        text = "ADVISOR_PROXY_ADDRESSES is not set, so nobody could be believed."
        yield Error(text, hint=hint, id="advisor.proxy-addresses")
    for part in settings.ADVISOR_PROXY_ADDRESSES:
        try:
            _ = None if part == access.UNIX else access.network(part)
        except ValueError as error:
            text = f"ADVISOR_PROXY_ADDRESSES: {error}."
            yield Error(text, hint=hint, id="advisor.proxy-addresses")
    if not access.HEADER.fullmatch(settings.ADVISOR_PROXY_HEADER):
        text = f"ADVISOR_PROXY_HEADER is {settings.ADVISOR_PROXY_HEADER!r}, which names no header."
        hint = "Letters, digits and hyphens, such as X-Forwarded-User."
        yield Error(text, hint=hint, id="advisor.proxy-header")


def _is_set(name: str) -> bool:
    try:
        return bool(getattr(settings, name))
    except ImproperlyConfigured:  # Django's answer to an empty key
        return False
