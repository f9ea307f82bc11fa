"""Attacks through the database: damage, locks, a full disk, a standby, and servers that fail."""

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

import database_connection
import tokens as kit
from database_connection import Database, PostgresConnection
from login_corner import NOWHERE, VARIABLE
from login_statements import PROBE, SCHEMA
from logins import ACTS, App, cannot_refresh, refresh, start
from lossy import lossy

ON_SQLITE = not os.environ.get(VARIABLE, "").startswith("postgres")
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="SQLite alone keeps it in a file")
postgresql_only = pytest.mark.skipif(ON_SQLITE, reason="DATABASE_URL names no PostgreSQL")

NO_NAMES = [None, "", "alice", "17", '""', "[]", 17, b"\xff", '"\\ud800"']
NO_HASHES = [None, "", "\u00e9", "0" * 63, "0" * 65, "g" * 64, 17, b"\xff"]
NO_NUMBERS = [None, "", "soon", "1e9", -1, 1.5, 10**17, b"\xff"]
# What may stand in a column, in a database that keeps any type.
DAMAGE = [
    *((name, value) for name in ("subject", "client") for value in NO_NAMES),
    *((f"{name}_hash", value) for name in ("current", "previous") for value in NO_HASHES),
    *(("generation", value) for value in NO_HASHES),
    *((name, value) for name in ("used", "began") for value in NO_NUMBERS),
]


def put(app: App, table: str, column: str, value: Any) -> None:
    """Let a table of SQLite take any value in any column, and put one there."""
    run = app.corner.database.run
    columns = [row[1] for row in run(f"PRAGMA table_info({table})")]
    keys = {"login": "login PRIMARY KEY", "name": "name PRIMARY KEY"}
    names = ", ".join(keys.get(name, name) for name in columns)
    run(f"ALTER TABLE {table} RENAME TO before")
    run(f"CREATE TABLE {table} ({names})")
    run(f"INSERT INTO {table} SELECT * FROM before")
    run("DROP TABLE before")
    run(f"UPDATE {table} SET {column} = ?", value)


@sqlite_only
@pytest.mark.parametrize(("column", "value"), DAMAGE)
def test_a_damaged_login_is_an_error_and_issues_nothing(
    app: App, column: str, value: object
) -> None:
    """Nor is it taken for a copy: what ends it is time."""
    token = app.log_in()
    successor = refresh(app, token)
    put(app, "refresh_logins", column, value)
    for each in (token, successor):
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(each, "web")
    assert app.corner.has_login(token)
    app.revoke(token)
    cannot_refresh(app, token, "unknown")


@sqlite_only
@pytest.mark.parametrize("nonce", ["", "x", "\u00e9", 17, b"\xff"])
def test_a_retry_never_gets_a_token_that_does_not_work(app: App, nonce: object) -> None:
    first = app.log_in()
    second = refresh(app, first)
    put(app, "refresh_logins", "nonce", nonce)
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(first, "web")
    refresh(app, second)


def test_a_login_of_a_user_whom_the_store_does_not_know_is_over(app: App) -> None:
    token = app.log_in()
    app.corner.database.run("UPDATE refresh_logins SET subject = ?", '"bob"')
    cannot_refresh(app, token, "logged out everywhere")


@sqlite_only
@pytest.mark.parametrize("value", NO_HASHES)
def test_a_damaged_generation_is_an_error_until_the_user_is_logged_out_everywhere(
    app: App, value: object
) -> None:
    token = app.log_in()
    put(app, "refresh_users", "generation", value)
    for act in (lambda: app.issuer.refresh(token, "web"), app.log_in):
        with pytest.raises(kit.StoreUnavailable):
            act()
    app.revoke_all("alice")
    cannot_refresh(app, token, "logged out everywhere")
    refresh(app, app.log_in())


@sqlite_only
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_damaged_cut_off_is_an_error_until_the_user_is_logged_out_everywhere(
    app: App, value: object
) -> None:
    begun = app.issuer.begin()
    app.log_in()
    put(app, "refresh_users", "cut_off", value)
    with pytest.raises(kit.StoreUnavailable):
        app.log_in()
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken, match="under way"):
        app.issuer.log_in("alice", "web", begun=begun)
    refresh(app, app.log_in())


@sqlite_only
@pytest.mark.parametrize("value", ["soon", b"\xff", 1e300, -1, 10**17])
@pytest.mark.parametrize("act", ["begin", "log_in", "revoke_all"])
def test_a_damaged_clock_is_an_error_and_issues_nothing(app: App, act: str, value: object) -> None:
    app.log_in()
    put(app, "refresh_users", "latest", value)
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](app)


def locked(app: App) -> Callable[[], object]:
    """Lock all rows, as a migration or a stuck program does; return what ends that."""
    if app.corner.database.is_sqlite:
        file = app.corner.database.url.removeprefix("sqlite:///")
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        return other.close
    server = psycopg.connect(app.corner.database.url)
    server.execute("SELECT 1 FROM refresh_logins, refresh_users FOR UPDATE")
    return server.close


def fails_soon(act: Callable[[], object]) -> None:
    """With a new connection, which does not know of the lock yet."""
    began = time.monotonic()
    with ThreadPoolExecutor(1) as threads:
        assert isinstance(threads.submit(act).exception(), kit.StoreUnavailable)
    assert time.monotonic() - began < 3


def test_what_is_locked_is_an_error_and_soon_and_costs_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_connection, "FILE_SECONDS", 0.1)
    token = app.log_in()
    unlock = locked(app)
    fails_soon(lambda: app.issuer.refresh(token, "web"))
    fails_soon(app.log_in)
    unlock()
    refresh(app, refresh(app, token))
    assert app.corner.logins() == 1


def test_no_logout_seems_done_while_the_rows_are_locked(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may still take place, and can be repeated."""
    monkeypatch.setattr(database_connection, "FILE_SECONDS", 0.1)
    laptop, phone = app.log_in(), app.log_in()
    unlock = locked(app)
    fails_soon(lambda: app.revoke(laptop))
    fails_soon(lambda: app.revoke_all("alice"))
    unlock()
    app.revoke(laptop)
    app.revoke_all("alice")
    cannot_refresh(app, laptop, "unknown")
    cannot_refresh(app, phone, "logged out everywhere")


def test_a_retry_waits_for_no_lock(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    unlock = locked(app)
    assert refresh(app, first) == second
    unlock()
    refresh(app, second)


def test_on_a_full_disk_a_refresh_costs_nothing_and_a_retry_gets_its_answer(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = app.log_in(), app.log_in()
    second, seen, run = refresh(app, first), app.dump(), Database.run

    def full(self: Database, sql: str, *values: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            raise kit.StoreUnavailable("no space left")
        return run(self, sql, *values)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", full)
        for act in (lambda: app.issuer.refresh(other, "web"), app.log_in):
            with pytest.raises(kit.StoreUnavailable):
                act()
        assert refresh(app, first) == second
        assert app.dump() == seen
    refresh(app, second)
    refresh(app, other)


@dataclass(frozen=True)
class Failing:
    """A connection on which no UPDATE succeeds."""

    connection: Any
    error: type[Exception]

    def execute(self, sql: str, values: Any = ()) -> Any:
        if sql.startswith("UPDATE"):
            raise self.error
        return self.connection.execute(sql, values)

    def close(self) -> None:
        self.connection.close()


@pytest.mark.parametrize(
    "error", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, sqlite3.Error]
)
def test_what_the_database_gives_up_is_an_error_that_costs_nothing(
    app: App, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """A circle of waiting calls, or a conflict where transactions are serializable."""
    token, connection = app.log_in(), Database.connection
    with monkeypatch.context() as patch:
        patch.setattr(Database, "connection", lambda each: Failing(connection(each), error))
        with pytest.raises(kit.StoreUnavailable) as refusal:
            app.issuer.refresh(token, "web")
    assert isinstance(refusal.value.__cause__, error)
    refresh(app, token)


@postgresql_only
@pytest.mark.parametrize("level", ["repeatable%20read", "serializable"])
def test_where_transactions_are_isolated_more_strictly_there_is_one_successor_too(
    app: App, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    """Some calls may fail, and get it with their retry."""
    name = f"-cdefault_transaction_isolation%3D{level.replace('%20', '%5C%20')}"
    url = os.environ[VARIABLE]
    monkeypatch.setenv(VARIABLE, f"{url}%20{name}")
    strict = start()
    assert strict.corner.database.run("SHOW transaction_isolation") == [
        (level.replace("%20", " "),)
    ]
    for _ in range(3):
        token = app.log_in()

        def call(token: str = token) -> str | None:
            try:
                return strict.issuer.refresh(token, "web").refresh
            except kit.StoreUnavailable:
                return None

        with ThreadPoolExecutor(16) as threads:
            answers = {each.result() for each in [threads.submit(call) for _ in range(16)]}
        assert answers - {None} == {refresh(app, token)}


@postgresql_only
@pytest.mark.parametrize("silent", [False, True])
def test_an_answer_that_the_network_lost_is_an_error_and_the_retry_gets_the_same_token(
    app: App, monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    """PostgreSQL has rotated; the issuer does not know, says 503, and the client tries again."""
    first = app.log_in()
    with lossy(os.environ[VARIABLE], b"UPDATE refresh_logins SET current") as way:
        monkeypatch.setenv(VARIABLE, way.url)
        far = start()
        way.losing, way.silent = 1, silent
        with pytest.raises(kit.StoreUnavailable):
            far.issuer.refresh(first, "web")
        assert way.lost == 1
        rotated = app.corner.get(first, "current")
        second = refresh(far, first)
    assert rotated == app.corner.get(first, "current")
    assert refresh(app, first) == second
    refresh(app, second)


@postgresql_only
def test_a_connection_that_broke_is_an_error_once(app: App) -> None:
    token = app.log_in()
    app.corner.database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND position('refresh_' IN query) > 0"
    )
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")
    refresh(app, token)


class Standby:
    """Stands for a connection to a server that says that it is a standby."""

    def execute(self, _: str) -> "Standby":
        return self

    def fetchall(self) -> list[tuple[bool]]:
        return [(True,)]

    def close(self) -> None:
        """Nothing to do."""


@pytest.mark.parametrize("starts", [kit.issuer, kit.revoker])
def test_an_issuer_does_not_start_on_a_standby(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    starts: Callable[[], object],
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://127.0.0.1/x")
    monkeypatch.setattr(PostgresConnection, "connect", lambda *_, **__: Standby())
    with (
        caplog.at_level(logging.CRITICAL, "tokens"),
        pytest.raises(kit.UnfitStore, match="standby"),
    ):
        starts()
    assert "standby" in caplog.text
    with pytest.raises(kit.StoreUnavailable):
        Database("postgresql://127.0.0.1/x", SCHEMA, PROBE).run("SELECT 1")


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite:///:memory:", "mysql://a/b", "x"])
@pytest.mark.parametrize("starts", [kit.issuer, kit.revoker])
def test_an_issuer_does_not_start_on_a_database_that_processes_do_not_share(
    monkeypatch: pytest.MonkeyPatch, starts: Callable[[], object], url: str
) -> None:
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(kit.UnfitStore, match="DATABASE_URL"):
        starts()


def test_a_database_that_is_down_at_the_start_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, NOWHERE)
    with caplog.at_level(logging.WARNING, "tokens"):
        kit.revoker()
    assert "does not answer yet" in caplog.text


@pytest.mark.parametrize("url", [None, "sqlite:///other.sqlite3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    if url is not None:
        monkeypatch.setenv(VARIABLE, url)
    kit.revoker()
    files = {path.name for path in tmp_path.glob("*.sqlite3")}
    assert files == {"tokens.sqlite3" if url is None else "other.sqlite3"}


@sqlite_only
def test_a_logout_outlives_a_power_cut(app: App) -> None:
    assert app.corner.database.run("PRAGMA synchronous") == [(2,)]
    assert app.corner.database.run("PRAGMA journal_mode") == [("wal",)]
