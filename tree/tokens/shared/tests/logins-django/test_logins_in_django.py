"""What is peculiar to refresh tokens in the tables of a Django project: calls that meet in one row,
transactions around them, damage, and rows that nobody needs any more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

import store
import tokens as kit
from by_hand import Clock, Verify
from django_store import Database
from login_records import user_key
from logins import App, cannot_refresh, refresh, start

SECOND = 1_000_000  # microseconds, in which the clock of the database counts
DAY = 86400
ON_SQLITE = connections["default"].vendor == "sqlite"
sqlite_only = pytest.mark.skipif(not ON_SQLITE, reason="SQLite alone keeps any type in any column")


class Interruption:
    """Acts once, between what a call reads of a login and what it writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
        self.is_due, self.result = True, None
        read = store.Families._read

        def interrupted(families: store.Families, *values: Any) -> Any:
            is_due, self.is_due = self.is_due, False
            record = read(families, *values)
            if is_due:
                self.result = act()
            return record

        monkeypatch.setattr(store.Families, "_read", interrupted)


def test_of_two_that_read_the_same_row_the_second_gets_what_the_first_wrote(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.log_in()
    quicker = Interruption(monkeypatch, lambda: refresh(app, first))
    second = refresh(app, first)
    assert second == quicker.result
    refresh(app, second)


ENDS: dict[str, tuple[Callable[[App, str], object], str]] = {
    "logout": (lambda app, token: app.revoke(token), "unknown"),
    "reuse": (lambda app, token: refresh(app, refresh(app, token)), "used before"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_login_that_ends_between_reading_and_writing_stays_ended(
    app: App, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    act, why = ENDS[end]
    token = app.log_in()
    Interruption(monkeypatch, lambda: act(app, token))
    cannot_refresh(app, token, why)
    cannot_refresh(app, token, "unknown")
    assert app.corner.logins() == 0


def test_what_fails_halfway_leaves_nothing(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store, "read_hash", lambda _: None)  # which no column takes
        with pytest.raises(kit.StoreUnavailable):
            app.log_in()
    assert app.dump() == ""


def test_a_rotation_that_is_rolled_back_costs_nothing(app: App) -> None:
    """As with ATOMIC_REQUESTS and an error after it: the answer does not get out."""
    token = app.log_in()

    @transaction.atomic
    def view() -> None:
        refresh(app, token)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        view()
    refresh(app, refresh(app, token))


def test_a_login_that_begins_before_the_new_password_is_committed_does_not_survive(
    app: App,
) -> None:
    with transaction.atomic():
        app.revoke_all("alice")
        begun = app.issuer.begin()
    with pytest.raises(kit.InvalidToken, match="under way"):
        app.issuer.log_in("alice", "web", begun=begun)


@pytest.mark.parametrize("name", ["a\0b", "\u00e9" * 400, "x" * 2000, "%s ?"])
def test_names_of_any_length_and_with_any_characters_have_logins(
    app: App, verify: Verify, name: str
) -> None:
    """PostgreSQL keeps no zero byte in a text, and no long text in an index."""
    token = app.issuer.log_in(name, name).refresh
    pair = app.issuer.refresh(token, name)
    assert verify(pair.access)["sub"] == name
    app.revoke_all(name)
    cannot_refresh(app, pair.refresh, "logged out everywhere", name)


def put(table: str, column: str, value: Any) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"UPDATE token_store_{table} SET {column} = %s", [value])


@sqlite_only
@pytest.mark.parametrize(
    ("column", "value"), [("subject", "alice"), ("generation", "x"), ("used", -1), ("nonce", "x")]
)
def test_a_damaged_login_is_an_error_and_issues_nothing(
    app: App, column: str, value: object
) -> None:
    first = app.log_in()
    refresh(app, first)
    put("refreshlogin", column, value)
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(first, "web")
    assert app.corner.has_login(first)


@sqlite_only
@pytest.mark.parametrize(("column", "value"), [("generation", "x"), ("cut_off", -1)])
def test_what_is_damaged_of_a_user_is_an_error_until_the_user_is_logged_out_everywhere(
    app: App, column: str, value: object
) -> None:
    token, begun = app.log_in(), app.issuer.begin()
    put("refreshuser", column, value)
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.log_in("alice", "web", begun=begun)
    if column == "generation":
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(token, "web")
    app.revoke_all("alice")
    cannot_refresh(app, token, "logged out everywhere")
    refresh(app, app.log_in())


@sqlite_only
@pytest.mark.parametrize("value", ["soon", b"\xff", 1e300])
def test_a_damaged_clock_is_an_error_and_issues_nothing(app: App, value: object) -> None:
    app.log_in()
    put("refreshuser", "latest", value)
    acts: list[Callable[[], object]] = [
        app.issuer.begin, app.log_in, lambda: app.revoke_all("alice"),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(kit.StoreUnavailable):
            act()


def test_a_login_keeps_the_clock_where_it_was(app: App) -> None:
    app.corner.set_clock(app.issuer.begin() + 3600 * SECOND)
    moment = app.issuer.begin()
    app.log_in()
    app.corner.reset_clock()
    assert app.issuer.begin() == moment


def test_the_cost_does_not_grow_with_the_logins(app: App) -> None:
    costs = []
    for logins in (1, 50):
        for _ in range(logins):
            app.log_in()
        with CaptureQueriesContext(connections["default"]) as queries:
            app.revoke_all("alice")
        costs.append(len(queries))
        token = app.log_in()
        with CaptureQueriesContext(connections["default"]) as queries:
            refresh(app, token)
        costs.append(len(queries))
    assert costs[:2] == costs[2:]


def expires(app: App) -> list[int]:
    return list(app.corner.families.logins.values_list("expires", flat=True))


def test_the_row_of_a_login_is_kept_as_long_as_both_limits_allow(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    app.revoke(token)
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


def test_rows_of_users_go_when_no_login_of_theirs_can_be_open(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "STEP", 5)
    longest = (kit.REFRESH_ABSOLUTE_DAYS * DAY + store.MARGIN) * SECOND
    users = app.corner.families.users
    for number in range(8):
        app.revoke_all(f"gone-{number}")
    now = app.issuer.begin()
    users.update(latest=now - longest + 60 * SECOND)
    app.log_in()
    assert users.count() == 9, "a login could still be open"
    users.exclude(name=user_key("alice")).update(latest=now - longest - SECOND)
    counts = []
    for _ in range(3):
        app.log_in()
        counts.append(users.count())
    assert counts == [4, 1, 1]


def test_a_cut_off_outlives_a_login_that_is_under_way_however_short_the_limits_are(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.revoke_all("alice")
    moment = app.issuer.begin() - store.LOGIN_SECONDS * SECOND
    app.corner.families.users.update(latest=moment)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 0)
    start().log_in("bob")
    assert app.corner.families.users.count() == 2


def test_nothing_fails_because_clearing_away_does(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise kit.StoreUnavailable("no")

    monkeypatch.setattr(Database, "delete_some", fail)
    refresh(app, app.log_in())
