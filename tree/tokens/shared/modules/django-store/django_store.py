"""The database of a Django project as a store: its clock, its errors, and what it must not be.

The tables are the models of an app, so that `makemigrations` and `migrate` make them. They are
looked up when the application starts: this file can be imported before there are settings.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import django.db
from django.apps import apps
from django.db import connections, models, router, transaction

APP_LABEL = "token_store"  # the app whose models.py is the django_models.py of this kit
CLOCK = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS BIGINT)",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
}
IS_STANDBY = "SELECT pg_is_in_recovery()"
REPAIR = (
    "Let the database of these models be the primary of a PostgreSQL, or a file of SQLite on one "
    "machine: a copy that lags accepts again what was revoked"
)

FILE_SECONDS = 2  # for the turn to write to a file of SQLite

# SQLite lets one write at a time and makes others try again, in no fair order: threads queue here.
FILE_TURN = threading.RLock()
store_log = logging.getLogger("tokens")


class StoreUnavailable(Exception):
    """The database cannot answer. Answer 503: neither accept nor refuse."""


class UnfitStore(Exception):
    """The database is a standby, or none that the kit knows, or no app has the tables. Raised at
    the start."""


@dataclass(frozen=True)
class Database:
    """One of DATABASES, for reading and for writing: a replica knows of a logout too late."""

    alias: str
    checked: "WeakSet[Any]" = field(default_factory=WeakSet)

    def now(self) -> int:
        """Return the time by the clock of the database, in microseconds."""
        connection = connections[self.alias]
        with self.errors(), connection.cursor() as cursor:
            cursor.execute(CLOCK[connection.vendor])
            return whole(cursor.fetchone()[0])

    def rows(self, model: str) -> "models.QuerySet[Any]":
        """Return the rows of a model."""
        manager: models.Manager[Any] = apps.get_model(APP_LABEL, model)._base_manager
        return manager.using(self.alias)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let what is inside count as a whole, or not at all. Begin with a write: a SQLite that
        reads first may not write any more when somebody else has written."""
        with self.turn(), self.errors(), transaction.atomic(using=self.alias):
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        connection = connections[self.alias]
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            yield
        elif FILE_TURN.acquire(timeout=FILE_SECONDS):
            try:
                yield
            finally:
                FILE_TURN.release()
        else:
            raise StoreUnavailable("others are writing")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise StoreUnavailable for whatever the database or the reading of its answer raises: no
        connection, a lock, a full disk, a standby. Damaged data is a ValueError or TypeError."""
        try:
            self.check()
            yield
        except UnfitStore as error:
            store_log.critical("%s", error)
            raise StoreUnavailable("the database is unfit") from error
        except (django.db.Error, OSError, ValueError, TypeError) as error:
            connections[self.alias].close_if_unusable_or_obsolete()  # the next call opens another
            raise StoreUnavailable(
                f"the database did not answer as it should: {type(error).__name__}"
            ) from error

    def delete_some(self, rows: "models.QuerySet[Any]", order: str, count: int) -> None:
        """Delete the first of these rows, so many at most: no call waits for a long clean-up."""
        with self.errors():
            first = list(rows.order_by(order).values_list("pk", flat=True)[:count])
        if first:  # looking first: a DELETE locks SQLite's file
            with self.transaction():  # of its own: a failure spoils no transaction around it
                rows.filter(pk__in=first).delete()  # if the condition holds for them still

    def check(self) -> None:
        """Raise UnfitStore for a database that may forget what was revoked."""
        connection = connections[self.alias]
        if connection.vendor not in CLOCK:
            raise UnfitStore(f"This database is of another kind. {REPAIR}")
        connection.ensure_connection()
        # Once for each connection: a primary that becomes a standby closes all that it has.
        if connection.vendor == "sqlite" or connection.connection in self.checked:
            return
        with connection.cursor() as cursor:
            cursor.execute(IS_STANDBY)
            if cursor.fetchone() != (False,):
                raise UnfitStore(f"This database is a standby. {REPAIR}")
        self.checked.add(connection.connection)


def open_database(model: str) -> Database:
    """Return the database that your routers name for writing this model. Raise UnfitStore for one
    that is unfit; go on where it does not answer yet."""
    try:
        database = Database(router.db_for_write(apps.get_model(APP_LABEL, model)))
        check_now(database)
    except LookupError as error:
        store_log.critical("%s", error)
        raise UnfitStore(f"No installed app has the models. {error} See APP_LABEL.") from error
    except UnfitStore as error:
        store_log.critical("%s", error)
        raise
    except (django.db.Error, OSError) as error:
        store_log.warning("The database does not answer yet: %s", type(error).__name__)
    return database


def check_now(database: Database) -> None:
    connection = connections[database.alias]
    was_open = connection.connection is not None
    try:
        database.check()
    finally:
        if not was_open:
            connection.close()  # processes that are forked from this one open their own


def whole(value: Any) -> int:
    """Return a moment. Raise ValueError for anything else: SQLite keeps any type in any column."""
    if type(value) is not int or not 0 <= value < 10**16:
        raise ValueError("no moment")
    return value
