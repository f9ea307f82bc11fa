"""Attacks on "log out everywhere": a login that is under way, a clock that is set back, a full
store, and a user with very many sessions."""

import threading
from collections.abc import Callable

import pytest

import samples
import store
import tokens as kit
from sessions import App

SECOND = 1_000_000  # microseconds, in which the store counts


def test_a_login_that_was_under_way_does_not_survive(app: App) -> None:
    """The password was right, then it was changed, and the session comes last."""
    login = app.issue.begin()
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken, match="logged out everywhere while this login"):
        app.issue("alice", begun=login)
    assert not app.corner.tokens()


def test_a_refused_login_opens_no_session_and_ends_none(app: App) -> None:
    planted, login = app.issue("mallory"), app.issue.begin()
    app.revoke_all("alice")
    before = app.corner.dump()
    with pytest.raises(kit.InvalidToken):
        app.issue("alice", begun=login, replaces=planted)
    assert app.corner.dump() == before


def test_a_login_of_another_user_is_not_touched(app: App) -> None:
    login = app.issue.begin()
    app.revoke_all("alice")
    assert app.verify(app.issue("bob", begun=login))["sub"] == "bob"


def test_a_login_that_begins_afterwards_works_at_once(app: App) -> None:
    for _ in range(50):
        app.revoke_all("alice")
        token = app.issue("alice", begun=app.issue.begin())
        assert app.verify(token)["sub"] == "alice"
        assert app.verify(app.issue("alice"))["sub"] == "alice"


def test_it_ends_each_session_that_was_opened_before_and_none_after(app: App) -> None:
    """However close together: the stamps of the store are all different enough."""
    for _ in range(50):
        before = [app.issue("alice"), app.issue("alice", begun=app.issue.begin())]
        app.revoke_all("alice")
        after = app.issue("alice")
        for token in before:
            with pytest.raises(kit.InvalidToken):
                app.verify(token)
        assert app.verify(after)["sub"] == "alice"


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        (lambda now: now - store.LOGIN_SECONDS * SECOND - SECOND, "too long"),
        (lambda _: 0, "too long"),
        (lambda _: -1, "too long"),
        (lambda now: now + 60 * SECOND, "future"),
        (lambda now: now * 1000, "future"),
        (lambda _: 10**30, "future"),
    ],
)
def test_a_login_begins_neither_long_ago_nor_in_the_future(
    app: App, moved: Callable[[int], int], reason: str
) -> None:
    with pytest.raises(kit.InvalidToken, match=reason):
        app.issue("alice", begun=moved(app.issue.begin()))


def test_a_login_may_take_minutes(app: App) -> None:
    login = app.issue.begin() - store.LOGIN_SECONDS * SECOND + 5 * SECOND
    assert app.verify(app.issue("alice", begun=login))["sub"] == "alice"


def test_the_moment_of_a_login_is_that_of_the_store(app: App) -> None:
    before, login, after = app.corner.now(), app.issue.begin(), app.corner.now()
    assert before <= login <= after


def test_a_clock_that_is_set_back_revives_no_session_and_delays_no_login(app: App) -> None:
    """As after a failover to a machine whose clock runs behind."""
    ahead = app.corner.now() + 3600 * SECOND
    app.corner.set_clock(ahead)
    old, login = app.issue("alice"), app.issue.begin()
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken):
        app.verify(old)
    with pytest.raises(kit.InvalidToken):
        app.issue("alice", begun=login)
    assert app.verify(app.issue("alice"))["sub"] == "alice"
    assert app.verify(app.issue("alice", begun=app.issue.begin()))["sub"] == "alice"


def test_logins_and_log_outs_at_the_same_time_leave_no_session_from_before(app: App) -> None:
    """Each login begins, waits for the password, and opens a session, while others log out."""
    opened: list[str] = []
    stop = threading.Event()

    def log_in() -> None:
        while not stop.is_set():
            login = app.issue.begin()
            try:
                opened.append(app.issue("alice", begun=login))
            except kit.InvalidToken:
                continue

    threads = [threading.Thread(target=log_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        app.revoke_all("alice")
    stop.set()
    for thread in threads:
        thread.join()
    app.revoke_all("alice")
    assert opened
    for token in opened:
        with pytest.raises(kit.InvalidToken):
            app.verify(token)


@pytest.mark.parametrize("subject", ["\ud800", "al\udfffice", "alice\udc00"])
def test_a_user_id_with_half_a_character_is_refused(app: App, subject: str) -> None:
    acts: list[Callable[[], object]] = [
        lambda: app.issue(subject),
        lambda: app.issue(subject, begun=app.issue.begin()),
        lambda: app.revoke_all(subject),
    ]
    for act in acts:
        with pytest.raises(kit.InvalidToken):
            act()


def test_a_session_of_the_samples_ends_too(app: App) -> None:
    token = samples.good("alice")
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken):
        app.verify(token)
