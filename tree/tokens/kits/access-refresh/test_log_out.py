"""Logging out: of one login, everywhere, and while another login is under way."""

import contextlib
import threading
from typing import Any

import pytest

import tokens as kit
from by_hand import LIFE, Clock, Verify, refuse
from logins import App, cannot_refresh, refresh


def test_logout_ends_this_login_alone(app: App) -> None:
    laptop, phone = app.log_in(), app.log_in()
    app.revoke(laptop)
    cannot_refresh(app, laptop, "unknown")
    app.revoke(laptop)
    refresh(app, phone)


def test_logout_with_an_older_token_ends_the_login_too(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.revoke(first)
    for token in (first, second):
        cannot_refresh(app, token, "unknown")


def test_logout_does_not_end_the_access_tokens_that_are_out(
    app: App, verify: Verify, clock: Clock
) -> None:
    """The price of services that ask nobody; README.md says so."""
    pair = app.issuer.log_in("alice", "web")
    app.revoke(str(pair.refresh))
    app.revoke_all("alice")
    clock.at += LIFE - 1
    assert verify(pair.access)["sub"] == "alice"
    clock.at += 1
    refuse(pair.access, verify, "ExpiredSignature")


def test_logout_needs_a_refresh_token(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    app.revoke(pair.access)
    refresh(app, str(pair.refresh))


def test_a_login_that_ended_leaves_nothing_behind(app: App) -> None:
    """No list of a user's logins that only grows."""
    for _ in range(20):
        first = app.log_in()
        refresh(app, first)
        app.revoke(first)
        assert app.corner.nonce(first) is None
    assert app.corner.logins() == 0


def test_it_ends_all_logins_of_the_user_and_no_others(app: App) -> None:
    """What follows a changed password, a disabled account, or "log out everywhere"."""
    first, phone = app.log_in(), app.log_in()
    second = refresh(app, first)
    other = app.log_in("alice2")
    app.revoke_all("alice")
    for token in (second, first, phone):
        cannot_refresh(app, token, "logged out everywhere|unknown")
    assert app.issuer.refresh(other, "web").refresh
    refresh(app, app.log_in())


def test_log_out_everywhere_ends_logins_opened_at_that_moment(app: App) -> None:
    """Whatever was opened before the last call is ended."""
    opened: list[str] = []

    def log_in_often() -> None:
        opened.extend(app.log_in() for _ in range(50))

    threads = [threading.Thread(target=log_in_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        app.revoke_all("alice")
    app.revoke_all("alice")
    assert len(opened) == 200
    for token in opened:
        cannot_refresh(app, token, "logged out everywhere")


def test_no_refresh_brings_an_ended_login_back(app: App) -> None:
    """Refreshes run while the user is logged out everywhere; afterwards none is alive."""
    for _ in range(5):
        tokens = [app.log_in() for _ in range(8)]
        ready, renewed = threading.Barrier(9), list[str]()

        def race(token: str, ready: Any = ready, renewed: Any = renewed) -> None:
            ready.wait()
            with contextlib.suppress(kit.InvalidToken):
                for _ in range(50):
                    token = refresh(app, token)
                    renewed.append(token)

        threads = [threading.Thread(target=race, args=[token]) for token in tokens]
        for thread in threads:
            thread.start()
        ready.wait()
        app.revoke_all("alice")
        for thread in threads:
            thread.join()
        for token in tokens + renewed:
            cannot_refresh(app, token, "unknown|logged out everywhere")


def test_a_login_that_began_before_does_not_survive(app: App) -> None:
    """The old password was right; then it was changed; only then the login is opened."""
    begun = app.issuer.begin()
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken, match="logged out everywhere while this login was under"):
        app.issuer.log_in("alice", "web", begun=begun)
    assert app.corner.logins() == 0


def test_a_login_that_began_just_then_does_not_survive(app: App) -> None:
    """Within the same microsecond the login counts as the earlier one."""
    begun = app.issuer.begin() + 3_600_000_000
    app.corner.set_clock(begun)
    assert app.issuer.begin() == begun
    app.revoke_all("alice")
    assert app.issuer.begin() > begun
    with pytest.raises(kit.InvalidToken):
        app.issuer.log_in("alice", "web", begun=begun)


def test_the_next_login_works_at_once(app: App) -> None:
    """Within the same microsecond too: a cut-off counts on when the clock has not moved."""
    for _ in range(200):
        app.revoke_all("alice")
        begun = app.issuer.begin()
        refresh(app, app.issuer.log_in("alice", "web", begun=begun).refresh)
        app.revoke_all("alice")
        refresh(app, app.log_in())


def test_another_login_that_is_under_way_goes_on(app: App) -> None:
    begun = app.issuer.begin()
    app.revoke_all("bob")
    refresh(app, app.issuer.log_in("alice", "web", begun=begun).refresh)


def test_logins_that_are_under_way_at_the_same_time_all_succeed(app: App) -> None:
    early, late = app.issuer.begin(), app.issuer.begin()
    for begun in (late, early):
        refresh(app, app.issuer.log_in("alice", "web", begun=begun).refresh)


def test_a_login_takes_ten_minutes_at_most(app: App) -> None:
    minutes = 60_000_000
    now = app.issuer.begin()
    refresh(app, app.issuer.log_in("alice", "web", begun=now - 9 * minutes).refresh)
    for begun in (now - 10 * minutes, 0, -1):
        with pytest.raises(kit.InvalidToken, match="ten minutes"):
            app.issuer.log_in("alice", "web", begun=begun)


@pytest.mark.parametrize("ahead", [1_000_000_000, 10**18, 10**400])
def test_no_login_begins_in_the_future(app: App, ahead: int) -> None:
    """It would outlive every log-out-everywhere until then."""
    with pytest.raises(kit.InvalidToken, match="future"):
        app.issuer.log_in("alice", "web", begun=app.issuer.begin() + ahead)


@pytest.mark.parametrize("begun", [True, "1", 1.5, b"1", ()])
def test_a_login_begins_with_nothing_but_what_begin_returned(app: App, begun: Any) -> None:
    with pytest.raises(ValueError, match="begin"):
        app.issuer.log_in("alice", "web", begun=begun)


def test_a_clock_that_is_set_back_revives_nothing(app: App) -> None:
    """The store's clock was an hour ahead when somebody logged out everywhere."""
    app.corner.set_clock(app.issuer.begin() + 3_600_000_000)
    old, begun = app.log_in(), app.issuer.begin()
    app.revoke_all("alice")
    cannot_refresh(app, old, "logged out everywhere")
    with pytest.raises(kit.InvalidToken):
        app.issuer.log_in("alice", "web", begun=begun)
    new = app.issuer.log_in("alice", "web", begun=app.issuer.begin()).refresh
    new = refresh(app, new)
    app.revoke_all("alice")
    cannot_refresh(app, new, "logged out everywhere")
    refresh(app, app.log_in())


def test_a_login_that_began_before_the_clock_was_set_back_is_refused(app: App) -> None:
    """It would be younger than every cut-off of the next hour."""
    app.corner.set_clock(app.issuer.begin() + 3_600_000_000)
    begun = app.issuer.begin()
    app.corner.reset_clock()
    with pytest.raises(kit.InvalidToken, match="future"):
        app.issuer.log_in("alice", "web", begun=begun)


def test_a_login_that_was_logged_out_leaves_the_store_when_it_is_used(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.revoke_all("alice")
    cannot_refresh(app, second, "logged out everywhere")
    assert second.partition(".")[0] not in app.dump()
    assert app.corner.nonce(first) is None
    assert app.corner.logins() == 0


def test_a_store_that_loses_what_it_knows_of_a_user_revives_no_login(app: App) -> None:
    """As one does that evicted entries for a while."""
    token = app.log_in()
    app.revoke_all("alice")
    app.corner.forget_user("alice")
    new = app.log_in()
    cannot_refresh(app, token, "logged out everywhere")
    app.corner.forget_user("alice")
    cannot_refresh(app, new, "logged out everywhere")
    refresh(app, app.log_in())
