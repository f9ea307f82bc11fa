"""A refresh token that comes again: from a client that lost an answer, a second tab, or a thief."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import tokens as kit
from by_hand import Clock, Verify
from logins import App, cannot_refresh, login_of, refresh, start
from refresh_tokens import next_secret


def test_a_retry_after_a_lost_answer_gets_the_same_refresh_token(app: App) -> None:
    first = app.log_in()
    lost = refresh(app, first)
    assert refresh(app, first) == lost
    assert refresh(app, lost) not in (first, lost)


def test_a_retry_gets_an_access_token_of_its_own(app: App, verify: Verify) -> None:
    first = app.log_in()
    lost, again = (verify(app.issuer.refresh(first, "web").access) for _ in range(2))
    assert lost["jti"] != again["jti"]
    assert lost["sid"] == again["sid"] == login_of(first)


def test_a_retry_changes_nothing_in_the_store(app: App, clock: Clock) -> None:
    first = app.log_in()
    refresh(app, first)
    before = app.dump()
    clock.at += 30
    refresh(app, first)
    assert app.dump() == before


@pytest.mark.usefixtures("clock")
def test_a_client_that_crashes_before_it_saves_the_answer_goes_on_with_the_token_it_has(
    app: App,
) -> None:
    saved = app.log_in()
    for _ in range(5):
        refresh(app, saved)  # and the crash
        saved = refresh(app, saved)
    refresh(app, saved)


def test_a_phone_that_loses_answer_after_answer_stays_logged_in(app: App, clock: Clock) -> None:
    token = app.log_in()
    for _ in range(10):
        answers = {refresh(app, token)}
        for _ in range(3):
            clock.at += (kit.GRACE_SECONDS - 1) // 3
            answers.add(refresh(app, token))
        (token,) = answers
        clock.at += 3600
    refresh(app, token)


def test_two_tabs_go_on_with_one_token(app: App, clock: Clock) -> None:
    shared = app.log_in()
    for _ in range(5):
        quick = refresh(app, shared)
        clock.at += 1
        slow = refresh(app, shared)
        assert quick == slow
        shared = slow
        clock.at += 900


@pytest.mark.parametrize("racers", [2, 16])
def test_simultaneous_refreshes_get_one_and_the_same_new_token(app: App, racers: int) -> None:
    for _ in range(5):
        token, ready = app.log_in(), threading.Barrier(racers)

        def race(token: str = token, ready: threading.Barrier = ready) -> str:
            ready.wait()
            return refresh(app, token)

        with ThreadPoolExecutor(racers) as threads:
            answers = [threads.submit(race) for _ in range(racers)]
        (successor,) = {answer.result() for answer in answers}
        refresh(app, successor)


def test_retries_work_to_the_end_of_the_grace_and_do_not_prolong_it(app: App, clock: Clock) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS - 1
    assert refresh(app, first) == second
    clock.at += 1
    cannot_refresh(app, first, "used before")


def test_after_the_grace_the_previous_token_ends_the_login_and_its_successor(
    app: App, clock: Clock
) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, second, "unknown")
    cannot_refresh(app, first, "unknown")


@pytest.mark.usefixtures("clock")
def test_once_its_successor_was_used_a_token_is_a_copy_inside_the_grace_too(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    third = refresh(app, second)
    cannot_refresh(app, first, "used before")
    for token in (second, third):
        cannot_refresh(app, token, "unknown")


@pytest.mark.usefixtures("clock")
def test_a_retry_is_no_excuse_for_the_token_before_it(app: App) -> None:
    """Whoever holds the second token has used the first: the first is a copy."""
    first = app.log_in()
    second = refresh(app, first)
    third = refresh(app, second)
    assert refresh(app, second) == third
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, third, "unknown")


def test_an_old_token_ends_the_login_whatever_its_age(app: App, clock: Clock) -> None:
    first = app.log_in()
    newest = first
    for _ in range(5):
        newest = refresh(app, newest)
        clock.at += 900
    newest = refresh(app, newest)
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, newest, "unknown")


def test_a_wrong_secret_ends_the_login_like_an_old_one(app: App) -> None:
    """Only who had a token of this login knows its handle."""
    first = app.log_in()
    stranger = f"{first.partition('.')[0]}.{app.log_in().partition('.')[2]}"
    cannot_refresh(app, stranger, "used before")
    cannot_refresh(app, first, "unknown")


def test_a_thief_who_refreshes_first_loses_it_when_the_owner_comes(app: App, clock: Clock) -> None:
    stolen = app.log_in()
    thief = refresh(app, stolen)
    clock.at += 3600
    thief = refresh(app, thief)
    cannot_refresh(app, stolen, "used before")
    cannot_refresh(app, thief, "unknown")


def test_a_thief_who_replays_later_ends_the_login(app: App, clock: Clock) -> None:
    stolen = app.log_in()
    owner = refresh(app, stolen)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, stolen, "used before")
    cannot_refresh(app, owner, "unknown")


def test_a_thief_inside_the_grace_is_found_out_at_the_next_refresh(app: App, clock: Clock) -> None:
    """Thief and owner hold the same token then, and the second of them to use it is late."""
    stolen = app.log_in()
    owner = refresh(app, stolen)
    thief = refresh(app, stolen)
    clock.at += 900
    owner = refresh(app, owner)
    clock.at += 900
    cannot_refresh(app, thief, "used before")
    cannot_refresh(app, owner, "unknown")


def test_other_logins_of_the_user_survive_a_reuse(app: App, clock: Clock) -> None:
    laptop, phone = app.log_in(), app.log_in()
    refresh(app, laptop)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, laptop, "used before")
    refresh(app, phone)


def test_another_client_cannot_retry(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    cannot_refresh(app, first, "another client", "mobile")
    assert refresh(app, first) == second


@pytest.mark.parametrize("end", ["logout", "log out everywhere", "idle", "absolute"])
def test_the_grace_ends_with_the_login(app: App, clock: Clock, end: str) -> None:
    first = app.log_in()
    if end == "absolute":
        kept = clock.at
        app.corner.put(first, "began", kept - kit.REFRESH_ABSOLUTE_DAYS * 86400 + 10)
    second = refresh(app, first)
    if end == "logout":
        app.revoke(second)
    elif end == "log out everywhere":
        app.revoke_all("alice")
    elif end == "idle":
        app.corner.put(first, "used", clock.at - kit.REFRESH_IDLE_DAYS * 86400)
    else:
        clock.at += 10
    cannot_refresh(app, first)
    cannot_refresh(app, second, "unknown")
    assert not app.corner.has_login(first)
    assert app.corner.nonce(first) is None


def test_a_retry_can_be_refused_altogether(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a grace of 0, at the price that README.md names."""
    monkeypatch.setattr(kit, "GRACE_SECONDS", 0)
    strict = start()
    first = app.log_in()
    second = refresh(strict, first)
    assert app.corner.nonce(first) is None
    cannot_refresh(strict, first, "used before")
    cannot_refresh(strict, second, "unknown")


def test_the_store_alone_gives_no_token(app: App) -> None:
    """Not in clear, and nothing that computes one."""
    first = app.log_in()
    second = refresh(app, first)
    stored, nonce = app.dump(), str(app.corner.nonce(first))
    for secret in [*first.split("."), *second.split(".")]:
        assert secret not in stored
    handle, secret = second.split(".")
    record = [app.corner.get(first, field) for field in ("current", "previous", "used", "began")]
    assert next_secret(first.partition(".")[2], nonce) == secret
    for text in [*record, login_of(first), nonce, handle, ""]:
        assert next_secret(text, nonce) != secret


def test_an_older_token_and_the_store_do_not_give_the_newest_one(app: App) -> None:
    first = app.log_in()
    newest = refresh(app, refresh(app, first)).partition(".")[2]
    nonce, secret = str(app.corner.nonce(first)), first.partition(".")[2]
    for _ in range(5):
        secret = next_secret(secret, nonce)
        assert secret != newest
