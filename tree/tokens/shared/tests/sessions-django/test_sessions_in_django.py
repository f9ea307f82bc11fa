"""Attacks through the tables of a Django project: damage, locks, transactions, races, and rows that
pile up."""

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

import store
import tokens as kit
from django_store import Database
from sessions import App, Clock, start

SECOND = 1_000_000  # microseconds, in which stamps count
ON_SQLITE = connections["default"].vendor == "sqlite"
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="SQLite alone keeps it in a file")
postgresql_only = pytest.mark.skipif(ON_SQLITE, reason="DATABASE_URL names no PostgreSQL")

NO_NUMBERS = ["", "soon", "nan", -1, 1.5, b"\xff"]
# What may stand in a column, in a database that keeps any type.
DAMAGE = [
    *(("tokenuser", "subject", value) for value in ("", b"\xff")),
    *(("tokenuser", "cut_off", value) for value in NO_NUMBERS),
    *(("tokensession", "audiences", value) for value in ("", "x", "{}", "17", b"\xff")),
    *(
        ("tokensession", each, value)
        for each in ("stamp", "created", "seen")
        for value in NO_NUMBERS
    ),
]


def put(table: str, column: str, value: Any) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"UPDATE token_store_{table} SET {column} = %s", [value])


@sqlite_only
@pytest.mark.parametrize(("table", "column", "value"), DAMAGE)
def test_a_damaged_record_is_an_error_and_never_a_session(
    app: App, table: str, column: str, value: object
) -> None:
    token = app.issue("alice")
    put(table, column, value)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


@sqlite_only
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_nobody_logs_in_by_a_damaged_cut_off(app: App, value: object) -> None:
    app.revoke_all("alice")
    put("tokenuser", "cut_off", value)
    with pytest.raises(kit.StoreUnavailable):
        app.issue("alice")


@sqlite_only
@pytest.mark.parametrize("value", ["soon", b"\xff", 1e300])
def test_a_damaged_clock_is_an_error(app: App, value: object) -> None:
    login = app.issue.begin()
    app.issue("alice")
    put("tokenuser", "latest", value)
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
    app.corner.records.users.all().delete()
    app.issue("bob")
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_login_that_begins_before_the_caller_commits_does_not_survive(app: App) -> None:
    """It reads the password from before the transaction that also logs out everywhere."""
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        before = app.corner.now()
        app.revoke_all("alice")
        login = other.submit(app.issue.begin).result()
        assert login >= before
    with pytest.raises(kit.InvalidToken, match="while this login was under way"):
        app.issue("alice", begun=login)
    assert app.verify(app.issue("alice"))["sub"] == "alice"


def test_a_log_out_everywhere_counts_with_the_change_of_its_transaction(app: App) -> None:
    token = app.issue("alice")
    with transaction.atomic():
        app.revoke_all("alice")
        with pytest.raises(kit.InvalidToken):
            app.verify(token)
        transaction.set_rollback(True)  # as after an exception
    assert app.verify(token)["sub"] == "alice", "nothing was changed, and nobody is logged out"


def test_many_log_outs_at_once_end_all_that_began_before_the_last(app: App) -> None:
    tokens = [app.issue("alice") for _ in range(3)]
    login = app.issue.begin()
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(app.revoke_all, "alice") for _ in range(24)]:
            done.result()
    for token in tokens:
        with pytest.raises(kit.InvalidToken):
            app.verify(token)
    with pytest.raises(kit.InvalidToken):
        app.issue("alice", begun=login)
    assert app.verify(app.issue("alice", begun=app.issue.begin()))["sub"] == "alice"


def test_first_logins_at_once_make_one_row_of_their_user(app: App) -> None:
    with ThreadPoolExecutor(8) as pool:
        logins = [pool.submit(app.issue, "alice") for _ in range(16)]
    assert {app.verify(each.result())["sub"] for each in logins} == {"alice"}
    assert app.corner.records.users.count() == 1


@sqlite_only
def test_a_locked_file_is_an_error_and_soon(app: App) -> None:
    token = app.issue("alice")
    other = sqlite3.connect(connections["default"].settings_dict["NAME"], isolation_level=None)
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
    other.close()
    assert app.verify(token)["sub"] == "alice"


@postgresql_only
def test_a_row_that_is_locked_is_an_error_and_soon(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    clock.time += 1
    with ThreadPoolExecutor(1) as thread, transaction.atomic():
        list(app.corner.records.users.select_for_update())
        list(app.corner.records.sessions.select_for_update())
        for act in (lambda: app.verify(token), lambda: app.issue("alice")):
            began = time.monotonic()
            assert isinstance(thread.submit(act).exception(), kit.StoreUnavailable)
            assert time.monotonic() - began < 8, "the project says how long a statement may take"
    assert app.verify(token)["sub"] == "alice"


def failing(*_: object) -> None:
    raise kit.StoreUnavailable("no space left")


def test_what_fails_halfway_leaves_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session that was there before the login goes on, too."""
    planted, before = app.issue("mallory"), app.corner.dump()
    with monkeypatch.context() as patch:
        patch.setattr(store.SessionRecords, "revoke", failing)
        with pytest.raises(kit.StoreUnavailable):
            app.issue("alice", replaces=planted)
    assert app.corner.dump() == before


def test_a_login_does_not_fail_because_clearing_away_does(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "delete_some", failing)
    assert app.verify(app.issue("alice"))["sub"] == "alice"


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
    session = app.corner.records.sessions.filter(digest=store._record(token))
    clock.time += kit.ABSOLUTE_HOURS * 3600 - 100
    session.update(seen=clock.time)
    clock.time += 1
    app.verify(token)
    assert session.get().expires == clock.time + 99
    monkeypatch.setattr(kit, "IDLE_MINUTES", 600)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 1)
    other = store._record(start().issue("alice"))
    assert app.corner.records.sessions.get(digest=other).expires == clock.time + 3600


def test_rows_of_users_go_when_nothing_of_theirs_can_live(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    longest = max(kit.ABSOLUTE_HOURS * 3600, store.LOGIN_SECONDS) + store.MARGIN
    now, users = app.corner.now(), app.corner.records.users
    for number in range(8):
        app.revoke_all(f"gone-{number}")
    users.update(latest=now - longest * SECOND + 60 * SECOND)
    app.issue("alice")
    assert users.count() == 9, "a session could still be alive"
    users.exclude(subject="alice").update(latest=now - longest * SECOND - SECOND)
    app.issue("alice")
    assert users.count() == 4
    app.issue("alice")
    assert users.count() == 1


def test_a_cut_off_outlives_a_login_however_short_a_session_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.revoke_all("alice")
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 0)
    users = app.corner.records.users
    users.update(latest=app.corner.now() - store.LOGIN_SECONDS * SECOND)
    kit.issuer()("bob")
    assert users.count() == 2


def test_what_it_costs_does_not_grow_with_the_sessions(app: App) -> None:
    costs = []
    for sessions in (1, 50):
        for _ in range(sessions):
            app.issue("alice")
        with CaptureQueriesContext(connections["default"]) as queries:
            app.revoke_all("alice")
        costs.append(len(queries))
    assert costs[0] == costs[1] < 10


def test_a_busy_session_is_written_once_a_second(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    clock.time += 1
    app.verify(token)
    with CaptureQueriesContext(connections["default"]) as queries:
        assert app.verify(token)["sub"] == "alice"
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]
    assert app.corner.moment(token, "seen") == clock.time


def test_the_highest_stamp_of_all_is_the_clock(app: App) -> None:
    """Else a clock that is set back after the login would put the cut-off before the session."""
    ahead = app.corner.now() + 3600 * SECOND
    app.corner.set_clock(ahead)
    login = app.issue.begin()
    assert login == ahead
    app.issue("alice", begun=login)
    app.corner.records.users.filter(subject="somebody else").delete()
    assert app.issue.begin() == ahead
    app.revoke_all("bob")
    assert app.issue.begin() == ahead + 1


def test_a_session_counts_as_from_the_beginning_of_its_login(app: App) -> None:
    """So a cut-off ends it, in whatever order the two were written."""
    login = app.issue.begin()
    token = app.issue("alice", begun=login)
    app.corner.records.users.update(cut_off=login + 1)
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_logout_between_reading_and_writing_wins(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    clock.time += 1

    def log_out_first(execute: Any, sql: str, *others: Any) -> Any:
        if sql.startswith("UPDATE"):
            app.corner.drop(token)
        return execute(sql, *others)

    with (
        connections["default"].execute_wrapper(log_out_first),
        pytest.raises(kit.InvalidToken, match="meanwhile"),
    ):
        app.verify(token)


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
