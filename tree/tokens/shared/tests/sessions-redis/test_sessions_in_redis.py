"""What Redis keeps of sessions, for how long, and what becomes of damaged records."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

import redis_connection
import store
import tokens as kit
from redis_corner import reached, silent
from session_corner import record_of
from sessions import ACTS, App, Clock, start


def test_redis_itself_forgets_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    idle = kit.IDLE_MINUTES * 60
    assert idle - 5 <= app.corner.server.ttl(record_of(token)) <= idle
    clock.time += idle - 1
    app.corner.server.expire(record_of(token), 7)
    app.verify(token)
    assert idle - 5 <= app.corner.server.ttl(record_of(token)) <= idle


def test_redis_itself_forgets_by_the_absolute_limit(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    end = clock.time + kit.ABSOLUTE_HOURS * 3600
    clock.time = end - 100
    app.corner.server.hset(record_of(token), "seen", clock.time)
    app.verify(token)
    assert 95 <= app.corner.server.ttl(record_of(token)) <= 100


def test_the_absolute_limit_binds_where_it_is_the_shorter(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "IDLE_MINUTES", 600)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 1)
    token = start().issue("alice")
    assert 3595 <= app.corner.server.ttl(record_of(token)) <= 3600


def test_logins_leave_nothing_but_their_records(app: App) -> None:
    """Nothing that grows with a user's logins, so that no number of them makes anything slow."""
    for _ in range(300):
        app.revoke(app.issue("alice"))
    assert set(app.corner.server.scan_iter(f"{store.PREFIX}*")) == {f"{store.PREFIX}clock"}
    app.issue("alice")
    app.revoke_all("alice")
    app.revoke_all("alice")
    assert len(set(app.corner.server.scan_iter(f"{store.PREFIX}*"))) == 3  # clock, record, cut-off


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with silent() as url, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("REDIS_URL", url)
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("record", ["", "no JSON", "[]", "{}", '{"sub": "alice"}', "17"])
def test_a_damaged_record_is_an_error_and_never_a_session(app: App, record: str) -> None:
    token = app.issue("alice")
    app.corner.server.set(record_of(token), record)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


NO_NUMBERS = [None, "", "soon", "nan", "inf", "-1", "1e9", "0x10", b"\xff", "1 "]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("sub", value) for value in (None, "", b"\xff")),
        *((name, value) for name in ("created", "seen", "stamp") for value in NO_NUMBERS),
    ],
)
def test_a_record_with_a_damaged_field_is_an_error(
    app: App, name: str, value: str | bytes | None
) -> None:
    token = app.issue("alice")
    app.corner.server.hdel(record_of(token), name)
    if value is not None:
        app.corner.server.hset(record_of(token), name, value)
    with pytest.raises(kit.StoreUnavailable):
        app.verify(token)


@pytest.mark.parametrize("name", ["cut-off:alice", "clock"])
def test_a_damaged_moment_is_an_error(app: App, name: str) -> None:
    token = app.issue("alice")
    for value in ("", "soon", "nan", "-1", "1e9"):
        app.corner.server.set(f"{store.PREFIX}{name}", value)
        assert_store_unavailable(app, token, name)
    app.corner.server.delete(f"{store.PREFIX}{name}")
    app.corner.server.rpush(f"{store.PREFIX}{name}", "1")
    assert_store_unavailable(app, token, name)


def assert_store_unavailable(app: App, token: str, name: str) -> None:
    acts: list[Callable[[], object]] = [lambda: app.issue("alice", begun=app.issue.begin())]
    if name == "clock":
        acts += [app.issue.begin, lambda: app.issue("alice"), lambda: app.revoke_all("alice")]
    else:
        acts += [lambda: app.verify(token)]
    for act in acts:
        with pytest.raises(kit.StoreUnavailable):
            act()


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    assert reached(redis_connection, "redis://127.0.0.1:5/2") == ((5, 2) if url is None else (7, 3))


def test_a_cut_off_outlives_the_sessions_and_the_logins_that_it_ends(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours, least in ((kit.ABSOLUTE_HOURS, kit.ABSOLUTE_HOURS * 3600), (0, store.LOGIN_SECONDS)):
        monkeypatch.setattr(kit, "ABSOLUTE_HOURS", hours)
        kit.revoker().revoke_all("alice")
        left = app.corner.server.ttl(f"{store.PREFIX}cut-off:alice")
        assert least + store.MARGIN - 5 <= left <= least + store.MARGIN


def test_the_store_remembers_the_latest_stamp_that_it_gave(app: App) -> None:
    """Else a clock that is set back after the login would put the cut-off before the session."""
    before = app.corner.now()
    app.issue("alice")
    issued = int(app.corner.server.get(f"{store.PREFIX}clock") or 0)
    app.revoke_all("bob")
    assert before <= issued < int(app.corner.server.get(f"{store.PREFIX}clock") or 0)


def test_what_it_costs_does_not_grow_with_the_sessions(app: App) -> None:
    """Redis counts the commands that a call runs, those of scripts too."""
    costs = []
    for sessions in (1, 400):
        for _ in range(sessions):
            app.issue("alice")
        before = commands_run(app.corner.server)
        app.revoke_all("alice")
        costs.append(commands_run(app.corner.server) - before)
    assert max(costs) < 40, "other tests may use the same Redis meanwhile"


def commands_run(server: redis.Redis) -> int:
    return sum(each["calls"] for each in server.info("commandstats").values())
