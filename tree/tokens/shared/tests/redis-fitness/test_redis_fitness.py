"""What the kit asks of its Redis: at the start, and with each script that it runs."""

import logging
import time
from collections.abc import Iterator

import pytest
import redis

from redis_connection import StoreUnavailable, UnfitStore, connect, run_script, store_errors
from redis_server import EVICTING, fill, redis_server

NOBODY = "redis://127.0.0.1:1/0"  # refuses connections
READ = "return redis.call('GET', KEYS[1])"
WRITE = "return redis.call('SET', KEYS[1], ARGV[1])"


@pytest.fixture
def private_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    with redis_server(monkeypatch) as server:
        yield server


def loud(caplog: pytest.LogCaptureFixture) -> str:
    """Return what an operator is told."""
    records = [record for record in caplog.records if record.name == "tokens"]
    return "\n".join(each.getMessage() for each in records if each.levelno >= logging.CRITICAL)


@pytest.mark.parametrize("policy", EVICTING)
def test_it_does_not_start_on_a_redis_that_evicts(
    private_redis: redis.Redis, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    private_redis.config_set("maxmemory-policy", policy)
    with pytest.raises(UnfitStore, match=f"maxmemory_policy:{policy} .*CONFIG SET"):
        connect(NOBODY)
    assert f"maxmemory_policy:{policy}" in loud(caplog)


@pytest.mark.parametrize("policy", EVICTING)
def test_it_stops_when_redis_begins_to_evict_and_goes_on_when_that_ends(
    private_redis: redis.Redis, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    client = connect(NOBODY)
    assert run_script(client, WRITE, ["name"], "value") == "OK"
    private_redis.config_set("maxmemory-policy", policy)
    for script in (READ, WRITE):
        with pytest.raises(StoreUnavailable):
            run_script(client, script, ["name"], "changed")
        assert f"maxmemory_policy:{policy}" in loud(caplog)
        caplog.clear()
    private_redis.config_set("maxmemory-policy", "noeviction")
    assert run_script(client, READ, ["name"]) == "value", "an unfit store is not written to"


@pytest.mark.parametrize("policy", ["allkeys-random", "volatile-ttl"])
def test_it_stops_where_redis_evicted_between_two_looks(
    private_redis: redis.Redis, caplog: pytest.LogCaptureFixture, policy: str
) -> None:
    """Somebody tries a policy out and takes it back: what was evicted meanwhile is still gone."""
    client = connect(NOBODY)
    run_script(client, WRITE, ["name"], "value")
    private_redis.config_set("maxmemory-policy", policy)
    fill(private_redis)
    private_redis.config_set("maxmemory", 0)
    private_redis.config_set("maxmemory-policy", "noeviction")
    assert int(private_redis.info("stats")["evicted_keys"]) > 0
    with pytest.raises(StoreUnavailable):
        run_script(client, READ, ["name"])
    assert "evicted_keys:" in loud(caplog)
    with pytest.raises(UnfitStore, match="RESETSTAT"):
        connect(NOBODY)
    private_redis.flushdb()
    private_redis.config_resetstat()
    assert run_script(client, READ, ["name"]) is None, "all logins are over, and the kit goes on"


def test_it_does_not_start_on_a_replica(
    monkeypatch: pytest.MonkeyPatch, private_redis: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    port = private_redis.get_connection_kwargs()["port"]
    with redis_server(monkeypatch, "--replicaof", f"127.0.0.1 {port}"):
        with pytest.raises(UnfitStore, match=r"role:slave.*primary"):
            connect(NOBODY)
        assert "role:slave" in loud(caplog)


def test_it_stops_when_its_redis_becomes_a_replica(private_redis: redis.Redis) -> None:
    client = connect(NOBODY)
    private_redis.replicaof("127.0.0.1", 1)
    with pytest.raises(StoreUnavailable):
        run_script(client, READ, ["name"])


def test_it_does_not_start_where_redis_may_not_say_what_it_does(
    monkeypatch: pytest.MonkeyPatch, private_redis: redis.Redis
) -> None:
    private_redis.acl_setuser(
        "quiet", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info"]
    )
    port = private_redis.get_connection_kwargs()["port"]
    monkeypatch.setenv("REDIS_URL", f"redis://quiet:any@127.0.0.1:{port}/0")
    with pytest.raises(UnfitStore):
        connect(NOBODY)


def test_it_starts_before_redis_does_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    client = connect(NOBODY)
    assert "does not answer yet" in caplog.text
    with pytest.raises(StoreUnavailable):
        run_script(client, READ, ["name"])


def test_a_full_redis_is_read_and_not_written(private_redis: redis.Redis) -> None:
    client = connect(NOBODY)
    run_script(client, WRITE, ["name"], "value")
    private_redis.config_set("maxmemory", 1)
    assert run_script(client, READ, ["name"]) == "value"
    with pytest.raises(StoreUnavailable):
        run_script(client, WRITE, ["other"], "value")


def test_a_script_runs_once_whatever_becomes_of_the_answer(private_redis: redis.Redis) -> None:
    """The client gives up after half a second. Sent again, the script would count twice."""
    client = connect(NOBODY)
    private_redis.client_pause(700, all=True)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        run_script(client, "return redis.call('INCR', KEYS[1])", ["count"])
    assert time.monotonic() - started < 0.69, "one wait of half a second, not two"
    time.sleep(0.5)
    assert private_redis.get("count") in (None, "1")


def test_a_connection_that_redis_closed_is_replaced(private_redis: redis.Redis) -> None:
    client = connect(NOBODY)
    private_redis.client_kill_filter(_type="normal", skipme=True)
    time.sleep(0.05)
    assert run_script(client, READ, ["name"]) is None


def test_a_value_of_another_type_is_an_error(private_redis: redis.Redis) -> None:
    client = connect(NOBODY)
    private_redis.rpush("name", "value")
    with pytest.raises(StoreUnavailable):
        run_script(client, READ, ["name"])


def test_bytes_that_are_no_text_are_an_error_and_spoil_no_later_answer(
    private_redis: redis.Redis,
) -> None:
    client = connect(NOBODY)
    private_redis.set("name", b"\xff\xfe")
    with pytest.raises(StoreUnavailable):
        run_script(client, READ, ["name"])
    private_redis.set("name", "value")
    assert run_script(client, READ, ["name"]) == "value"


@pytest.mark.parametrize("damage", [ValueError("x"), TypeError("x"), KeyError("x"), IndexError()])
def test_damaged_data_is_an_error_of_the_store(damage: Exception) -> None:
    with pytest.raises(StoreUnavailable), store_errors():
        raise damage
