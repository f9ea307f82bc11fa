"""Attacks through the database: damage, locks, a full disk, a standby, races, and rows that pile
up."""

import logging
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import database_connection
import store
import tokens as kit
from database_connection import Database, PostgresConnection, connect
from session_corner import NOWHERE, record_of
from sessions import ACTS, App, Clock, start

SECOND = 1_000_000  # microseconds, in which stamps count
ON_SQLITE = not os.environ.get("DATABASE_URL", "").startswith("postgres")
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="SQLite alone keeps it in a file")
postgresql_only = pytest.mark.skipif(ON_SQLITE, reason="DATABASE_URL names no PostgreSQL")

NO_NUMBERS = [None, "", "soon", "nan", -1, 1.5, b"\xff"]
# What may stand in a column, in a database that keeps any type.
DAMAGE = [
    *(("subject", value) for value in ("", 17)),
    *(("audiences", value) for value in ("", "x", "{}", "17", None, 17, "\ud800")),
    *((name, value) for name in ("stamp", "created", "seen") for value in NO_NUMBERS),
]


def without_checks(app: App, table: str) -> None:
    """Let a table of SQLite take any value in any column."""
    columns = [row[1] for row in app.corner.database.run(f"PRAGMA table_info({table})")]
    app.corner.database.run(f"ALTER TABLE {table} RENAME TO before")
    app.corner.database.run(f"CREATE TABLE {table} ({', '.join(columns)})")
    app.corner.database.run(f"INSERT INTO {table} SELECT * FROM before")
    app.corner.database.run("DROP TABLE before")


def put(app: App, table: str, column: str, value: object) -> None:
    without_checks(app, table)
    if value == "\ud800":
        value = b"\xff"
    app.corner.database.run(f"UPDATE {table} SET {column} = ?", value)  # type: ignore[arg-type]


@sqlite_only
@pytest.mark.parametrize(("column", "value"), DAMAGE)
def test_a_damaged_record_is_an_error_and_never_a_session(
    app: App, column: str, value: object
) -> None:
    token = app.issue("alice")
    put(app, "token_sessions", column, value)
    if column == "subject":
        app.corner.database.run("UPDATE token_users SET subject = ''")
        if value:  # a text is no number
            app.corner.database.run("DROP TABLE token_users")
            app.corner.database.run("CREATE TABLE token_users (subject, cut_off, latest)")
            app.corner.database.run("INSERT INTO token_users VALUES (17, 0, 0)")
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


@sqlite_only
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_damaged_moment_is_an_error(app: App, value: object) -> None:
    token = app.issue("alice")
    put(app, "token_users", "cut_off", value)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


@sqlite_only
@pytest.mark.parametrize("value", ["soon", b"\xff", 1e300])
def test_a_damaged_clock_is_an_error(app: App, value: object) -> None:
    login = app.issue.begin()
    app.issue("alice")
    put(app, "token_users", "latest", value)
    acts: list[Callable[[], object]] = [
        app.issue.begin,
        lambda: app.issue("alice", begun=login),
        lambda: app.revoke_all("alice"),
    ]
    for act in acts:
        with pytest.raises(kit.StoreUnavailable):
            act()


def test_a_session_whose_user_has_no_row_is_over(app: App) -> None:
    """As after a table was restored without the cut-offs."""
    token = app.issue("alice")
    app.corner.database.run("DELETE FROM token_users")
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


@sqlite_only
def test_a_locked_database_is_an_error_and_soon(app: App) -> None:
    token = app.issue("alice")
    other = sqlite3.connect(app.corner.database.url.removeprefix("sqlite:///"))
    other.execute("BEGIN EXCLUSIVE")
    acts: list[Callable[[], object]] = [
        lambda: app.issue("alice"),
        lambda: app.revoke(token),
        lambda: app.revoke_all("alice"),
    ]
    for act in acts:
        began = time.monotonic()
        with pytest.raises(kit.StoreUnavailable):
            act()
        assert time.monotonic() - began < 4
    other.rollback()
    other.close()
    assert app.verify(token)["sub"] == "alice"


@postgresql_only
def test_a_row_that_is_locked_is_an_error_and_soon(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    clock.time += 1
    other = connect(store.DATABASE_URL, store.SCHEMA, store.PROBE)
    with other.transaction():
        other.run("SELECT 1 FROM token_sessions, token_users FOR UPDATE")
        for act in (lambda: app.verify(token), lambda: app.issue("alice")):
            with ThreadPoolExecutor() as threads:
                began = time.monotonic()
                assert isinstance(threads.submit(act).exception(), kit.StoreUnavailable)
                assert time.monotonic() - began < 3
    assert app.verify(token)["sub"] == "alice"


def fill(revoker: kit.Revoker) -> None:
    for number in range(1000):
        revoker.revoke_all(f"user-{number}")


@sqlite_only
def test_a_full_disk_is_an_error(app: App) -> None:
    """Also for who is signed in: what was seen cannot be kept any more."""
    pages = app.corner.database.run("PRAGMA page_count")[0][0]
    revoker = kit.revoker()
    database: Database = revoker.database  # type: ignore[attr-defined]
    database.run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(kit.StoreUnavailable):
        fill(revoker)


@sqlite_only
def test_a_database_that_may_only_be_read_is_an_error(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    app.corner.database.close()
    other = kit.verifier()
    clock.time += 1
    file = app.corner.database.url.removeprefix("sqlite:///")
    with sqlite3.connect(file) as link:
        link.execute("CREATE TRIGGER refuse BEFORE UPDATE ON token_sessions "
                     "BEGIN SELECT RAISE(ABORT, 'read only'); END")  # fmt: skip
    link.close()
    with pytest.raises(kit.StoreUnavailable):
        other(token)


def test_a_database_that_is_silent_is_an_error_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as threads:
        url = f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/x"
        monkeypatch.setenv("DATABASE_URL", url)
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 15


@pytest.fixture
def falling_silent() -> Iterator[str]:
    """Yield the address of a server that greets as PostgreSQL does, and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        links: list[socket.socket] = []

        def greet() -> None:
            with suppress(OSError):
                while True:
                    link, _ = server.accept()
                    links.append(link)
                    link.recv(4096)
                    link.sendall(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        yield f"postgresql://nobody@127.0.0.1:{port}/x?sslmode=disable&gssencmode=disable"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for link in links:
            link.close()


def test_a_server_that_greets_and_falls_silent_is_an_error_and_soon(falling_silent: str) -> None:
    database = Database(falling_silent, store.SCHEMA, store.PROBE)
    began = time.monotonic()
    with pytest.raises(kit.StoreUnavailable):
        database.run("SELECT 1")
    assert time.monotonic() - began < 2


class Standby:
    """Stands for a connection to a server that answers each question alike."""

    def __init__(self, answer: object) -> None:
        self.answer, self.closed = answer, False

    def execute(self, _: str) -> "Standby":
        return self

    def fetchall(self) -> list[tuple[object]]:
        return [(self.answer,)]

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("answer", [True, None])
def test_a_connection_to_a_standby_is_refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: object
) -> None:
    """At the start, and by each new connection while running."""
    server = Standby(answer)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1/x")
    monkeypatch.setattr(PostgresConnection, "connect", lambda *_, **__: server)
    with caplog.at_level(logging.CRITICAL, "tokens"):
        with pytest.raises(kit.UnfitStore, match="standby"):
            kit.verifier()
        database = Database("postgresql://127.0.0.1/x", store.SCHEMA, store.PROBE)
        with pytest.raises(kit.StoreUnavailable):
            database.run("SELECT 1")
    assert [each.levelname for each in caplog.records] == ["CRITICAL"] * 2
    assert server.closed


def test_a_connection_prepares_nothing_and_waits_for_no_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pooler hands each transaction to another connection of its own."""
    given: dict[str, object] = {}

    def connect_with(_: str, **options: object) -> Standby:
        given.update(options)
        return Standby(False)

    monkeypatch.setattr(PostgresConnection, "connect", connect_with)
    Database("postgresql://127.0.0.1/x", store.SCHEMA, store.PROBE).connection()
    assert given == {"autocommit": True, "prepare_threshold": None, "connect_timeout": 2}


def test_a_turn_to_write_is_not_waited_for_in_vain(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    if app.corner.database.is_sqlite:
        monkeypatch.setattr(database_connection, "FILE_SECONDS", 0.1)
        with database_connection.FILE_TURN, ThreadPoolExecutor() as threads:
            act = threads.submit(app.issue, "alice")
            assert isinstance(act.exception(timeout=5), kit.StoreUnavailable)
            assert threads.submit(app.issue.begin).result(timeout=5), "reading takes no turn"
    assert app.verify(app.issue("alice"))["sub"] == "alice"


@postgresql_only
def test_a_server_that_falls_silent_is_an_error_and_soon(app: App) -> None:
    began = time.monotonic()
    with pytest.raises(kit.StoreUnavailable):
        app.corner.database.run("SELECT 1 FROM pg_sleep(5)")
    assert time.monotonic() - began < 3
    assert app.corner.database.run("SELECT 1") == [(1,)], "a new connection"


@postgresql_only
def test_a_connection_that_broke_is_replaced(app: App) -> None:
    token = app.issue("alice")
    app.verify(token)
    other = connect(store.DATABASE_URL, store.SCHEMA, store.PROBE)
    other.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND position('digest' IN query) > 0"
    )
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)
    assert app.verify(token)["sub"] == "alice"


@postgresql_only
def test_a_standby_is_refused(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At the start, and by each new connection."""
    token = app.issue("alice")
    verify = kit.verifier()
    monkeypatch.setattr(database_connection, "IS_STANDBY", "SELECT true")
    with caplog.at_level(logging.CRITICAL, "tokens"):
        with pytest.raises(kit.StoreUnavailable):
            verify(token)
        for part in (kit.issuer, kit.verifier, kit.revoker):
            with pytest.raises(kit.UnfitStore, match="standby"):
                part()
    assert [each.levelname for each in caplog.records] == ["CRITICAL"] * 4


@pytest.mark.parametrize(
    "url",
    [
        *("", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file::memory:?x"),
        *("mysql://127.0.0.1/x", "redis://127.0.0.1/0", "postgresql+psycopg://127.0.0.1/x"),
    ],
)
def test_it_does_not_start_without_a_database_that_processes_share(
    monkeypatch: pytest.MonkeyPatch, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with caplog.at_level(logging.CRITICAL, "tokens"):
        for part in (kit.issuer, kit.verifier, kit.revoker):
            with pytest.raises(kit.UnfitStore, match="DATABASE_URL"):
                part()
    assert len(caplog.records) == 3


def test_a_database_that_is_down_at_the_start_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    with caplog.at_level(logging.WARNING, "tokens"):
        kit.verifier()
    assert "does not answer yet" in caplog.text


@sqlite_only
def test_the_tables_are_made_when_the_database_comes_up_after_the_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "later"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder}/tokens.sqlite3")
    issue, verify = kit.issuer(), kit.verifier()
    with pytest.raises(kit.StoreUnavailable):
        issue("alice")
    folder.mkdir()
    assert verify(issue("alice"))["sub"] == "alice"


@pytest.mark.parametrize("url", [None, "sqlite:///other.sqlite3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)
    kit.issuer()
    files = {path.name for path in tmp_path.glob("*.sqlite3")}
    assert files == {"tokens.sqlite3" if url is None else "other.sqlite3"}


@sqlite_only
def test_a_logout_outlives_a_power_cut(app: App) -> None:
    assert app.corner.database.run("PRAGMA synchronous") == [(2,)]
    assert app.corner.database.run("PRAGMA journal_mode") == [("wal",)]


def test_a_process_that_is_forked_opens_a_connection_of_its_own(app: App) -> None:
    """As under a server that loads the application before it forks."""
    app.verify(app.issue("alice"))
    before = app.corner.database.connection()
    code = (
        "import os, sys, tokens; issue, verify = tokens.issuer(), tokens.verifier(); "
        "token = issue('alice'); child = os.fork(); "
        "mine = verify.__closure__[0].cell_contents.database.connection(); "
        "assert verify(token)['sub'] == 'alice'; "
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])) if child else None"
    )
    folder = str(Path(kit.__file__).parent)
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    process = app.corner.database.own.process
    app.corner.database.own.process = process + 1  # what a child sees
    assert app.corner.database.connection() is not before


def test_each_thread_has_a_connection_of_its_own(app: App) -> None:
    database = app.corner.database
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(database.connection).result()
    assert other is not database.connection()


def test_what_fails_halfway_leaves_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session that was there before the login goes on, too."""
    planted, before = app.issue("mallory"), app.corner.dump()
    monkeypatch.setattr(store, "REVOKE", "DELETE FROM nowhere WHERE digest = ?")
    with pytest.raises(kit.StoreUnavailable):
        app.issue("alice", replaces=planted)
    monkeypatch.undo()
    assert app.corner.dump() == before


def test_rows_of_sessions_that_are_over_go_in_bounded_steps(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    for _ in range(12):
        app.issue("alice")
    clock.time += kit.IDLE_MINUTES * 60 + store.MARGIN
    app.issue("alice")
    assert app.corner.tokens() == 13, "the margin is not over"
    clock.time += 1
    counts = []
    for _ in range(4):
        app.issue("alice")
        counts.append(app.corner.tokens())
    assert counts == [9, 5, 4, 5]


def test_a_session_that_is_in_use_keeps_its_row(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    for _ in range(5):
        clock.time += kit.IDLE_MINUTES * 60 - 1
        app.verify(token)
        app.issue("bob")
    assert app.verify(token)["sub"] == "alice"


def test_a_row_keeps_no_longer_than_the_shorter_limit(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = app.issue("alice")
    clock.time += kit.ABSOLUTE_HOURS * 3600 - 100
    sql = "UPDATE token_sessions SET seen = ? WHERE digest = ?"
    app.corner.database.run(sql, clock.time, record_of(token))
    clock.time += 1
    app.verify(token)
    expires = "SELECT expires FROM token_sessions WHERE digest = ?"
    assert app.corner.database.run(expires, record_of(token)) == [(clock.time + 99,)]
    monkeypatch.setattr(kit, "IDLE_MINUTES", 600)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 1)
    other = start().issue("alice")
    assert app.corner.database.run(expires, record_of(other)) == [(clock.time + 3600,)]


def test_rows_of_users_go_when_nothing_of_theirs_can_live(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    longest = max(kit.ABSOLUTE_HOURS * 3600, store.LOGIN_SECONDS) + store.MARGIN
    now = app.corner.now()
    for number in range(8):
        app.revoke_all(f"gone-{number}")
    sql = "UPDATE token_users SET latest = ?"
    app.corner.database.run(sql, now - longest * SECOND + 60 * SECOND)
    app.issue("alice")
    assert users(app) == 9, "a session could still be alive"
    app.corner.database.run(f"{sql} WHERE subject <> 'alice'", now - longest * SECOND - SECOND)
    app.issue("alice")
    assert users(app) == 4
    app.issue("alice")
    assert users(app) == 1


def test_a_cut_off_outlives_a_login_however_short_a_session_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.revoke_all("alice")
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 0)
    sql = "UPDATE token_users SET latest = ?"
    app.corner.database.run(sql, app.corner.now() - store.LOGIN_SECONDS * SECOND)
    kit.issuer()("bob")
    assert users(app) == 2


def users(app: App) -> int:
    return int(app.corner.database.run("SELECT count(*) FROM token_users")[0][0])


def test_a_login_does_not_fail_because_clearing_away_does(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ANY_USERS", "SELECT 1 FROM nowhere WHERE x < ?")
    assert app.verify(app.issue("alice"))["sub"] == "alice"


def test_what_it_costs_does_not_grow_with_the_sessions(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    run = Database.run
    calls: list[str] = []

    def counted(self: Database, sql: str, *values: str | int) -> Any:
        calls.append(sql)
        return run(self, sql, *values)

    monkeypatch.setattr(Database, "run", counted)
    for sessions in (1, 200):
        for _ in range(sessions):
            app.issue("alice")
        calls.clear()
        app.revoke_all("alice")
        costs.append(len(calls))
    assert costs == [2, 2]


def test_the_highest_stamp_of_all_is_the_clock(app: App) -> None:
    """Else a clock that is set back after the login would put the cut-off before the session."""
    ahead = app.corner.now() + 3600 * SECOND
    app.corner.set_clock(ahead)
    login = app.issue.begin()
    assert login == ahead
    app.issue("alice", begun=login)
    app.corner.database.run("DELETE FROM token_users WHERE subject = 'somebody else'")
    assert app.issue.begin() == ahead
    app.revoke_all("bob")
    assert app.issue.begin() == ahead + 1


def test_a_later_cut_off_is_not_taken_back_by_an_earlier_one(app: App) -> None:
    """Two calls at once may write in another order than they asked for the time."""
    app.revoke_all("alice")
    (later,) = app.corner.database.run("SELECT cut_off, latest FROM token_users")
    app.corner.database.run(store.REVOKE_ALL, "alice", later[0] - 5, later[0] - 5)
    assert app.corner.database.run("SELECT cut_off, latest FROM token_users") == [later]


def test_an_earlier_login_does_not_take_back_the_clock(app: App) -> None:
    early = app.issue.begin()
    app.issue("alice")
    app.corner.database.run("UPDATE token_users SET latest = latest + 5")
    before = app.corner.database.run("SELECT latest FROM token_users")
    app.issue("alice", begun=early)
    assert app.corner.database.run("SELECT latest FROM token_users") == before


def test_a_session_counts_as_from_the_beginning_of_its_login(app: App) -> None:
    """So a cut-off ends it, in whatever order the two were written."""
    login = app.issue.begin()
    token = app.issue("alice", begun=login)
    sql = "UPDATE token_users SET cut_off = ?"
    app.corner.database.run(sql, login + 1)
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_login_that_names_no_beginning_begins_behind_the_lock(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not refused because somebody logs out everywhere at this very moment."""
    run = Database.run

    def interrupted(self: Database, sql: str, *values: str | int) -> Any:
        if sql == store.JOIN_USER:
            cut_off = app.issue.begin() + 1
            run(self, store.REVOKE_ALL, "alice", cut_off, cut_off)
        return run(self, sql, *values)

    monkeypatch.setattr(Database, "run", interrupted)
    assert app.verify(app.issue("alice"))["sub"] == "alice"


def test_a_logout_between_reading_and_writing_wins(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = app.issue("alice")
    clock.time += 1
    run = Database.run

    def interrupted(self: Database, sql: str, *values: str | int) -> Any:
        if sql == store.TOUCH:
            run(self, store.REVOKE, record_of(token))
        return run(self, sql, *values)

    monkeypatch.setattr(Database, "run", interrupted)
    with pytest.raises(kit.InvalidToken):
        app.verify(token)
    assert not app.corner.exists(token)


def test_a_busy_session_is_written_once_a_second(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = app.issue("alice")
    clock.time += 1
    app.verify(token)
    monkeypatch.setattr(store, "TOUCH", "no statement at all")
    assert app.verify(token)["sub"] == "alice"
    ((seen,),) = app.corner.database.run("SELECT seen FROM token_sessions")
    assert seen == clock.time


@pytest.mark.parametrize("subject", ["al\0ice", "\0"])
def test_a_user_id_with_a_zero_byte_is_refused(app: App, subject: str) -> None:
    """PostgreSQL keeps none in a text."""
    for act in (lambda: app.issue(subject), lambda: app.revoke_all(subject)):
        with pytest.raises(kit.InvalidToken):
            act()


def test_all_acts_at_once_end_without_an_error(app: App) -> None:
    """Logins, requests, logouts and clearing away, on the same rows."""
    faults: list[BaseException] = []
    old = [app.issue("alice") for _ in range(8)]

    def hammer() -> None:
        for number in range(15):
            try:
                token = app.issue("alice", replaces=old[number % len(old)])
                app.verify(token)
                app.revoke(token)
            except kit.InvalidToken:
                continue
            except kit.StoreUnavailable as error:
                faults.append(error)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        app.revoke_all("alice")
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(ACTS) >= {"verify", "issue"}
