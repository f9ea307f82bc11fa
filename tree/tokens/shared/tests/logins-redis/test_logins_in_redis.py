"""Attacks through Redis: one that is full, damaged or unfit, and answers that get lost."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

import store
import tokens as kit
from by_hand import Clock
from login_corner import record_of, retry_of
from logins import ACTS, App, cannot_refresh, refresh, start
from lossy import lossy
from redis_corner import reached
from redis_server import redis_server
from refresh_tokens import token_hashes


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    assert reached(store, "redis://127.0.0.1:5/2") == ((5, 2) if url is None else (7, 3))


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Yield a Redis whose settings the test may spoil."""
    with redis_server(monkeypatch) as server:
        yield server


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_begins_to_evict_is_an_error_and_gives_nothing(
    own: redis.Redis, act: str
) -> None:
    """It may have dropped the cut-off of a user who logged out everywhere."""
    app = start()
    own.config_set("maxmemory-policy", "allkeys-lru")
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](app)
    own.config_set("maxmemory-policy", "noeviction")
    app.log_in()


@pytest.mark.parametrize("starts", [kit.issuer, kit.revoker])
def test_an_issuer_does_not_start_on_a_store_that_evicts(
    own: redis.Redis, starts: Callable[[], object]
) -> None:
    own.config_set("maxmemory-policy", "volatile-ttl")
    with pytest.raises(kit.UnfitStore, match="volatile-ttl"):
        starts()


def test_on_a_full_store_a_refresh_is_an_error_that_costs_nothing(own: redis.Redis) -> None:
    app = start()
    token = app.log_in()
    own.config_set("maxmemory", 1)
    before = app.dump()
    for _ in range(2):
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(token, "web")
    with pytest.raises(kit.StoreUnavailable):
        app.log_in()
    assert app.dump() == before
    own.config_set("maxmemory", 0)
    refresh(app, refresh(app, token))


def test_on_a_full_store_a_retry_still_gets_its_answer(own: redis.Redis) -> None:
    """It writes nothing."""
    app = start()
    first = app.log_in()
    lost = refresh(app, first)
    own.config_set("maxmemory", 1)
    assert refresh(app, first) == lost


def test_on_a_full_store_a_copy_still_ends_the_login(own: redis.Redis) -> None:
    app = start()
    first = app.log_in()
    third = refresh(app, refresh(app, first))
    own.config_set("maxmemory", 1)
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, third, "unknown")


def test_on_a_full_store_people_still_log_out(own: redis.Redis) -> None:
    app = start()
    laptop, phone, begun = app.log_in(), app.log_in(), app.issuer.begin()
    own.config_set("maxmemory", 1)
    app.revoke(laptop)
    cannot_refresh(app, laptop, "unknown")
    app.revoke_all("alice")
    cannot_refresh(app, phone, "logged out everywhere")
    own.config_set("maxmemory", 0)
    with pytest.raises(kit.InvalidToken):
        app.issuer.log_in("alice", "web", begun=begun)
    refresh(app, app.log_in())


TIMES = ("used", "began", "stamp")
HASHES = ("current", "previous")
FIELDS = ("sub", "client", *HASHES, *TIMES)


# What becomes of the fields of a record.
DAMAGES = [
    *((field, None) for field in FIELDS),
    *((field, "") for field in FIELDS),
    *((field, "\u00e9") for field in FIELDS if field not in ("sub", "client")),
    *((field, b"\xff\xfe") for field in (*HASHES, *TIMES)),
    *((field, value) for field in TIMES for value in ("-1", "1e9", "0x10", "nan", " 1", "1" * 17)),
    *((field, value) for field in HASHES for value in ("0" * 63, "0" * 65, "g" * 64)),
]


@pytest.mark.parametrize(("field", "value"), DAMAGES)
def test_a_damaged_login_is_an_error_and_issues_nothing(
    app: App, field: str, value: str | bytes | None
) -> None:
    """Nor is it taken for a copy: what ends it is time."""
    token = app.log_in()
    successor = refresh(app, token)
    if value is None:
        app.corner.server.hdel(record_of(token), field)
    else:
        app.corner.server.hset(record_of(token), field, value)
    for each in (token, successor):
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(each, "web")
    assert app.corner.server.exists(record_of(token)) == 1
    app.revoke(token)
    cannot_refresh(app, token, "unknown")


@pytest.mark.parametrize("subject", ["bob", "\u00e9", b"\xff\xfe"])
def test_a_login_of_a_user_whom_the_store_does_not_know_is_over(
    app: App, subject: str | bytes
) -> None:
    token = app.log_in()
    app.corner.server.hset(record_of(token), "sub", subject)
    cannot_refresh(app, token, "logged out everywhere")


def test_a_login_of_another_type_is_an_error(app: App) -> None:
    token = app.log_in()
    app.corner.server.delete(record_of(token))
    app.corner.server.set(record_of(token), "text")
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")


@pytest.mark.parametrize("nonce", ["", "x", "\u00e9", b"\xff\xfe"])
def test_a_retry_never_gets_a_token_that_does_not_work(app: App, nonce: str | bytes) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.corner.server.set(retry_of(first), nonce)
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(first, "web")
    refresh(app, second)


DAMAGED_MOMENTS = [None, "", "soon", "-1", "1e9", b"\xff\xfe"]


@pytest.mark.parametrize("value", DAMAGED_MOMENTS)
def test_what_is_damaged_of_a_user_is_an_error_and_issues_nothing(
    app: App, value: str | bytes | None
) -> None:
    token, name = app.log_in(), store._user("alice")

    def damage(field: str) -> None:
        if value is None:
            app.corner.server.hdel(name, field)
        else:
            app.corner.server.hset(name, field, value)

    damage("since")
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")
    app.revoke_all("alice")
    cannot_refresh(app, token, "logged out everywhere")
    damage("cut_off")
    with pytest.raises(kit.StoreUnavailable):
        app.log_in()
    app.revoke_all("alice")
    refresh(app, app.log_in())


def test_a_user_of_another_type_is_an_error_and_issues_nothing(app: App) -> None:
    token, name = app.log_in(), store._user("alice")
    app.corner.server.delete(name)
    app.corner.server.rpush(name, "1")
    for act in (lambda: app.issuer.refresh(token, "web"), app.log_in):
        with pytest.raises(kit.StoreUnavailable):
            act()


CLOCKS: dict[str, Callable[[redis.Redis, str], object]] = {
    "a text": lambda server, name: server.set(name, "soon"),
    "empty": lambda server, name: server.set(name, ""),
    "a list": lambda server, name: server.rpush(name, "1"),
    "negative": lambda server, name: server.set(name, "-1"),
}


@pytest.mark.parametrize("damage", CLOCKS)
@pytest.mark.parametrize("act", ["begin", "log_in", "revoke_all"])
def test_a_damaged_clock_is_an_error_and_issues_nothing(app: App, act: str, damage: str) -> None:
    CLOCKS[damage](app.corner.server, store._clock())
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](app)


def test_the_store_never_gives_a_moment_before_one_that_it_gave(app: App) -> None:
    """Where the clock was set back, a login from before is still older than the cut-off."""
    token = app.log_in()
    assert int(str(app.corner.server.get(store._clock()))) >= int(
        str(app.corner.server.hget(record_of(token), "stamp"))
    )


def test_what_the_store_knows_of_a_user_outlives_all_logins(app: App) -> None:
    name, absolute = store._user("alice"), kit.REFRESH_ABSOLUTE_DAYS * 86400
    token = app.log_in()
    assert absolute - 5 <= app.corner.server.ttl(name) <= absolute
    app.corner.server.expire(name, 7)
    refresh(app, token)
    assert absolute - 5 <= app.corner.server.ttl(name) <= absolute
    app.corner.server.expire(name, 7)
    app.log_in()
    assert absolute - 5 <= app.corner.server.ttl(name) <= absolute
    app.revoke_all("alice")
    assert absolute - 5 <= app.corner.server.ttl(name) <= absolute


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """Yield a Redis that nobody else sends commands to."""
    with redis_server(monkeypatch) as server:
        yield server


def test_log_out_everywhere_costs_the_same_however_many_logins_there_are(
    alone: redis.Redis, clock: Clock
) -> None:
    """So no user's logins can block the store for others."""
    app = start()

    def commands() -> dict[str, int]:
        alone.config_resetstat()
        app.revoke_all("alice")
        statistics: Any = alone.info("commandstats")
        return {name: each["calls"] for name, each in statistics.items()}

    app.log_in()
    few = commands()
    for _ in range(2000):
        app.issuer.families.start("alice", "web", clock.at, None)
    assert commands() == few
    assert few["cmdstat_hset"] == few["cmdstat_set"] == 1


def test_redis_itself_forgets_by_both_limits(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    family, idle = record_of(token), kit.REFRESH_IDLE_DAYS * 86400
    assert idle - 5 <= app.corner.server.ttl(family) <= idle
    app.corner.server.expire(family, 7)
    token = refresh(app, token)
    assert idle - 5 <= app.corner.server.ttl(family) <= idle
    clock.at = end - 100
    app.corner.server.hset(family, "used", clock.at)
    app.issuer.refresh(token, "web")
    assert 95 <= app.corner.server.ttl(family) <= 100


def test_what_a_retry_needs_leaves_the_store_with_the_grace(app: App) -> None:
    """Afterwards not even an old token and all that is stored give the newest one."""
    first = app.log_in()
    refresh(app, first)
    assert 0 < app.corner.server.ttl(retry_of(first)) <= kit.GRACE_SECONDS


@pytest.mark.parametrize("silent", [False, True])
def test_an_answer_that_redis_lost_is_an_error_and_the_retry_gets_the_same_token(
    app: App, monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    """Redis has rotated; the issuer does not know, says 503, and the client tries again."""
    first = app.log_in()
    with lossy(os.environ["REDIS_URL"], b"EVAL") as way:
        monkeypatch.setenv("REDIS_URL", way.url)
        far = start()
        way.losing, way.silent = 1, silent
        with pytest.raises(kit.StoreUnavailable):
            far.issuer.refresh(first, "web")
        assert way.lost == 1
        rotated = app.corner.server.hget(record_of(first), "current")
        second = refresh(far, first)
    assert rotated == token_hashes(second)[1]
    assert refresh(app, first) == second
    refresh(app, second)


@pytest.mark.parametrize("silent", [False, True])
def test_a_redis_client_that_sends_the_script_again_rotates_once(app: App, *, silent: bool) -> None:
    """As any client library may do by itself, unseen by the issuer."""
    first = app.log_in()
    with lossy(os.environ["REDIS_URL"], b"EVAL") as way:
        server = redis.Redis.from_url(
            way.url, decode_responses=True, socket_timeout=0.5, retry=Retry(NoBackoff(), 1)
        )
        server.ping()
        far = replace(app.issuer, families=replace(app.issuer.families, server=server))
        way.losing, way.silent = 1, silent
        second = far.refresh(first, "web").refresh
        assert way.lost == 1
        server.close()
    assert refresh(app, first) == second
    refresh(app, second)


def test_a_login_whose_answer_redis_lost_is_an_error_and_the_next_is_a_login(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lossy(os.environ["REDIS_URL"], b"EVAL") as way:
        monkeypatch.setenv("REDIS_URL", way.url)
        far = start()
        begun = far.issuer.begin()
        way.losing = 1
        with pytest.raises(kit.StoreUnavailable):
            far.issuer.log_in("alice", "web", begun=begun)
        token = far.issuer.log_in("alice", "web", begun=begun).refresh
    refresh(app, token)
