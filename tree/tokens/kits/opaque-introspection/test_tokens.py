"""Attacks on issuer and client of introspection. Needs a Redis: REDIS_URL says where."""

import hashlib
import hmac
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import redis

import introspection_client as client
import keys
import samples
import store
import tokens as kit

START = "redis-server --port 6379 --save '' --appendonly no"
BILLING = "https://billing.example.com/v2"
CALLERS = {kit.AUDIENCE: secrets.token_urlsafe(32), BILLING: secrets.token_urlsafe(32)}


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keeps each test's keys apart from every other's, and the times at what the tests expect."""
    monkeypatch.setattr(store, "PREFIX", f"test:{secrets.token_hex(8)}:")
    monkeypatch.setattr(kit, "IDLE_MINUTES", 30)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 12)
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(CALLERS))
    return store.PREFIX


@dataclass(frozen=True)
class App:
    server: redis.Redis
    issue: kit.Issue
    verify: kit.Verify
    introspect: kit.Introspect
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], int]


def start() -> App:
    revoker = kit.revoker()
    link = store.connect(kit.STORE_URL)
    calls = kit.issuer(), kit.verifier(), kit.endpoint(), revoker.revoke, revoker.revoke_all
    return App(link, *calls)


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


def seen(app: App, token: str) -> int:
    """When somebody last asked about the token."""
    return int(app.server.hget(record_of(token), "seen") or 0)


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
    token = app.issue("alice")
    claims = app.verify(token)
    assert (claims["sub"], claims["iat"], seen(app, token)) == ("alice", clock.time, clock.time)


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
        assert app.verify(token)["iat"] == opened
        assert seen(app, token) == clock.time


def test_it_ends_after_the_absolute_limit_despite_activity(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    end = opened + kit.ABSOLUTE_HOURS * 3600
    for moment in [*range(opened, end, 600), end - 1]:
        clock.time = moment
        assert app.verify(token)["iat"] == opened
    clock.time = end
    with pytest.raises(kit.InvalidToken):
        app.verify(token)


def test_a_clock_that_runs_behind_does_not_prolong_a_session(app: App, clock: Clock) -> None:
    token, opened = app.issue("alice"), clock.time
    clock.time = opened + 60
    app.verify(token)
    clock.time = opened + 30
    app.verify(token)
    assert seen(app, token) == opened + 60


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


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    return start()


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


# The endpoint


def ask(app: App, token: str, audience: str = kit.AUDIENCE) -> tuple[int, dict[str, Any]]:
    body = urlencode({"token": token}).encode()
    return app.introspect(f"Bearer {CALLERS[audience]}", body)


def test_the_answer_says_whose_token_it_is_and_until_when(app: App, clock: Clock) -> None:
    assert ask(app, app.issue("alice")) == (
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


def test_the_issuer_itself_reads_what_a_service_is_told(app: App) -> None:
    token = app.issue("alice")
    assert ask(app, token) == (200, app.verify(token))
    with pytest.raises(kit.InvalidToken):
        app.verify(app.issue("alice", audiences=[BILLING]))


def test_it_takes_no_audience_letter_by_letter(app: App) -> None:
    with pytest.raises(ValueError, match="list"):
        app.issue("alice", audiences=kit.AUDIENCE)


def test_no_answer_gives_a_reason(app: App, clock: Clock) -> None:
    """Unknown, misshapen, revoked, expired or another's: the answers are the same."""
    revoked, expired, other = (app.issue("alice") for _ in range(3))
    foreign = app.issue("alice", audiences=[BILLING])
    app.revoke(revoked)
    app.server.delete(record_of(expired))
    app.revoke_all("alice")
    for token in (revoked, expired, other, foreign, secrets.token_urlsafe(32), "x", "x" * 500):
        assert ask(app, token) == (200, {"active": False})
    idle = app.issue("alice")
    clock.time += kit.IDLE_MINUTES * 60
    assert ask(app, idle) == (200, {"active": False})


def test_a_service_learns_nothing_of_tokens_for_others(app: App) -> None:
    token = app.issue("alice", audiences=[BILLING])
    assert ask(app, token) == (200, {"active": False})
    assert ask(app, token, BILLING)[1]["aud"] == BILLING


def test_a_token_can_be_for_several_services(app: App) -> None:
    token = app.issue("alice", audiences=[kit.AUDIENCE, BILLING])
    for audience in (kit.AUDIENCE, BILLING, kit.AUDIENCE):
        answer = ask(app, token, audience)[1]
        assert (answer["sub"], answer["aud"]) == ("alice", audience)


@pytest.mark.parametrize("near", [kit.AUDIENCE + "/", kit.AUDIENCE[:-1], kit.AUDIENCE.upper()])
def test_an_audience_is_compared_as_a_whole(app: App, near: str) -> None:
    assert ask(app, app.issue("alice", audiences=[near])) == (200, {"active": False})


def test_asking_for_anothers_token_does_not_keep_it_alive(app: App, clock: Clock) -> None:
    token = app.issue("alice", audiences=[BILLING])
    clock.time += kit.IDLE_MINUTES * 60 - 1
    ask(app, token)
    clock.time += 1
    assert ask(app, token, BILLING) == (200, {"active": False})


@pytest.mark.parametrize(
    "authorization",
    [
        lambda _: None,
        lambda _: "",
        lambda _: "Bearer ",
        lambda _: "Bearer",
        lambda secret: secret,
        lambda secret: f"Bearer {secret[:-1]}",
        lambda secret: f"Bearer {secret}x",
        lambda secret: f"Bearer {secret} ",
        lambda _: f"Bearer {'A' * 43}",
        lambda secret: f"Basic {secret}",
        lambda _: f"Bearer {kit.AUDIENCE}",
        lambda _: "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_it_answers_no_stranger(app: App, authorization: Callable[[str], Any]) -> None:
    body = urlencode({"token": app.issue("alice")}).encode()
    header = authorization(CALLERS[kit.AUDIENCE])
    assert app.introspect(header, body) == (401, {})


def test_it_compares_secrets_in_constant_time_and_all_of_them(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time cannot be tested by a clock here; that each comparison goes through hmac can."""
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def observe(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return compare(given, right)

    monkeypatch.setattr(hmac, "compare_digest", observe)
    assert ask(app, app.issue("alice"))[0] == 200
    assert compared == [f"Bearer {secret}".encode() for secret in CALLERS.values()]
    monkeypatch.setattr(hmac, "compare_digest", lambda given, right: False)  # noqa: ARG005
    assert ask(app, app.issue("alice"))[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        *("", "token=", "other=1", "token", "token={0}&token={0}", "é={0}"),
        *("a=1&" * 9 + "token={0}", "token={0}&a=" + "x" * 1024),
    ],
)
def test_it_takes_one_token_in_a_small_form(app: App, body: str) -> None:
    raw = body.format(app.issue("alice")).encode()
    header = f"Bearer {CALLERS[kit.AUDIENCE]}"
    assert app.introspect(header, raw) == (400, {})


def test_the_endpoint_says_503_while_the_store_is_down(broken: App) -> None:
    assert ask(broken, "A" * 43) == (503, {})


# Secrets

GOOD, OTHER, THIRD = (secrets.token_urlsafe(32) for _ in range(3))


def test_it_loads_the_secrets_from_the_environment() -> None:
    assert keys.load_secrets() == {secret: audience for audience, secret in CALLERS.items()}


def test_a_service_may_use_the_new_and_the_old_secret_while_it_changes(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {kit.AUDIENCE: f"{GOOD},{OTHER}", BILLING: THIRD}
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(both))
    body, introspect = urlencode({"token": app.issue("alice")}).encode(), kit.endpoint()
    for secret in (GOOD, OTHER):
        assert introspect(f"Bearer {secret}", body)[1]["aud"] == kit.AUDIENCE
    for wrong in (f"{GOOD},{OTHER}", f"{OTHER},{GOOD}", GOOD + OTHER):
        assert introspect(f"Bearer {wrong}", body) == (401, {})


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
        json.dumps({"a": GOOD + "="}),
        json.dumps({"a": [GOOD]}),
        json.dumps({"a": None}),
        json.dumps({"": GOOD}),
        json.dumps({"a": GOOD, "b": GOOD}),
        json.dumps({"a": GOOD, "b": f"{OTHER},{GOOD}"}),
        json.dumps({"a": f"{GOOD},{GOOD}"}),
        json.dumps({"a": f"{GOOD},"}),
        json.dumps({"a": f"{GOOD}, {OTHER}"}),
        json.dumps({"a": f"{GOOD},{OTHER},{THIRD}"}),
        json.dumps({"a": GOOD, "b": "short"}),
        json.dumps({"a": "correct horse battery staple and so on 1234"}),
        "[" * 100_000,
    ],
)
def test_it_does_not_start_with_unfit_secrets(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("INTROSPECTION_SECRETS", raising=False)
    if value is not None:
        monkeypatch.setenv("INTROSPECTION_SECRETS", value)
    with pytest.raises(kit.ConfigurationError, match=r"INTROSPECTION_SECRETS .* new-key") as e:
        kit.endpoint()
    assert GOOD not in str(e.value)


def test_new_key_prints_what_issuer_and_service_need() -> None:
    """As a shell reads it, from a process of its own."""
    line = f'set -a; made=$({sys.executable} tokens.py new-key) && eval "$made" && exec env'
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    run = ["/bin/sh", "-c", line]
    folder = Path(kit.__file__).parent
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    values = dict(line.split("=", 1) for line in done.stdout.splitlines())
    secret = values["INTROSPECTION_SECRET"]
    assert json.loads(values["INTROSPECTION_SECRETS"]) == {kit.AUDIENCE: secret}
    assert values["INTROSPECTION_URL"] == f"{kit.ISSUER}/introspect"
    assert secret not in done.stderr


@pytest.mark.parametrize("audience", [BILLING, 'it\'s "new"\n'])
def test_new_key_makes_a_secret_for_another_service(
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    audience: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokens.py", "new-key", audience])
    keys.command(kit.AUDIENCE, "https://auth.example.com/introspect")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("=")[0] for line in lines] == list(samples.environment())
    for line in lines:
        name, value = line.split("=", 1)
        assert value.count("'") == 2, "one pair of quotes, which nothing inside can close"
        monkeypatch.setenv(name, value.strip("'"))
    client.verifier()
    body = urlencode({"token": app.issue("alice", audiences=[audience])}).encode()
    header = f"Bearer {os.environ['INTROSPECTION_SECRET']}"
    assert kit.endpoint()(header, body)[1]["aud"] == audience


def test_every_new_key_is_another() -> None:
    made = [samples.environment() for _ in range(5)]
    assert len({each["INTROSPECTION_SECRET"] for each in made}) == 5


@pytest.mark.parametrize("arguments", [[], ["newkey"], ["new-key", "a", "b"]])
def test_the_command_line_does_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokens.py", *arguments])
    with pytest.raises(SystemExit, match="Usage"):
        keys.command(kit.AUDIENCE, "https://auth.example.com/introspect")
    assert capsys.readouterr().out == ""


# The other services' half, over HTTP

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
Serve = Callable[[Answer], client.Verify]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a server that answers every POST as told, and says how to reach it."""
    running: list[tuple[HTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> client.Verify:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                answer(self, b"")

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        monkeypatch.setenv("INTROSPECTION_URL", f"http://127.0.0.1:{server.server_port}/introspect")
        monkeypatch.setenv("INTROSPECTION_SECRET", CALLERS[kit.AUDIENCE])
        return client.verifier()

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


def endpoint(introspect: kit.Introspect) -> Answer:
    """The real thing: what the issuer's route does."""

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        header = handler.headers.get("Authorization")
        status, content = introspect(header, body)
        send(handler, status, json.dumps(content).encode())

    return answer


def test_a_service_learns_over_http_whose_token_it_is(app: App, serve: Serve) -> None:
    answer = serve(endpoint(app.introspect))(app.issue("zoë"))
    assert (answer["sub"], answer["aud"]) == ("zoë", kit.AUDIENCE)


def test_a_service_refuses_from_the_moment_of_the_logout(app: App, serve: Serve) -> None:
    verify, token = serve(endpoint(app.introspect)), app.issue("alice")
    other = app.issue("alice")
    verify(token)
    app.revoke(token)
    with pytest.raises(client.InvalidToken):
        verify(token)
    verify(other)
    app.revoke_all("alice")
    with pytest.raises(client.InvalidToken):
        verify(other)


def test_a_service_refuses_unknown_and_foreign_tokens(app: App, serve: Serve) -> None:
    verify = serve(endpoint(app.introspect))
    for token in (secrets.token_urlsafe(32), app.issue("alice", audiences=[BILLING])):
        with pytest.raises(client.InvalidToken) as refusal:
            verify(token)
        assert token not in str(refusal.value)


def test_a_service_with_the_wrong_secret_lets_nobody_in(
    app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(endpoint(app.introspect))
    monkeypatch.setenv("INTROSPECTION_SECRET", "A" * 43)
    verify = client.verifier()
    with pytest.raises(client.StoreUnavailable):
        verify(app.issue("alice"))


def test_a_service_lets_nobody_in_while_the_store_is_down(broken: App, serve: Serve) -> None:
    with pytest.raises(client.StoreUnavailable):
        serve(endpoint(broken.introspect))("A" * 43)


@pytest.mark.parametrize(
    "token", ["", None, 7, b"A" * 43, "A" * 42, "A" * 44, "A" * 43 + "\n", "é" * 43, "A" * 10**6]
)
def test_a_service_asks_for_nothing_of_another_shape(serve: Serve, token: Any) -> None:
    asked: list[bytes] = []
    verify = serve(lambda _, body: asked.append(body))
    with pytest.raises(client.InvalidToken):
        verify(token)
    assert asked == []


LATER = int(time.time()) + 3600
ACTIVE = {"active": True, "sub": "alice", "exp": LATER}


def test_an_answer_made_by_hand_passes(serve: Serve) -> None:
    """Otherwise the refusals below would prove nothing."""
    verify = serve(lambda handler, _: send(handler, 200, json.dumps(ACTIVE).encode()))
    assert verify("A" * 43) == ACTIVE


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 429, 500, 502, 503])
def test_only_status_200_counts(serve: Serve, status: int) -> None:
    verify = serve(lambda handler, _: send(handler, status, json.dumps(ACTIVE).encode()))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)


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
    verify = serve(lambda handler, _: send(handler, 200, answer))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_secret(serve: Serve, status: int) -> None:
    seen: list[str | None] = []

    def elsewhere(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        seen.append(handler.headers.get("Authorization"))
        send(handler, 200, json.dumps(ACTIVE).encode())

    serve(elsewhere)
    target = os.environ["INTROSPECTION_URL"]
    verify = serve(lambda handler, _: send(handler, status, b"", Location=target))
    with pytest.raises(client.StoreUnavailable):
        verify("A" * 43)
    assert seen == []


def test_a_proxy_in_the_environment_sees_nothing(app: App, serve: Serve) -> None:
    """In a process of its own, because urllib reads the environment as the module is loaded."""
    serve(endpoint(app.introspect))
    code = "import introspection_client as c; print(c.verifier()('A' * 43))"
    folder = Path(client.__file__).parent
    environment = os.environ | {"http_proxy": "http://127.0.0.1:1", "PYTHONDONTWRITEBYTECODE": "1"}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True)
    assert "InvalidToken: not active" in done.stderr


def test_an_issuer_that_is_down_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("INTROSPECTION_URL", f"http://127.0.0.1:{port}/")
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    with pytest.raises(client.StoreUnavailable):
        client.verifier()("A" * 43)


def test_an_issuer_that_is_silent_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        monkeypatch.setenv("INTROSPECTION_URL", url)
        monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
        verify = client.verifier()
        started = time.monotonic()
        with pytest.raises(client.StoreUnavailable):
            verify("A" * 43)
        assert time.monotonic() - started < 3


def test_an_issuer_that_breaks_off_lets_nobody_in(serve: Serve) -> None:
    def break_off(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    with pytest.raises(client.StoreUnavailable):
        serve(break_off)("A" * 43)
    with pytest.raises(client.StoreUnavailable):
        serve(lambda _, __: None)("A" * 43)


def test_an_issuer_that_speaks_no_http_lets_nobody_in(serve: Serve) -> None:
    def babble(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"220 mail.example.com ESMTP\r\n")

    with pytest.raises(client.StoreUnavailable):
        serve(babble)("A" * 43)


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
        client.verifier()


@pytest.mark.parametrize("url", ["https://auth.example.com/introspect", "http://[::1]:8000/"])
def test_https_and_loopback_are_fine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", url)
    monkeypatch.setenv("INTROSPECTION_SECRET", GOOD)
    assert GOOD not in repr(client.verifier())


@pytest.mark.parametrize(
    "secret", [None, "", "secret", GOOD[:-1], GOOD + "=", GOOD + "\n", f"{GOOD},{OTHER}"]
)
def test_the_secret_must_be_a_good_one(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("INTROSPECTION_URL", "https://auth.example.com/introspect")
    monkeypatch.delenv("INTROSPECTION_SECRET", raising=False)
    if secret is not None:
        monkeypatch.setenv("INTROSPECTION_SECRET", secret)
    with pytest.raises(client.ConfigurationError, match=r"INTROSPECTION_SECRET .* new-key"):
        client.verifier()


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


def test_the_environment_of_the_samples_is_complete(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    client.verifier()
    body = urlencode({"token": app.issue("alice")}).encode()
    secret = os.environ["INTROSPECTION_SECRET"]
    assert kit.endpoint()(f"Bearer {secret}", body)[1]["sub"] == "alice"


def test_no_good_question_is_refused_while_a_secret_changes(app: App, serve: Serve) -> None:
    """Services ask all the time, over HTTP, while issuer and service change in the documented
    order; afterwards the old secret is worth nothing."""
    token, stop, faults = app.issue("alice"), threading.Event(), list[str]()
    monkeypatch = pytest.MonkeyPatch()
    now: dict[str, Any] = {}
    asked: Counter[tuple[int, str]] = Counter()

    def set_up(issuer: str, service: str) -> str:
        """Each of the two starts anew, one after the other, as in a deployment."""
        by_audience = json.dumps({kit.AUDIENCE: issuer, BILLING: THIRD})
        monkeypatch.setenv("INTROSPECTION_SECRETS", by_audience)
        now["introspect"] = kit.endpoint()
        monkeypatch.setenv("INTROSPECTION_SECRET", service)
        now["verify"] = client.verifier()
        now["step"] = f"{issuer} {service}"
        return str(now["step"])

    def ask_on(me: int) -> None:
        while not stop.is_set():
            step = now["step"]
            try:
                assert now["verify"](token)["sub"] == "alice"
                asked[me, step] += 1
            except Exception as error:
                faults.append(repr(error))

    serve(endpoint(lambda header, body: now["introspect"](header, body)))
    monkeypatch.setenv("INTROSPECTION_URL", os.environ["INTROSPECTION_URL"])
    set_up(OTHER, OTHER)
    old, threads = now["verify"], [threading.Thread(target=ask_on, args=[me]) for me in range(3)]
    for thread in threads:
        thread.start()
    try:
        both = f"{GOOD},{OTHER}"
        for secrets_now in [(OTHER, OTHER), (both, OTHER), (both, GOOD), (GOOD, GOOD)]:
            step, until = set_up(*secrets_now), time.monotonic() + 20
            while any(asked[me, step] < 10 for me in range(3)) and not faults:
                assert time.monotonic() < until
                time.sleep(0.005)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        monkeypatch.undo()
    assert faults == []
    with pytest.raises(client.StoreUnavailable):
        old(token)
