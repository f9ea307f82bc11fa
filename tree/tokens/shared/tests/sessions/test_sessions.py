"""Attacks on sessions: tokens that say nothing by themselves, and the store that knows them."""

import hashlib
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest

import samples
import store
import tokens as kit
from sessions import ACTS, App, Clock, moment


@pytest.mark.parametrize("user", ["000017", "12345678901234567890", "zoë/😀\\\"'\n", "of:x", "a:b"])
def test_it_gives_back_the_exact_user_id(app: App, user: str) -> None:
    token = app.issue(user)
    assert app.verify(token)["sub"] == user
    assert app.verify(token)["sub"] == user, "the record that the first check wrote back"


@pytest.mark.parametrize("user", ["", None, 17, b"alice"])
def test_it_opens_no_session_without_a_user_id(app: App, user: object) -> None:
    with pytest.raises(ValueError, match="subject"):
        app.issue(user)  # type: ignore[arg-type]
    assert app.corner.dump() == ""


def test_tokens_are_long_and_never_the_same(app: App) -> None:
    tokens = {app.issue("alice") for _ in range(50)}
    assert len(tokens) == 50
    assert all(store.SHAPE.fullmatch(token) for token in tokens)


def test_the_store_holds_no_token(app: App) -> None:
    token = app.issue("alice")
    app.verify(token)
    assert hashlib.sha256(token.encode()).hexdigest() in app.corner.dump()
    assert token not in app.corner.dump()


def test_it_refuses_what_stands_in_the_store(app: App) -> None:
    token = app.issue("alice")
    digest = hashlib.sha256(token.encode())
    replays = [digest.hexdigest(), app.corner.name_of(token), digest.hexdigest()[:43]]
    replays.append(urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    for replay in replays:
        with pytest.raises(kit.InvalidToken):
            app.verify(replay)


def test_it_refuses_an_unknown_token(app: App) -> None:
    app.issue("alice")
    with pytest.raises(kit.InvalidToken):
        app.verify(secrets.token_urlsafe(32))


@pytest.mark.parametrize("place", [0, 21, 42])
def test_it_refuses_a_token_with_one_character_changed(app: App, place: int) -> None:
    token = app.issue("alice")
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(kit.InvalidToken):
        app.verify(token[:place] + other + token[place + 1 :])


# What becomes of a good token.
MISSHAPEN: dict[str, Callable[[str], Any]] = {
    "empty": lambda _: "",
    "none": lambda _: None,
    "a number": lambda _: 17,
    "bytes": lambda token: token.encode(),
    "a list": lambda token: [token],
    "cut": lambda token: token[:-1],
    "a line break behind": lambda token: token + "\n",
    "padded": lambda token: token + "=",
    "too long by 1": lambda token: token + "A",
    "a blank before": lambda token: " " + token,
    "é in front": lambda token: "é" + token[1:],
    "a wide letter in front": lambda token: "\N{FULLWIDTH LATIN CAPITAL LETTER A}" + token[1:],
    "half a character": lambda token: "\ud800" + token[1:],
    "a zero byte": lambda token: token[:-1] + "\x00",
    "the name of an index": lambda _: "of:alice",
    "stars": lambda _: "*" * 43,
    "long": lambda token: token * 100_000,
}


@pytest.mark.parametrize("misshape", MISSHAPEN)
def test_it_refuses_any_other_shape_unasked(app: App, nowhere: App, misshape: str) -> None:
    token = MISSHAPEN[misshape](app.issue("alice"))
    with pytest.raises(kit.InvalidToken, match="shape"):
        nowhere.verify(token)  # a look-up would raise StoreUnavailable
    nowhere.revoke(token)


def test_logout_ends_this_session_alone(app: App) -> None:
    laptop, phone = app.issue("alice"), app.issue("alice")
    app.revoke(laptop)
    with pytest.raises(kit.InvalidToken):
        app.verify(laptop)
    assert app.verify(phone)["sub"] == "alice"


def test_logging_out_twice_does_no_harm(app: App) -> None:
    token = app.issue("alice")
    app.revoke(token)
    app.revoke(token)
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_it_ends_all_sessions_of_the_user_and_no_others(app: App) -> None:
    """What follows a changed password, a disabled account, or "log out everywhere"."""
    tokens = [app.issue("alice") for _ in range(3)]
    other = app.issue("alice2")
    app.verify(tokens[1])
    app.revoke_all("alice")
    for token in tokens:
        with pytest.raises(kit.InvalidToken):
            app.verify(token)
    assert app.verify(other)["sub"] == "alice2"


def test_a_login_after_log_out_everywhere_works(app: App) -> None:
    app.issue("alice")
    app.revoke_all("alice")
    token = app.issue("alice")
    assert app.verify(token)["sub"] == "alice"
    app.revoke_all("alice")
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_log_out_everywhere_finds_sessions_opened_at_that_moment(app: App) -> None:
    """Whatever was opened before the last call is ended: none is alive and unlisted."""
    opened: list[str] = []

    def log_in() -> None:
        opened.extend(app.issue("alice") for _ in range(50))

    threads = [threading.Thread(target=log_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        app.revoke_all("alice")
    app.revoke_all("alice")
    assert len(opened) == 200
    for token in opened:
        with pytest.raises(kit.InvalidToken):
            app.verify(token)


def test_a_login_drops_the_id_that_came_before_it(app: App) -> None:
    planted = app.issue("attacker")
    token = app.issue("alice", replaces=planted)
    assert token != planted
    with pytest.raises(kit.InvalidToken):
        app.verify(planted)
    assert app.verify(token)["sub"] == "alice"


@pytest.mark.parametrize("planted", ["", "x", "A" * 43, "é" * 43, "A" * 1_000_000])
def test_a_login_never_adopts_a_planted_id(app: App, planted: str) -> None:
    assert app.issue("alice", replaces=planted) != planted
    with pytest.raises(kit.InvalidToken):
        app.verify(planted)


def test_it_ends_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    clock.time += kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        app.verify(token)
    clock.time -= kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        app.verify(token)  # gone for good, not merely refused


def test_a_request_starts_the_idle_time_anew(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    for _ in range(3):
        clock.time += kit.IDLE_MINUTES * 60 - 1
        app.verify(token)
        assert (moment(app, token, "created"), moment(app, token, "seen")) == (opened, clock.time)


def test_it_ends_after_the_absolute_limit_despite_activity(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    end = opened + kit.ABSOLUTE_HOURS * 3600
    for at in [*range(opened, end, 600), end - 1]:
        clock.time = at
        assert app.verify(token)["sub"] == "alice"
    assert moment(app, token, "created") == opened
    clock.time = end
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_clock_that_runs_behind_does_not_prolong_a_session(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    clock.time = opened + 60
    app.verify(token)
    clock.time = opened + 30
    app.verify(token)
    assert moment(app, token, "seen") == opened + 60


def test_no_check_brings_an_ended_session_back(app: App) -> None:
    """Eight readers hammer the session while it is revoked; afterwards nothing of it is left."""
    token = app.issue("alice")
    started, revoked = threading.Barrier(9), threading.Event()

    def read() -> None:
        started.wait()
        for _ in range(300):
            try:
                app.verify(token)
            except kit.InvalidToken:
                if revoked.is_set():
                    return

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    app.revoke(token)
    revoked.set()
    for thread in threads:
        thread.join()
    assert not app.corner.exists(token)


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_never_an_answer(nowhere: App, act: str) -> None:
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](nowhere)


def test_no_message_contains_the_token(app: App) -> None:
    for token in [secrets.token_urlsafe(32), "x" * 50]:
        with pytest.raises(kit.InvalidToken) as refusal:
            app.verify(token)
        assert token not in str(refusal.value)


# How it starts


def test_an_application_can_start_before_its_store_does(nowhere: App) -> None:
    """Until then it answers 503."""
    with pytest.raises(kit.StoreUnavailable):
        nowhere.issue("alice")


def test_the_samples_are_what_they_say(app: App) -> None:
    assert app.verify(samples.good("alice"))["sub"] == "alice"
    expired = samples.expired()
    assert app.corner.exists(expired), "the store may not have dropped it on its own"
    for token in (expired, samples.forged()):
        with pytest.raises(kit.InvalidToken, match="expired"):
            app.verify(token)
