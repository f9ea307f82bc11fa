"""Check before the start what Django's own checks do not."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from advisor import catalogue
from advisor.ops.database import BUSY_SECONDS

# The first parts of the addresses of other pages.
TAKEN = frozenset({"admin", "r", "healthz", "static"})

# What the settings require of SQLite: value, what would happen without it, and a hint.
OVERRIDDEN = "The settings of advisor/ops/database.py must reach the database unchanged."
PROMISES = (
    (
        "journal_mode",
        "wal",
        "Readers would wait for writers, and writers for readers.",
        (
            "Write-ahead logging needs a file on a local disk: set ADVISOR_VAR to a folder that is "
            "no network drive, or use PostgreSQL by DATABASE_URL."
        ),
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
def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return an error for each setting that a site needs and that is not set.

    Wrong settings never get here: they stop the program when it reads them.
    """
    hint = "README.md lists all settings."
    return [Error(problem, hint=hint, id="advisor.not-set") for problem in settings.NOT_SET]


@register()
def check_trees(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return the problems of each tree, and of the address that its folder gives it."""
    messages: list[CheckMessage] = []
    slugs: set[str] = set()
    for folder in map(Path, settings.ADVISOR_TREES):
        loaded, problems = catalogue.check(folder)
        for problem in problems:
            kind = Error if problem.severity == "error" else Caution
            messages.append(kind(str(problem), id=f"advisor.{problem.id}"))
        hint = "Rename the folder, or take it out of ADVISOR_TREES."
        if loaded is not None and loaded.slug in TAKEN | slugs:
            text = f"The address /{loaded.slug}/ of the tree {folder} is taken."
            messages.append(Error(text, hint=hint, id="advisor.slug-taken"))
        if loaded is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", loaded.slug):
            text = f"The folder of the tree {folder} has a name that fits no address."
            messages.append(Error(text, hint=hint, id="advisor.slug-unfit"))
        slugs.add(loaded.slug if loaded else "")
    return messages


@register(Tags.database)
def check_sqlite(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: object,
) -> list[CheckMessage]:
    """Return where an SQLite file does not do what its settings require; some disks cannot."""
    chosen = [connections[alias] for alias in databases or ()]
    return [
        message
        for connection in chosen
        if connection.vendor == "sqlite"
        for message in sqlite_problems(connection)
    ]


def sqlite_problems(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Open the connection, and yield each difference from what SQLite must do."""
    name = connection.settings_dict["NAME"]
    try:
        with connection.cursor() as cursor:
            actual = {pragma: _pragma(cursor, pragma) for pragma, *_ in PROMISES}
        begun = _begin(connection)
    except DatabaseError as error:
        hint = "The file and its folder must exist and be writable for the user of the site."
        yield Error(f"The database {name} cannot be used: {error}.", hint=hint, id="advisor.sqlite")
        return
    for pragma, promised, otherwise, hint in PROMISES:
        if actual[pragma] != promised:
            text = f"The database {name} has {pragma} {actual[pragma]}, not {promised}. {otherwise}"
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
    """Return the statement that begins a transaction in SQLite."""
    told: list[str] = []
    connection.connection.set_trace_callback(told.append)
    try:
        connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        connection.rollback()
    except DatabaseError as error:
        # Another process is writing, so the transaction did begin as it should.
        if getattr(error.__cause__, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
    finally:
        connection.connection.set_trace_callback(None)
        connection.set_autocommit(True)
    return told[0]
