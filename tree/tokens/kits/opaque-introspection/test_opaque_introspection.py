"""Attacks on opaque_introspection. Needs a Redis: REDIS_URL says where."""

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
import redis

import introspection_client as client
import opaque_introspection as kit

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
    record = kit.verify(store, kit.issue(store, "alice"), kit.AUDIENCE)
    assert record["user"] == "alice"
    assert (record["created"], record["seen"]) == (clock.time, clock.time)


@pytest.mark.parametrize("user", ["000017", "12345678901234567890", "zoë/😀\\\"'\n", "of:x", "a:b"])
def test_it_gives_back_the_exact_user_id(store: redis.Redis, user: str) -> None:
    token = kit.issue(store, user)
    assert kit.verify(store, token, kit.AUDIENCE)["user"] == user
    assert kit.verify(store, token, kit.AUDIENCE)["user"] == user, (
        "the record that the first check wrote back"
    )


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
    kit.verify(store, token, kit.AUDIENCE)
    assert hashlib.sha256(token.encode()).hexdigest() in dump(store)
    assert token not in dump(store)


def test_it_refuses_what_stands_in_the_store(store: redis.Redis) -> None:
    token = kit.issue(store, "alice")
    digest = hashlib.sha256(token.encode())
    replays = [digest.hexdigest(), f"{kit.PREFIX}{digest.hexdigest()}", digest.hexdigest()[:43]]
    replays.append(urlsafe_b64encode(digest.digest()).decode().rstrip("="))
    for replay in replays:
        with pytest.raises(kit.InvalidToken):
            kit.verify(store, replay, kit.AUDIENCE)


def test_it_refuses_an_unknown_token(store: redis.Redis) -> None:
    kit.issue(store, "alice")
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, secrets.token_urlsafe(32), kit.AUDIENCE)


@pytest.mark.parametrize("place", [0, 21, 42])
def test_it_refuses_a_token_with_one_character_changed(store: redis.Redis, place: int) -> None:
    token = kit.issue(store, "alice")
    other = "A" if token[place] != "A" else "B"
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token[:place] + other + token[place + 1 :], kit.AUDIENCE)


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
        kit.verify(nowhere, token, kit.AUDIENCE)  # a look-up would raise StoreUnavailable
    kit.revoke(nowhere, token)


def test_logout_ends_this_session_alone(store: redis.Redis) -> None:
    laptop, phone = kit.issue(store, "alice"), kit.issue(store, "alice")
    kit.revoke(store, laptop)
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, laptop, kit.AUDIENCE)
    assert kit.verify(store, phone, kit.AUDIENCE)["user"] == "alice"


def test_logging_out_twice_does_no_harm(store: redis.Redis) -> None:
    token = kit.issue(store, "alice")
    kit.revoke(store, token)
    kit.revoke(store, token)
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token, kit.AUDIENCE)


@pytest.mark.parametrize("event", ["password changed", "account disabled", "log out everywhere"])
def test_it_ends_all_sessions_of_the_user_and_no_others(store: redis.Redis, event: str) -> None:
    tokens = [kit.issue(store, "alice") for _ in range(3)]
    other = kit.issue(store, "alice2")
    kit.verify(store, tokens[1], kit.AUDIENCE)
    assert kit.revoke_all(store, "alice") == 3
    for token in tokens:
        with pytest.raises(kit.InvalidToken):
            kit.verify(store, token, kit.AUDIENCE)
    assert kit.verify(store, other, kit.AUDIENCE)["user"] == "alice2"


def test_a_login_after_log_out_everywhere_works(store: redis.Redis) -> None:
    kit.issue(store, "alice")
    kit.revoke_all(store, "alice")
    assert kit.verify(store, kit.issue(store, "alice"), kit.AUDIENCE)["user"] == "alice"
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
            kit.verify(store, token, kit.AUDIENCE)


def test_a_login_drops_the_id_that_came_before_it(store: redis.Redis) -> None:
    planted = kit.issue(store, "attacker")
    token = kit.issue(store, "alice", replaces=planted)
    assert token != planted
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, planted, kit.AUDIENCE)
    assert kit.verify(store, token, kit.AUDIENCE)["user"] == "alice"


@pytest.mark.parametrize("planted", ["", "x", "A" * 43, "é" * 43, "A" * 1_000_000])
def test_a_login_never_adopts_a_planted_id(store: redis.Redis, planted: str) -> None:
    assert kit.issue(store, "alice", replaces=planted) != planted
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, planted, kit.AUDIENCE)


def test_it_ends_after_the_idle_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    clock.time += kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token, kit.AUDIENCE)
    clock.time -= kit.IDLE_MINUTES * 60
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token, kit.AUDIENCE)  # gone for good, not merely refused


def test_a_request_starts_the_idle_time_anew(store: redis.Redis, clock: Clock) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    for _ in range(3):
        clock.time += kit.IDLE_MINUTES * 60 - 1
        record = kit.verify(store, token, kit.AUDIENCE)
        assert (record["created"], record["seen"]) == (opened, clock.time)


def test_it_ends_after_the_absolute_limit_despite_activity(
    store: redis.Redis, clock: Clock
) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    end = opened + kit.ABSOLUTE_HOURS * 3600
    for moment in [*range(opened, end, 600), end - 1]:
        clock.time = moment
        assert kit.verify(store, token, kit.AUDIENCE)["created"] == opened
    clock.time = end
    with pytest.raises(kit.InvalidToken):
        kit.verify(store, token, kit.AUDIENCE)


def test_a_clock_that_runs_behind_does_not_prolong_a_session(
    store: redis.Redis, clock: Clock
) -> None:
    token, opened = kit.issue(store, "alice"), clock.time
    clock.time = opened + 60
    kit.verify(store, token, kit.AUDIENCE)
    clock.time = opened + 30
    assert kit.verify(store, token, kit.AUDIENCE)["seen"] == opened + 60


def test_redis_itself_forgets_after_the_idle_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    idle = kit.IDLE_MINUTES * 60
    assert idle - 5 <= store.ttl(kit._key(token)) <= idle
    clock.time += idle - 1
    store.expire(kit._key(token), 7)
    kit.verify(store, token, kit.AUDIENCE)
    assert idle - 5 <= store.ttl(kit._key(token)) <= idle


def test_redis_itself_forgets_by_the_absolute_limit(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice")
    record = json.loads(str(store.get(kit._key(token))))
    end = clock.time + kit.ABSOLUTE_HOURS * 3600
    clock.time = end - 100
    store.set(kit._key(token), json.dumps(record | {"seen": clock.time}))
    kit.verify(store, token, kit.AUDIENCE)
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
                kit.verify(store, token, kit.AUDIENCE)
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
        kit.verify(broken, token, kit.AUDIENCE)


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
        kit.verify(store, token, kit.AUDIENCE)


def test_no_message_contains_the_token(store: redis.Redis) -> None:
    for token in [secrets.token_urlsafe(32), "x" * 50]:
        with pytest.raises(kit.InvalidToken) as refusal:
            kit.verify(store, token, kit.AUDIENCE)
        assert token not in str(refusal.value)


# The endpoint

BILLING = "https://billing.example.com"
CALLERS = {kit.AUDIENCE: secrets.token_urlsafe(32), BILLING: secrets.token_urlsafe(32)}


def ask(store: redis.Redis, token: str, audience: str = kit.AUDIENCE) -> tuple[int, dict[str, Any]]:
    body = urlencode({"token": token}).encode()
    return kit.introspect(store, CALLERS, f"Bearer {CALLERS[audience]}", body)


def test_the_answer_says_whose_token_it_is_and_until_when(store: redis.Redis, clock: Clock) -> None:
    assert ask(store, kit.issue(store, "alice")) == (
        200,
        {
            "active": True,
            "iss": kit.ISSUER,
            "aud": kit.AUDIENCE,
            "sub": "alice",
            "iat": clock.time,
            "exp": clock.time + kit.ABSOLUTE_HOURS * 3600,
        },
    )


def test_no_answer_gives_a_reason(store: redis.Redis, clock: Clock) -> None:
    """Unknown, misshapen, revoked, expired or another's: the answers are the same."""
    revoked, expired, other = (kit.issue(store, "alice") for _ in range(3))
    foreign = kit.issue(store, "alice", [BILLING])
    kit.revoke(store, revoked)
    store.delete(kit._key(expired))
    kit.revoke_all(store, "alice")
    for token in (revoked, expired, other, foreign, secrets.token_urlsafe(32), "x", "x" * 500):
        assert ask(store, token) == (200, {"active": False})
    idle = kit.issue(store, "alice")
    clock.time += kit.IDLE_MINUTES * 60
    assert ask(store, idle) == (200, {"active": False})


def test_a_service_learns_nothing_of_tokens_for_others(store: redis.Redis) -> None:
    token = kit.issue(store, "alice", [BILLING])
    assert ask(store, token) == (200, {"active": False})
    assert ask(store, token, BILLING)[1]["aud"] == BILLING


def test_a_token_can_be_for_several_services(store: redis.Redis) -> None:
    token = kit.issue(store, "alice", [kit.AUDIENCE, BILLING])
    for audience in (kit.AUDIENCE, BILLING, kit.AUDIENCE):
        answer = ask(store, token, audience)[1]
        assert (answer["sub"], answer["aud"]) == ("alice", audience)


@pytest.mark.parametrize("near", [kit.AUDIENCE + "/", kit.AUDIENCE[:-1], kit.AUDIENCE.upper()])
def test_an_audience_is_compared_as_a_whole(store: redis.Redis, near: str) -> None:
    assert ask(store, kit.issue(store, "alice", [near])) == (200, {"active": False})


def test_asking_for_anothers_token_does_not_keep_it_alive(store: redis.Redis, clock: Clock) -> None:
    token = kit.issue(store, "alice", [BILLING])
    clock.time += kit.IDLE_MINUTES * 60 - 1
    ask(store, token)
    clock.time += 1
    assert ask(store, token, BILLING) == (200, {"active": False})


@pytest.mark.parametrize(
    "authorization",
    [
        lambda secret: None,
        lambda secret: "",
        lambda secret: "Bearer ",
        lambda secret: "Bearer",
        lambda secret: secret,
        lambda secret: f"Bearer {secret[:-1]}",
        lambda secret: f"Bearer {secret}x",
        lambda secret: f"Bearer {secret} ",
        lambda secret: f"Bearer {'A' * 43}",
        lambda secret: f"Basic {secret}",
        lambda secret: f"Bearer {kit.AUDIENCE}",
        lambda secret: "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_it_answers_no_stranger(store, authorization) -> None:  # type: ignore[no-untyped-def]
    body = urlencode({"token": kit.issue(store, "alice")}).encode()
    header = authorization(CALLERS[kit.AUDIENCE])
    assert kit.introspect(store, CALLERS, header, body) == (401, {})
    assert kit.introspect(store, {}, f"Bearer {CALLERS[kit.AUDIENCE]}", body) == (401, {})


@pytest.mark.parametrize(
    "body",
    [
        *("", "token=", "other=1", "token", "token={0}&token={0}", "é={0}"),
        *("a=1&" * 9 + "token={0}", "token={0}&a=" + "x" * 1024),
    ],
)
def test_it_takes_one_token_in_a_small_form(store: redis.Redis, body: str) -> None:
    raw = body.format(kit.issue(store, "alice")).encode()
    header = f"Bearer {CALLERS[kit.AUDIENCE]}"
    assert kit.introspect(store, CALLERS, header, raw) == (400, {})


def test_the_endpoint_says_503_while_the_store_is_down(broken: redis.Redis) -> None:
    assert ask(broken, "A" * 43) == (503, {})


GOOD = secrets.token_urlsafe(32)


def test_it_loads_the_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(CALLERS))
    assert kit.load_secrets() == CALLERS


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        "[]",
        "{}",
        "7",
        json.dumps([GOOD]),
        json.dumps({"a": "short"}),
        json.dumps({"a": ""}),
        json.dumps({"a": GOOD[:-1]}),
        json.dumps({"a": GOOD + "\n"}),
        json.dumps({"a": [GOOD]}),
        json.dumps({"a": None}),
        json.dumps({"": GOOD}),
        json.dumps({"a": GOOD, "b": GOOD}),
        json.dumps({"a": GOOD, "b": "short"}),
        "[" * 100_000,
    ],
)
def test_it_loads_no_unfit_secrets(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("INTROSPECTION_SECRETS", raising=False)
    if value is not None:
        monkeypatch.setenv("INTROSPECTION_SECRETS", value)
    with pytest.raises(kit.ConfigurationError, match=r"INTROSPECTION_SECRETS .* openssl rand") as e:
        kit.load_secrets()
    assert GOOD not in str(e.value)


# The other services' half, over HTTP

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answer], client.Issuer]]:
    """Starts a server that answers every POST as told, and says how to reach it."""
    running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> client.Issuer:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                answer(self, b"")

            def log_message(self, *args: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        monkeypatch.setenv("INTROSPECTION_URL", f"http://127.0.0.1:{server.server_port}/introspect")
        monkeypatch.setenv("INTROSPECTION_SECRET", CALLERS[kit.AUDIENCE])
        return client.load_issuer()

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def endpoint(store: redis.Redis) -> Answer:
    """The real thing: what the issuer's route does."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        header = handler.headers.get("Authorization")
        status, content = kit.introspect(store, CALLERS, header, body)
        send(handler, status, json.dumps(content).encode())

    return answer


Serve = Callable[[Answer], client.Issuer]


def test_a_service_learns_over_http_whose_token_it_is(store: redis.Redis, serve: Serve) -> None:
    issuer = serve(endpoint(store))
    answer = client.verify(issuer, kit.issue(store, "zoë"))
    assert (answer["sub"], answer["aud"]) == ("zoë", kit.AUDIENCE)


def test_a_service_refuses_from_the_moment_of_the_logout(store: redis.Redis, serve: Serve) -> None:
    issuer, token = serve(endpoint(store)), kit.issue(store, "alice")
    other = kit.issue(store, "alice")
    client.verify(issuer, token)
    kit.revoke(store, token)
    with pytest.raises(client.InvalidToken):
        client.verify(issuer, token)
    client.verify(issuer, other)
    kit.revoke_all(store, "alice")
    with pytest.raises(client.InvalidToken):
        client.verify(issuer, other)


def test_a_service_refuses_unknown_and_foreign_tokens(store: redis.Redis, serve: Serve) -> None:
    issuer = serve(endpoint(store))
    for token in (secrets.token_urlsafe(32), kit.issue(store, "alice", [BILLING])):
        with pytest.raises(client.InvalidToken) as refusal:
            client.verify(issuer, token)
        assert token not in str(refusal.value)


def test_a_service_with_the_wrong_secret_lets_nobody_in(store: redis.Redis, serve: Serve) -> None:
    issuer = client.Issuer(serve(endpoint(store)).url, "A" * 43)
    with pytest.raises(client.IssuerUnavailable):
        client.verify(issuer, kit.issue(store, "alice"))


def test_a_service_lets_nobody_in_while_the_store_is_down(
    broken: redis.Redis, serve: Serve
) -> None:
    with pytest.raises(client.IssuerUnavailable):
        client.verify(serve(endpoint(broken)), "A" * 43)


@pytest.mark.parametrize(
    "token", ["", None, 7, b"A" * 43, "A" * 42, "A" * 44, "A" * 43 + "\n", "é" * 43, "A" * 10**6]
)
def test_a_service_asks_for_nothing_of_another_shape(serve: Serve, token: Any) -> None:
    asked: list[bytes] = []
    issuer = serve(lambda handler, body: asked.append(body))
    with pytest.raises(client.InvalidToken):
        client.verify(issuer, token)
    assert asked == []


LATER = int(time.time()) + 3600
ACTIVE = {"active": True, "sub": "alice", "exp": LATER}


def test_an_answer_made_by_hand_passes(serve: Serve) -> None:
    """Otherwise the refusals below would prove nothing."""
    issuer = serve(lambda handler, body: send(handler, 200, json.dumps(ACTIVE).encode()))
    assert client.verify(issuer, "A" * 43) == ACTIVE


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 429, 500, 502, 503])
def test_only_status_200_counts(serve: Serve, status: int) -> None:
    issuer = serve(lambda handler, body: send(handler, status, json.dumps(ACTIVE).encode()))
    with pytest.raises(client.IssuerUnavailable):
        client.verify(issuer, "A" * 43)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"active",
        b"[]",
        b"true",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 8000,
        json.dumps(ACTIVE | {"active": "true"}).encode(),
        json.dumps(ACTIVE | {"active": 1}).encode(),
        json.dumps(ACTIVE | {"active": None}).encode(),
        json.dumps(ACTIVE | {"sub": ""}).encode(),
        json.dumps(ACTIVE | {"sub": 7}).encode(),
        json.dumps({"active": True, "exp": LATER}).encode(),
        json.dumps({"active": True, "sub": "alice"}).encode(),
        json.dumps(ACTIVE | {"exp": str(LATER)}).encode(),
        json.dumps(ACTIVE | {"exp": int(time.time()) - 1}).encode(),
        json.dumps(ACTIVE | {"exp": True}).encode(),
        json.dumps(ACTIVE).encode() + b" " * 8192,
    ],
)
def test_an_odd_answer_lets_nobody_in(serve: Serve, answer: bytes) -> None:
    issuer = serve(lambda handler, body: send(handler, 200, answer))
    with pytest.raises(client.IssuerUnavailable):
        client.verify(issuer, "A" * 43)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_secret(serve: Serve, status: int) -> None:
    seen: list[str | None] = []

    def elsewhere(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append(handler.headers.get("Authorization"))
        send(handler, 200, json.dumps(ACTIVE).encode())

    target = serve(elsewhere).url
    issuer = serve(lambda handler, body: send(handler, status, b"", Location=target))
    with pytest.raises(client.IssuerUnavailable):
        client.verify(issuer, "A" * 43)
    assert seen == []


def test_a_proxy_in_the_environment_sees_nothing(store: redis.Redis, serve: Serve) -> None:
    """In a process of its own, because urllib reads the environment as the module is loaded."""
    issuer = serve(endpoint(store))
    code = "import introspection_client as c; print(c.verify(c.load_issuer(), 'A' * 43))"
    folder = os.path.dirname(client.__file__)
    environment = os.environ | {"http_proxy": "http://127.0.0.1:1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    assert "InvalidToken: not active" in done.stderr, issuer


def test_an_issuer_that_is_down_lets_nobody_in() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    issuer = client.Issuer(f"http://127.0.0.1:{port}/", "A" * 43)
    with pytest.raises(client.IssuerUnavailable):
        client.verify(issuer, "A" * 43)


def test_an_issuer_that_is_silent_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        issuer = client.Issuer(f"http://127.0.0.1:{server.getsockname()[1]}/", "A" * 43)
        started = time.monotonic()
        with pytest.raises(client.IssuerUnavailable):
            client.verify(issuer, "A" * 43)
        assert time.monotonic() - started < 1


def test_an_issuer_that_breaks_off_lets_nobody_in(serve: Serve) -> None:
    def break_off(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    with pytest.raises(client.IssuerUnavailable):
        client.verify(serve(break_off), "A" * 43)
    with pytest.raises(client.IssuerUnavailable):
        client.verify(serve(lambda handler, body: None), "A" * 43)


def test_an_issuer_that_speaks_no_http_lets_nobody_in(serve: Serve) -> None:
    def babble(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.wfile.write(b"220 mail.example.com ESMTP\r\n")

    with pytest.raises(client.IssuerUnavailable):
        client.verify(serve(babble), "A" * 43)


@pytest.mark.parametrize(
    "url",
    [
        *("", "auth.example.com", "http://auth.example.com/introspect", "ftp://auth.example.com/"),
        *("file:///etc/passwd", "https://", "https:///introspect", "http://127.0.0.1.example.com/"),
        *("http://127.0.0.1@auth.example.com/", "http://10.0.0.1/", "https://[::1", "//127.0.0.1/"),
    ],
)
def test_the_issuer_must_be_https(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", url)
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    with pytest.raises(client.ConfigurationError, match="INTROSPECTION_URL"):
        client.load_issuer()


@pytest.mark.parametrize("url", ["https://auth.example.com/introspect", "http://[::1]:8000/"])
def test_https_and_loopback_are_fine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", url)
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    issuer = client.load_issuer()
    assert issuer.url == url
    assert GOOD not in repr(issuer)


@pytest.mark.parametrize("secret", [None, "", "secret", GOOD[:-1], GOOD + "=", GOOD + "\n"])
def test_the_secret_must_be_a_good_one(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", "https://auth.example.com/introspect")
    monkeypatch.delenv("INTROSPECTION_SECRET", raising=False)
    if secret is not None:
        monkeypatch.setenv("INTROSPECTION_SECRET", secret)
    with pytest.raises(client.ConfigurationError, match=r"INTROSPECTION_SECRET .* openssl rand"):
        client.load_issuer()
