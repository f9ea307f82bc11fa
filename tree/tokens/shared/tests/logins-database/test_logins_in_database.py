"""What is peculiar to refresh tokens in a database: calls that meet in one row, answers that get
lost, and rows that nobody needs any more."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import store
import tokens as kit
from by_hand import Clock, Verify
from database_connection import Database
from login_corner import VARIABLE, empty_database
from login_records import user_key
from login_statements import CUT_OFF, ROTATE
from logins import App, cannot_refresh, refresh, start

SECOND = 1_000_000  # microseconds, in which the clock of the database counts
DAY = 86400


class Interruption:
    """Acts before a statement, once: between it and whatever the same call has read."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, statement: str, act: Callable[[], object]
    ) -> None:
        self.is_due, self.result = True, None
        run = Database.run

        def interrupted(database: Database, sql: str, *values: Any) -> Any:
            if self.is_due and sql.startswith(statement):
                self.is_due = False
                self.result = act()
            return run(database, sql, *values)

        monkeypatch.setattr(Database, "run", interrupted)


def test_of_two_that_read_the_same_row_the_second_gets_what_the_first_wrote(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.log_in()
    quicker = Interruption(monkeypatch, ROTATE, lambda: refresh(app, first))
    second = refresh(app, first)
    assert second == quicker.result
    refresh(app, second)


ENDS: dict[str, tuple[Callable[[App, str], object], str]] = {
    "logout": (lambda app, token: app.revoke(token), "unknown"),
    "log out everywhere": (lambda app, _: app.revoke_all("alice"), "logged out everywhere|unknown"),
    "reuse": (lambda app, token: refresh(app, refresh(app, token)), "used before"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_login_that_ends_between_reading_and_writing_stays_ended(
    app: App, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    act, why = ENDS[end]
    token = app.log_in()
    Interruption(monkeypatch, ROTATE, lambda: act(app, token))
    if end == "log out everywhere":  # the two came at the same moment: what was written is dead
        token = refresh(app, token)
    cannot_refresh(app, token, why)
    cannot_refresh(app, token, "unknown")
    assert app.corner.logins() == 0


def test_a_login_without_a_beginning_counts_from_the_moment_it_is_written(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not refused because somebody logs out everywhere at this very moment."""
    Interruption(monkeypatch, "BEGIN", lambda: app.revoke_all("alice"))
    refresh(app, app.log_in())


def test_a_login_that_was_checked_before_a_log_out_everywhere_is_compared_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = app.issuer.begin()
    Interruption(monkeypatch, "BEGIN", lambda: app.revoke_all("alice"))
    with pytest.raises(kit.InvalidToken, match="under way"):
        app.issuer.log_in("alice", "web", begun=begun)
    assert app.corner.logins() == 0


def test_all_acts_at_once_end_without_an_error(app: App) -> None:
    """Logins, refreshes, retries, logouts and clearing away, on the same rows."""
    faults: list[BaseException] = []

    def hammer() -> None:
        for number in range(10):
            try:
                first = app.log_in()
                if refresh(app, first) != refresh(app, first):
                    faults.append(AssertionError("two successors"))
                if number % 2:
                    app.revoke(first)
            except kit.InvalidToken:
                continue
            except kit.StoreUnavailable as error:
                faults.append(error)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        app.revoke_all("alice")
    for thread in threads:
        thread.join()
    assert faults == []


def test_each_thread_talks_through_a_connection_of_its_own(app: App) -> None:
    """Or calls at the same time would only queue."""
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(app.corner.database.connection).result()
    assert other is not app.corner.database.connection()


def test_two_processes_may_create_the_tables_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with empty_database(os.environ.get(VARIABLE, "")) as url:
        monkeypatch.setenv(VARIABLE, url)
        with ThreadPoolExecutor(8) as threads:
            for started in [threads.submit(kit.issuer) for _ in range(8)]:
                assert started.result().begin() > 0


def lose(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Let the database do what the statement says, and the answer get lost."""
    run = Database.run

    def losing(database: Database, sql: str, *values: Any) -> Any:
        answer = run(database, sql, *values)
        if sql == statement:
            raise kit.StoreUnavailable("the connection broke")
        return answer

    monkeypatch.setattr(Database, "run", losing)


def test_an_answer_that_was_lost_is_an_error_and_the_retry_gets_the_same_token(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.log_in()
    with monkeypatch.context() as patch:
        lose(patch, ROTATE)
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(first, "web")
    rotated = app.corner.get(first, "current")
    second = refresh(app, first)
    assert rotated == app.corner.get(first, "current")
    refresh(app, second)


def test_a_login_whose_answer_was_lost_is_an_error_and_the_next_is_a_login(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = app.issuer.begin()
    with monkeypatch.context() as patch:
        lose(patch, "COMMIT")
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.log_in("alice", "web", begun=begun)
    refresh(app, app.issuer.log_in("alice", "web", begun=begun).refresh)


def test_what_fails_halfway_leaves_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "START", "INSERT INTO nowhere VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        with pytest.raises(kit.StoreUnavailable):
            app.log_in()
    assert app.dump() == ""


@pytest.mark.parametrize("name", ["a\0b", "\0", "\u00e9" * 400, "x" * 2000, "'; --", "%s ?"])
def test_names_of_any_length_and_with_any_characters_have_logins(
    app: App, verify: Verify, name: str
) -> None:
    """PostgreSQL keeps no zero byte in a text, and no long text in an index."""
    token = app.issuer.log_in(name, name).refresh
    pair = app.issuer.refresh(token, name)
    assert verify(pair.access)["sub"] == name
    cannot_refresh(app, pair.refresh, "another client", name + "x")
    app.revoke_all(name)
    cannot_refresh(app, pair.refresh, "logged out everywhere", name)


def test_the_tables_hold_no_key_of_a_user_but_a_hash(app: App) -> None:
    app.revoke_all("alice")
    assert "alice" not in app.dump()


def test_a_later_log_out_everywhere_is_not_taken_back_by_an_earlier_one(app: App) -> None:
    """Two calls at once may write in another order than they asked for the time."""
    app.revoke_all("alice")
    sql = "SELECT cut_off, latest FROM refresh_users"
    ((cut_off, latest),) = app.corner.database.run(sql)
    values = user_key("alice"), "0" * 64, cut_off - 5, cut_off - 5
    app.corner.database.run(CUT_OFF, *values)
    assert app.corner.database.run(sql) == [(cut_off, latest)]


def test_an_earlier_login_does_not_take_back_the_clock(app: App) -> None:
    app.revoke_all("alice")
    app.corner.database.run("UPDATE refresh_users SET latest = latest + 3600000000")
    moment = app.issuer.begin()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.Families, "begin", lambda _: moment - SECOND)
        app.log_in()
    assert app.issuer.begin() == moment


def test_a_login_keeps_the_clock_where_it_was(app: App) -> None:
    app.corner.set_clock(app.issuer.begin() + 3600 * SECOND)
    moment = app.issuer.begin()
    app.log_in()
    app.corner.reset_clock()
    assert app.issuer.begin() == moment


def test_the_cost_does_not_grow_with_the_logins(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls = Database.run, list[str]()

    def counted(self: Database, sql: str, *values: Any) -> Any:
        calls.append(sql)
        return run(self, sql, *values)

    monkeypatch.setattr(Database, "run", counted)
    costs = []
    for logins in (1, 100):
        for _ in range(logins):
            token = app.log_in()
        calls.clear()
        app.revoke_all("alice")
        costs.append(len(calls))
        token = app.log_in()
        calls.clear()
        refresh(app, token)
        costs.append(len(calls))
    assert costs == [2, 5, 2, 5]


def test_a_retry_writes_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    first = app.log_in()
    second = refresh(app, first)
    for name in ("ROTATE", "DROP", "CUT_OFF"):
        monkeypatch.setattr(store, name, "no statement at all")
    assert refresh(app, first) == second


def expires(app: App) -> list[int]:
    return [row[0] for row in app.corner.database.run("SELECT expires FROM refresh_logins")]


def test_the_row_of_a_login_is_kept_as_long_as_both_limits_allow(app: App, clock: Clock) -> None:
    token = app.log_in()
    assert expires(app) == [clock.at + kit.REFRESH_IDLE_DAYS * DAY]
    end = clock.at + kit.REFRESH_ABSOLUTE_DAYS * DAY
    clock.at += 3 * DAY
    token = refresh(app, token)
    assert expires(app) == [clock.at + kit.REFRESH_IDLE_DAYS * DAY]
    clock.at = end - 100
    app.corner.put(token, "used", clock.at)
    refresh(app, token)
    assert expires(app) == [end]


def test_a_login_is_kept_no_longer_than_the_shorter_limit(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 1)
    start().log_in()
    assert expires(app) == [clock.at + DAY]


@pytest.mark.parametrize("act", ["log_in", "refresh"])
def test_rows_of_logins_that_are_over_go_in_bounded_steps(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    for _ in range(12):
        app.log_in()
    clock.at += kit.REFRESH_IDLE_DAYS * DAY + store.MARGIN
    token = app.log_in()
    assert app.corner.logins() == 13, "the margin is not over"
    clock.at += 1
    counts = []
    for _ in range(4):
        if act == "refresh":
            token = refresh(app, token)
            counts.append(app.corner.logins() - 1)
        else:
            app.revoke(token)
            token = app.log_in()
            counts.append(app.corner.logins() - 1)
    assert counts == [7, 2, 0, 0]


def test_what_a_retry_needs_goes_with_the_next_calls_after_the_grace(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards not even an old token and all that is stored give the newest one."""
    monkeypatch.setattr(store, "STEP", 2)
    tokens = [app.log_in() for _ in range(5)]
    for token in tokens:
        refresh(app, token)
    other = app.log_in()
    clock.at += kit.GRACE_SECONDS + store.MARGIN
    app.log_in()
    assert all(app.corner.nonce(token) for token in tokens), "the margin is not over"
    clock.at += 1
    acts: list[Callable[[], object]] = [lambda: refresh(app, other), app.log_in, app.log_in]
    counts = []
    for act in acts:
        act()
        counts.append(sum(app.corner.nonce(token) is not None for token in tokens))
    assert counts == [3, 1, 0]
    cannot_refresh(app, tokens[0], "used before")


def users(app: App) -> int:
    return int(app.corner.database.run("SELECT count(*) FROM refresh_users")[0][0])


def test_rows_of_users_go_when_no_login_of_theirs_can_be_open(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    longest = (kit.REFRESH_ABSOLUTE_DAYS * DAY + store.MARGIN) * SECOND
    for number in range(8):
        app.revoke_all(f"gone-{number}")
    now = app.issuer.begin()
    sql = "UPDATE refresh_users SET latest = ?"
    app.corner.database.run(sql, now - longest + 60 * SECOND)
    app.log_in()
    assert users(app) == 9, "a login could still be open"
    app.corner.database.run(f"{sql} WHERE cut_off > 0", now - longest - SECOND)
    counts = []
    for _ in range(3):
        app.log_in()
        counts.append(users(app))
    assert counts == [4, 1, 1]


def test_a_cut_off_outlives_a_login_that_is_under_way_however_short_the_limits_are(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.revoke_all("alice")
    moment = app.issuer.begin() - store.LOGIN_SECONDS * SECOND
    app.corner.database.run("UPDATE refresh_users SET latest = ?", moment)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 0)
    start().log_in("bob")
    assert users(app) == 2


@pytest.mark.parametrize("statements", ["CLEAR_LOGINS", "CLEAR_USERS"])
def test_nothing_fails_because_clearing_away_does(
    app: App, monkeypatch: pytest.MonkeyPatch, statements: str
) -> None:
    monkeypatch.setattr(store, statements, (("SELECT 1 FROM nowhere WHERE x < ?", ""),))
    refresh(app, app.log_in())
