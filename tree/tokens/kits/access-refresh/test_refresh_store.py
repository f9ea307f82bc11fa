"""What a store that is down, full, damaged or unfit does to logins: it gives nothing away."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

import families
import tokens as kit
from by_hand import Verify
from logins import App, cannot_refresh, record_of, refresh, retry_of, start
from redis_corner import reached, silent
from redis_server import redis_server

ACTS: dict[str, Callable[[App], object]] = {
    "begin": lambda app: app.issuer.begin(),
    "log_in": lambda app: app.log_in(),
    "refresh": lambda app: app.issuer.refresh(f"{'A' * 43}.{'B' * 43}", "web"),
    "revoke": lambda app: app.revoke(f"{'A' * 43}.{'B' * 43}"),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_issues_nothing(nowhere: App, act: str) -> None:
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](nowhere)


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with silent() as url, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("REDIS_URL", url)
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 4


def test_access_tokens_are_checked_without_the_store(nowhere: App, verify: Verify) -> None:
    assert verify(nowhere.issuer("alice"))["sub"] == "alice"


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    assert reached(families, "redis://127.0.0.1:5/2") == ((5, 2) if url is None else (7, 3))


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
        app.server.hdel(record_of(token), field)
    else:
        app.server.hset(record_of(token), field, value)
    for each in (token, successor):
        with pytest.raises(kit.StoreUnavailable):
            app.issuer.refresh(each, "web")
    assert app.server.exists(record_of(token)) == 1
    app.revoke(token)
    cannot_refresh(app, token, "unknown")


@pytest.mark.parametrize("subject", ["bob", "\u00e9", b"\xff\xfe"])
def test_a_login_of_a_user_whom_the_store_does_not_know_is_over(
    app: App, subject: str | bytes
) -> None:
    token = app.log_in()
    app.server.hset(record_of(token), "sub", subject)
    cannot_refresh(app, token, "logged out everywhere")


def test_a_login_of_another_type_is_an_error(app: App) -> None:
    token = app.log_in()
    app.server.delete(record_of(token))
    app.server.set(record_of(token), "text")
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")


@pytest.mark.parametrize("nonce", ["", "x", "\u00e9", b"\xff\xfe"])
def test_a_retry_never_gets_a_token_that_does_not_work(app: App, nonce: str | bytes) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.server.set(retry_of(first), nonce)
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(first, "web")
    refresh(app, second)


DAMAGED_MOMENTS = [None, "", "soon", "-1", "1e9", b"\xff\xfe"]


@pytest.mark.parametrize("value", DAMAGED_MOMENTS)
def test_what_is_damaged_of_a_user_is_an_error_and_issues_nothing(
    app: App, value: str | bytes | None
) -> None:
    token, name = app.log_in(), families._user("alice")

    def damage(field: str) -> None:
        if value is None:
            app.server.hdel(name, field)
        else:
            app.server.hset(name, field, value)

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
    token, name = app.log_in(), families._user("alice")
    app.server.delete(name)
    app.server.rpush(name, "1")
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
    CLOCKS[damage](app.server, families._clock())
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](app)
