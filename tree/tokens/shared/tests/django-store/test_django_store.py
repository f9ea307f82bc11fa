"""What each store in a Django project relies on: one database, its clock, its errors, its turns."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import django.db
import pytest
from django.apps import apps
from django.db import connections, transaction

import django_store
from django_databases import DATABASE
from django_store import Database, StoreUnavailable, UnfitStore, open_database, whole


@pytest.fixture
def model() -> str:
    """The name of a model of the kit."""
    return next(iter(apps.get_app_config("token_store").get_models())).__name__


@pytest.fixture
def database(model: str) -> Database:
    return open_database(model)


class Driver:
    """Stands for a connection of the driver."""


class Server:
    """Stands for a connection of Django to a server that answers each question alike."""

    in_atomic_block = False

    def __init__(self, vendor: str, answer: object) -> None:
        self.vendor, self.answer, self.asked = vendor, answer, 0
        self.connection: Any = None

    def ensure_connection(self) -> None:
        self.connection = self.connection or Driver()

    @contextmanager
    def cursor(self) -> Any:
        yield self

    def execute(self, sql: str) -> None:
        self.asked += sql == django_store.IS_STANDBY

    def fetchone(self) -> tuple[object]:
        return (self.answer,)

    def close(self) -> None:
        self.connection = None


def served_by(monkeypatch: pytest.MonkeyPatch, server: Server) -> Server:
    monkeypatch.setattr(django_store, "connections", {"default": server})
    return server


@pytest.mark.parametrize("answer", [True, None])
def test_a_standby_is_refused_at_the_start_and_by_each_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model: str, answer: object
) -> None:
    served_by(monkeypatch, Server("postgresql", answer))
    with caplog.at_level(logging.CRITICAL, "tokens"):
        with pytest.raises(UnfitStore, match="standby"):
            open_database(model)
        with pytest.raises(StoreUnavailable):
            Database("default").now()
    assert [each.levelname for each in caplog.records] == ["CRITICAL"] * 2


def test_each_connection_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = served_by(monkeypatch, Server("postgresql", False))
    database = Database("default")
    for _ in range(3):
        database.check()
    assert server.asked == 1
    server.connection = None
    database.check()
    assert server.asked == 2


@pytest.mark.parametrize("vendor", ["mysql", "oracle"])
def test_another_kind_of_database_is_refused(
    monkeypatch: pytest.MonkeyPatch, model: str, vendor: str
) -> None:
    """Nobody has tried there what the locks do."""
    served_by(monkeypatch, Server(vendor, False))
    with pytest.raises(UnfitStore, match="another kind"):
        open_database(model)


def test_nothing_starts_without_an_app_that_has_the_tables(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model: str
) -> None:
    with caplog.at_level(logging.CRITICAL, "tokens"):
        with pytest.raises(UnfitStore, match="APP_LABEL"):
            open_database("NoSuchModel")
        monkeypatch.setattr(django_store, "APP_LABEL", "nobody")
        with pytest.raises(UnfitStore, match="nobody"):
            open_database(model)
    assert len(caplog.records) == 2


def test_a_database_that_is_down_at_the_start_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, model: str
) -> None:
    monkeypatch.setenv(DATABASE, "nowhere")
    with caplog.at_level(logging.WARNING, "tokens"):
        database = open_database(model)
    assert "does not answer yet" in caplog.text
    with pytest.raises(StoreUnavailable):
        database.now()


def test_the_start_leaves_no_connection_to_processes_that_are_forked(model: str) -> None:
    connections["default"].close()
    open_database(model)
    assert connections["default"].connection is None


def test_the_start_closes_no_connection_that_is_in_use(model: str) -> None:
    """As in a test case of Django, which is one transaction."""
    with transaction.atomic():
        database = open_database(model)
        assert not database.rows(model).filter(pk="1" * 9).exists()


def test_a_replica_is_never_asked(database: Database, model: str) -> None:
    """The routers of this project send all reading to where nobody answers."""
    assert database.rows(model).filter(pk="1" * 9).count() == 0


def test_the_clock_is_that_of_the_database(database: Database) -> None:
    assert abs(database.now() - time.time_ns() // 1000) < 5_000_000
    first = database.now()
    time.sleep(0.01)
    assert database.now() > first


def test_what_is_in_a_transaction_counts_as_a_whole(database: Database) -> None:
    with database.transaction():
        assert connections["default"].in_atomic_block
    assert not connections["default"].in_atomic_block


@pytest.mark.parametrize(
    "error", [django.db.OperationalError, django.db.InterfaceError, OSError, ValueError, TypeError]
)
def test_whatever_the_database_does_is_one_error(
    database: Database, error: type[Exception]
) -> None:
    for part in (database.errors, database.transaction):
        with pytest.raises(StoreUnavailable) as raised, part():
            raise error("password=secret")
        assert "secret" not in str(raised.value)


def test_a_connection_that_broke_is_replaced(database: Database) -> None:
    database.now()
    connections["default"].connection.close()
    with pytest.raises(StoreUnavailable):
        database.now()
    assert database.now()


def test_threads_queue_for_a_file_and_not_in_vain(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite lets one write and others try again, in no fair order."""

    def write() -> None:
        with database.transaction():
            pass

    def write_in_a_transaction() -> None:
        with transaction.atomic():
            write()

    monkeypatch.setattr(django_store, "FILE_SECONDS", 0.1)
    with django_store.FILE_TURN, ThreadPoolExecutor(1) as thread:
        failed = isinstance(thread.submit(write).exception(), StoreUnavailable)
        assert failed == (connections["default"].vendor == "sqlite")
        assert thread.submit(database.now).result(), "reading takes no turn"
        thread.submit(write_in_a_transaction).result()  # it has the file already
    write()


@pytest.mark.parametrize("value", [None, "", "soon", "7", "nan", -1, 1.5, True, b"7", 10**16])
def test_a_damaged_moment_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="moment"):
        whole(value)
