"""Attacks through the store: one that drops entries under pressure, a replica, and a full one."""

import secrets
from collections.abc import Iterator

import pytest
import redis

import tokens as kit
from redis_server import EVICTING, POLICIES, fill, redis_server
from sessions import App, moment, start


@pytest.fixture
def private_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    with redis_server(monkeypatch) as server:
        yield server


def accepted(app: App, tokens: list[str]) -> int:
    count = 0
    for token in tokens:
        try:
            app.verify(token)
        except (kit.InvalidToken, kit.StoreUnavailable):
            continue
        count += 1
    return count


@pytest.mark.parametrize("policy", POLICIES)
def test_under_memory_pressure_nothing_that_was_revoked_is_accepted(
    private_redis: redis.Redis, policy: str
) -> None:
    app = start()
    logged_out = [app.issue("alice") for _ in range(150)]
    for token in logged_out:
        app.revoke(token)
    everywhere = [app.issue(f"user-{number}") for number in range(150)]
    for number in range(150):
        app.revoke_all(f"user-{number}")
    private_redis.config_set("maxmemory-policy", policy)
    fill(private_redis)
    assert accepted(app, logged_out + everywhere) == 0


@pytest.mark.parametrize("policy", EVICTING)
def test_it_does_not_start_with_a_store_that_drops_entries(
    private_redis: redis.Redis, policy: str
) -> None:
    private_redis.config_set("maxmemory-policy", policy)
    for part in (kit.issuer, kit.verifier, kit.revoker):
        with pytest.raises(kit.UnfitStore, match=policy):
            part()


def test_each_call_fails_closed_while_the_store_is_unfit(private_redis: redis.Redis) -> None:
    app = start()
    token = app.issue("alice")
    for change in ("maxmemory-policy allkeys-lru", "maxmemory-policy volatile-ttl"):
        private_redis.config_set(*change.split())
        acts = (
            app.issue.begin,
            lambda: app.issue("alice"),
            lambda: app.verify(token),
            lambda: app.revoke(token),
            lambda: app.revoke_all("alice"),
        )
        for act in acts:
            with pytest.raises(kit.StoreUnavailable):
                act()
    private_redis.config_set("maxmemory-policy", "noeviction")
    assert app.verify(token)["sub"] == "alice"


def test_a_replica_is_refused(private_redis: redis.Redis) -> None:
    app = start()
    token = app.issue("alice")
    private_redis.replicaof("127.0.0.1", 1)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)
    with pytest.raises(kit.UnfitStore):
        kit.verifier()


def test_in_a_full_store_sessions_go_on_and_end(private_redis: redis.Redis) -> None:
    """Nobody logs in any more, but who is signed in works on, and can be logged out."""
    app = start()
    laptop, phone, other = app.issue("alice"), app.issue("alice"), app.issue("bob")
    private_redis.config_set("maxmemory", 1)
    with pytest.raises(kit.StoreUnavailable):
        app.issue("alice", replaces=laptop)
    for token in (laptop, phone, other, laptop):
        assert app.verify(token)["sub"] in ("alice", "bob")
    app.revoke(laptop)
    app.revoke_all("bob")
    assert accepted(app, [laptop, other, secrets.token_urlsafe(32)]) == 0
    app.revoke_all("alice")
    assert accepted(app, [phone]) == 0


def test_a_full_store_does_not_stop_the_idle_time_from_starting_anew(
    private_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, begun = start(), kit.now()
    token = app.issue("alice")
    private_redis.config_set("maxmemory", 1)
    for turn in range(4):
        monkeypatch.setattr(kit, "now", lambda at=begun + turn * 1000: at)
        assert app.verify(token)["sub"] == "alice"
        assert moment(app, token, "seen") == begun + turn * 1000
