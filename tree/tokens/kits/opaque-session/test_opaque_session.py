"""Attacks on opaque_session. Needs a Redis: REDIS_URL says where."""

import hashlib
import json
import os
import secrets
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
import redis

import opaque_session as kit

START = "redis-server --port 6379 --save '' --appendonly no"


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keeps each test's keys apart from every other's."""
    monkeypatch.setattr(kit, "PREFIX", f"test:{secrets.token_hex(8)}:")
    return kit.PREFIX


@pytest.fixture
def store(prefix: str) -> Iterator[redis.Redis]:
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    store = kit.connect()
    try:
        store.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield store
    for key in list(store.scan_iter(f"{prefix}*")):
        store.delete(key)
    store.close()


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = kit.now()
        monkeypatch.setattr(kit, "now", lambda: self.time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def dump(store: redis.Redis) -> str:
    """All that stands in the store under our prefix: names and values."""
    found = []
    for key in store.scan_iter(f"{kit.PREFIX}*"):
        value = store.get(key) if store.type(key) == "string" else store.zrange(key, 0, -1)
        found.append(f"{key} {value}")
    return "\n".join(found)


def test_it_knows_who_a_fresh_token_belongs_to(store: redis.Redis, clock: Clock) -> None:
    session = kit.verify(store, kit.issue(store, "alice"))
    assert session == kit.Session("alice", clock.time, clock.time)


@pytest.mark.parametrize("user", ["000017", "12345678901234567890", "zoë/😀\\\"'\n", "of:x", "a:b"])
def test_it_gives_back_the_exact_user_id(store: redis.Redis, user: str) -> None:
    token = kit.issue(store, user)
    assert kit.verify(store, token).user == user
    assert kit.verify(store, token).user == user, "the record that the first check wrote back"


@pytest.mark.parametrize("user", ["", None, 17, b"alice"])
def test_it_opens_no_session_without_a_user_id(store: redis.Redis, user: object) -> None:
    with pytest.raises(ValueError):
        kit.issue(store, user)  # type: ignore[arg-type]
    assert dump(store) == ""


def test_tokens_are_long_and_never_the_same(store: redis.Redis) -> None:
    tokens = {kit.issue(store, "alice") for _ in range(50)}
    assert len(tokens) == 50
    assert all(kit.SHAPE.fullmatch(token) for token in tokens)


def test_the_store_holds_no_token(store: redis.Redis) -> None:
    token = kit.issue(store, "alice")
    kit.verify(store, token)
    assert hashlib.sha256(token.encode()).hexdigest() in dump(store)
    assert token not in dump(store)


def test_it_refuses_what_stands_in_the_store(store: redis.Redis) -> None:
    token = kit.issue(store, "alice")
    digest = hashlib.sha256(token.encode())
    replays = [digest.hexdigest(), f"{kit.PREFIX}{digest.hexdigest()}", digest.hexdigest()[:43]]
    replays.append(urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    for replay in replays:
        with pytest.raises(kit.InvalidToken):
            kit.verify(store, replay)


def test_it_refuses_an_unknown_token(store: redis.Redis) -> None:
    kit.issue(store, "alice")
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, secrets.token_urlsafe(32))


@pytest.mark.parametrize("place", [0, 21, 42])
def test_it_refuses_a_token_with_one_character_changed(store: redis.Redis, place: int) -> None:
    token = kit.issue(store, "alice")
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "misshape",
    [
        lambda token: "",
        lambda token: None,
        lambda token: 17,
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
        lambda token: "of:alice",
        lambda token: "*" * 43,
        lambda token: token * 100_000,
    ],
)
def test_it_refuses_any_other_shape_unasked(store: redis.Redis, misshape) -> None:  # type: ignore[no-untyped-def]
    token = misshape(kit.issue(store, "alice"))
    store.close()
    nowhere = redis.Redis(port=1)
    with pytest.raises(kit.InvalidToken):
        kit.verify(nowhere, token)  # a look-up would raise StoreUnavailable
    kit.revoke(nowhere, token)


def test_logout_ends_this_session_alone(store: redis.Redis) -> None:
    laptop, phone = kit.issue(store, "alice"), kit.issue(store, "alice")
    kit.revoke(store, laptop)
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, laptop)
    assert kit.verify(store, phone).user == "alice"


def test_logging_out_twice_does_no_harm(store: redis.Redis) -> None:
    token = kit.issue(store, "alice")
    kit.revoke(store, token)
    kit.revoke(store, token)
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token)


@pytest.mark.parametrize("event", ["password changed", "account disabled", "log out everywhere"])
def test_it_ends_all_sessions_of_the_user_and_no_others(store: redis.Redis, event: str) -> None:
    tokens = [kit.issue(store, "alice") for _ in range(3)]
    other = kit.issue(store, "alice2")
    kit.verify(store, tokens[1])
    assert kit.revoke_all(store, "alice") == 3
    for token in tokens:
        with pytest.raises(kit.InvalidToken):
            kit.verify(store, token)
    assert kit.verify(store, other).user == "alice2"


def test_a_login_after_log_out_everywhere_works(store: redis.Redis) -> None:
    kit.issue(store, "alice")
    kit.revoke_all(store, "alice")
    assert kit.verify(store, kit.issue(store, "alice")).user == "alice"
    assert kit.revoke_all(store, "alice") == 1


def test_log_out_everywhere_finds_sessions_opened_at_that_moment(store: redis.Redis) -> None:
    """Whatever was opened before the last call is ended: none is alive and unlisted."""
    opened: list[str] = []

    def log_in() -> None:
        opened.extend(kit.issue(store, "alice") for _ in range(50))

    threads = [threading.Thread(target=log_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        kit.revoke_all(store, "alice")
    kit.revoke_all(store, "alice")
    assert len(opened) == 200
    for token in opened:
        with pytest.raises(kit.InvalidToken):
            kit.verify(store, token)


def test_a_login_drops_the_id_that_came_before_it(store: redis.Redis) -> None:
    planted = kit.issue(store, "attacker")
    token = kit.issue(store, "alice", replaces=planted)
    assert token != planted
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, planted)
    assert kit.verify(store, token).user == "alice"


@pytest.mark.parametrize("planted", ["", "x", "A" * 43, "é" * 43, "A" * 1_000_000])
def test_a_login_never_adopts_a_planted_id(store: redis.Redis, planted: str) -> None:
    assert kit.issue(store, "alice", replaces=planted) != planted
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, planted)


def test_it_ends_after_the_idle_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    clock.time += kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token)
    clock.time -= kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token)  # gone for good, not merely refused


def test_a_request_starts_the_idle_time_anew(store: redis.Redis, clock: Clock) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    for _ in range(3):
        clock.time += kit.IDLE_MINUTES * 60 - 1
        assert kit.verify(store, token) == kit.Session("alice", opened, clock.time)


def test_it_ends_after_the_absolute_limit_despite_activity(
    store: redis.Redis, clock: Clock
) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    end = opened + kit.ABSOLUTE_HOURS * 3600
    for moment in [*range(opened, end, 600), end - 1]:
        clock.time = moment
        assert kit.verify(store, token).created == opened
    clock.time = end
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token)


def test_a_clock_that_runs_behind_does_not_prolong_a_session(
    store: redis.Redis, clock: Clock
) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    clock.time = opened + 60
    kit.verify(store, token)
    clock.time = opened + 30
    assert kit.verify(store, token).seen == opened + 60


def test_redis_itself_forgets_after_the_idle_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    idle = kit.IDLE_MINUTES * 60
    assert idle - 5 <= store.ttl(kit._key(token)) <= idle
    clock.time += idle - 1
    store.expire(kit._key(token), 7)
    kit.verify(store, token)
    assert idle - 5 <= store.ttl(kit._key(token)) <= idle


def test_redis_itself_forgets_by_the_absolute_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    record = json.loads(str(store.get(kit._key(token))))
    end = clock.time + kit.ABSOLUTE_HOURS * 3600
    clock.time = end - 100
    store.set(kit._key(token), json.dumps(record | {"seen": clock.time}))
    kit.verify(store, token)
    assert 95 <= store.ttl(kit._key(token)) <= 100


def test_the_absolute_limit_binds_where_it_is_the_shorter(
    store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "IDLE_MINUTES", 600)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 1)
    token = kit.issue(store, "alice")
    assert store.ttl(kit._key(token)) <= 3600


def test_the_index_lists_only_sessions_that_can_be_alive(store: redis.Redis, clock: Clock) -> None:
    kit.issue(store, "alice")
    clock.time += kit.ABSOLUTE_HOURS * 3600
    kit.issue(store, "alice")
    assert store.zcard(kit._index("alice")) == 1
    assert 0 < store.ttl(kit._index("alice")) <= kit.ABSOLUTE_HOURS * 3600


def test_no_check_brings_an_ended_session_back(store: redis.Redis) -> None:
    """Eight readers hammer the session while it is revoked; afterwards nothing of it is left."""
    token = kit.issue(store, "alice")
    started, revoked = threading.Barrier(9), threading.Event()

    def read() -> None:
        started.wait()
        for _ in range(300):
            try:
                kit.verify(store, token)
            except kit.InvalidToken:
                if revoked.is_set():
                    return

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    kit.revoke(store, token)
    revoked.set()
    for thread in threads:
        thread.join()
    assert store.exists(kit._key(token)) == 0


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.COOKIE_NAME}=TOKEN"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert kit.COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


def test_a_slow_store_does_not_hold_a_request_up(store: redis.Redis, prefix: str) -> None:
    started = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        store.blpop([f"{prefix}empty"], timeout=3)
    assert time.monotonic() - started < 2


@pytest.fixture(params=["refuses", "is silent"])
def broken(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[redis.Redis]:
    """A store that refuses connections, or takes them and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        if request.param == "refuses":
            server.close()
        yield kit.connect()


def test_a_store_that_is_down_is_an_error_and_never_an_answer(broken: redis.Redis) -> None:
    token = "A" * 43
    with pytest.raises(kit.StoreUnavailable):
        kit.verify(broken, token)


@pytest.mark.parametrize("act", [kit.issue, kit.revoke_all])
def test_nothing_seems_done_while_the_store_is_down(broken: redis.Redis, act) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(kit.StoreUnavailable):
        act(broken, "alice")


def test_a_logout_that_did_not_happen_is_an_error(broken: redis.Redis) -> None:
    with pytest.raises(kit.StoreUnavailable):
        kit.revoke(broken, "A" * 43)


@pytest.mark.parametrize("record", ["", "no JSON", "[]", "{}", '{"user": "alice"}', "17"])
def test_a_damaged_record_is_an_error_and_never_a_session(store: redis.Redis, record: str) -> None:
    token = kit.issue(store, "alice")
    store.set(kit._key(token), record)
    with pytest.raises(kit.StoreUnavailable):
        kit.verify(store, token)


def test_no_message_contains_the_token(store: redis.Redis) -> None:
    for token in [secrets.token_urlsafe(32), "x" * 50]:
        with pytest.raises(kit.InvalidToken) as refusal:
            kit.verify(store, token)
        assert token not in str(refusal.value)
