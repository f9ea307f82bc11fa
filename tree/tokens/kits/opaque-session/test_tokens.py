"""Attacks on tokens.py and store.py. Needs a Redis: REDIS_URL says where."""

import hashlib
import os
import secrets
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import redis

import samples
import store
import tokens as kit

START = "redis-server --port 6379 --save '' --appendonly no"


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keeps each test's keys apart from every other's, and the times at what the tests expect."""
    monkeypatch.setattr(store, "PREFIX", f"test:{secrets.token_hex(8)}:")
    monkeypatch.setattr(kit, "IDLE_MINUTES", 30)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 12)
    return store.PREFIX


@dataclass(frozen=True)
class App:
    server: redis.Redis
    issue: kit.Issue
    verify: kit.Verify
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], int]


def start() -> App:
    revoker = kit.revoker()
    link = store.connect(kit.STORE_URL)
    return App(link, kit.issuer(), kit.verifier(), revoker.revoke, revoker.revoke_all)


@pytest.fixture
def app(prefix: str) -> Iterator[App]:
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    app = start()
    try:
        app.server.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield app
    for key in list(app.server.scan_iter(f"{prefix}*")):
        app.server.delete(key)


def record_of(token: str) -> str:
    return store.PREFIX + hashlib.sha256(token.encode()).hexdigest()


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = kit.now()
        monkeypatch.setattr(kit, "now", lambda: self.time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def dump(app: App) -> str:
    """All that stands in the store under our prefix: names and values."""
    found = []
    for key in app.server.scan_iter(f"{store.PREFIX}*"):
        is_hash = app.server.type(key) == "hash"
        found.append(
            f"{key} {app.server.hgetall(key) if is_hash else app.server.zrange(key, 0, -1)}"
        )
    return "\n".join(found)


def test_it_knows_who_a_fresh_token_belongs_to(app: App, clock: Clock) -> None:
    session = app.verify(app.issue("alice"))
    assert session == {"sub": "alice", "created": clock.time, "seen": clock.time}


@pytest.mark.parametrize("user", ["000017", "12345678901234567890", "zoë/😀\\\"'\n", "of:x", "a:b"])
def test_it_gives_back_the_exact_user_id(app: App, user: str) -> None:
    token = app.issue(user)
    assert app.verify(token)["sub"] == user
    assert app.verify(token)["sub"] == user, "the record that the first check wrote back"


@pytest.mark.parametrize("user", ["", None, 17, b"alice"])
def test_it_opens_no_session_without_a_user_id(app: App, user: object) -> None:
    with pytest.raises(ValueError, match="subject"):
        app.issue(user)  # type: ignore[arg-type]
    assert dump(app) == ""


def test_tokens_are_long_and_never_the_same(app: App) -> None:
    tokens = {app.issue("alice") for _ in range(50)}
    assert len(tokens) == 50
    assert all(store.SHAPE.fullmatch(token) for token in tokens)


def test_the_store_holds_no_token(app: App) -> None:
    token = app.issue("alice")
    app.verify(token)
    assert hashlib.sha256(token.encode()).hexdigest() in dump(app)
    assert token not in dump(app)


def test_it_refuses_what_stands_in_the_store(app: App) -> None:
    token = app.issue("alice")
    digest = hashlib.sha256(token.encode())
    replays = [digest.hexdigest(), f"{store.PREFIX}{digest.hexdigest()}", digest.hexdigest()[:43]]
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


@pytest.mark.parametrize(
    "misshape",
    [
        lambda _: "",
        lambda _: None,
        lambda _: 17,
        lambda token: token.encode(),
        lambda token: [token],
        lambda token: token[:-1],
        lambda token: token + "\n",
        lambda token: token + "=",
        lambda token: token + "A",
        lambda token: " " + token,
        lambda token: "é" + token[1:],
        lambda token: "\N{FULLWIDTH LATIN CAPITAL LETTER A}" + token[1:],
        lambda token: "\ud800" + token[1:],
        lambda token: token[:-1] + "\x00",
        lambda _: "of:alice",
        lambda _: "*" * 43,
        lambda token: token * 100_000,
    ],
)
def test_it_refuses_any_other_shape_unasked(
    app: App, monkeypatch: pytest.MonkeyPatch, misshape: Callable[[str], Any]
) -> None:
    token = misshape(app.issue("alice"))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    nowhere = start()
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
    assert app.revoke_all("alice") == 3
    for token in tokens:
        with pytest.raises(kit.InvalidToken):
            app.verify(token)
    assert app.verify(other)["sub"] == "alice2"


def test_a_login_after_log_out_everywhere_works(app: App) -> None:
    app.issue("alice")
    app.revoke_all("alice")
    assert app.verify(app.issue("alice"))["sub"] == "alice"
    assert app.revoke_all("alice") == 1


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
        assert app.verify(token) == {"sub": "alice", "created": opened, "seen": clock.time}


def test_it_ends_after_the_absolute_limit_despite_activity(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    end = opened + kit.ABSOLUTE_HOURS * 3600
    for moment in [*range(opened, end, 600), end - 1]:
        clock.time = moment
        assert app.verify(token)["created"] == opened
    clock.time = end
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_clock_that_runs_behind_does_not_prolong_a_session(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    clock.time = opened + 60
    app.verify(token)
    clock.time = opened + 30
    assert app.verify(token)["seen"] == opened + 60


def test_redis_itself_forgets_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    idle = kit.IDLE_MINUTES * 60
    assert idle - 5 <= app.server.ttl(record_of(token)) <= idle
    clock.time += idle - 1
    app.server.expire(record_of(token), 7)
    app.verify(token)
    assert idle - 5 <= app.server.ttl(record_of(token)) <= idle


def test_redis_itself_forgets_by_the_absolute_limit(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    end = clock.time + kit.ABSOLUTE_HOURS * 3600
    clock.time = end - 100
    app.server.hset(record_of(token), "seen", clock.time)
    app.verify(token)
    assert 95 <= app.server.ttl(record_of(token)) <= 100


def test_the_absolute_limit_binds_where_it_is_the_shorter(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "IDLE_MINUTES", 600)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 1)
    token = start().issue("alice")
    assert 3595 <= app.server.ttl(record_of(token)) <= 3600


def test_the_index_lists_only_sessions_that_can_be_alive(app: App, clock: Clock) -> None:
    app.issue("alice")
    clock.time += kit.ABSOLUTE_HOURS * 3600
    app.issue("alice")
    assert app.server.zcard(store._index("alice")) == 1
    assert 0 < app.server.ttl(store._index("alice")) <= kit.ABSOLUTE_HOURS * 3600


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
    assert app.server.exists(record_of(token)) == 0


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.COOKIE_NAME}=TOKEN"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert kit.COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


ACTS: dict[str, Callable[[App], object]] = {
    "issue": lambda app: app.issue("alice"),
    "login over a session": lambda app: app.issue("alice", replaces="A" * 43),
    "verify": lambda app: app.verify("A" * 43),
    "revoke": lambda app: app.revoke("A" * 43),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_never_an_answer(
    monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](start())


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("record", ["", "no JSON", "[]", "{}", '{"sub": "alice"}', "17"])
def test_a_damaged_record_is_an_error_and_never_a_session(app: App, record: str) -> None:
    token = app.issue("alice")
    app.server.set(record_of(token), record)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


@pytest.mark.parametrize("name", ["created", "seen"])
@pytest.mark.parametrize("value", [None, "", "soon"])
def test_a_record_with_a_damaged_time_is_an_error(app: App, name: str, value: str | None) -> None:
    token = app.issue("alice")
    app.server.hdel(record_of(token), name)
    if value is not None:
        app.server.hset(record_of(token), name, value)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


def test_a_record_without_a_subject_is_no_session(app: App) -> None:
    token = app.issue("alice")
    app.server.hdel(record_of(token), "sub")
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_no_message_contains_the_token(app: App) -> None:
    for token in [secrets.token_urlsafe(32), "x" * 50]:
        with pytest.raises(kit.InvalidToken) as refusal:
            app.verify(token)
        assert token not in str(refusal.value)


# How it starts


def test_starting_asks_nothing_of_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application can start before Redis does; until then it answers 503."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    with pytest.raises(kit.StoreUnavailable):
        start().issue("alice")


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    reached = store.connect("redis://127.0.0.1:5/2").get_connection_kwargs()
    assert (reached["port"], reached["db"]) == ((5, 2) if url is None else (7, 3))


def test_the_samples_are_what_they_say(app: App) -> None:
    assert app.verify(samples.good("alice"))["sub"] == "alice"
    expired = samples.expired()
    assert app.server.exists(record_of(expired)), "Redis may not have dropped it on its own"
    for token in (expired, samples.forged()):
        with pytest.raises(kit.InvalidToken, match="expired"):
            app.verify(token)


def test_the_samples_bring_no_environment_of_their_own() -> None:
    assert samples.environment() == {}
