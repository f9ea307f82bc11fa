"""What is peculiar to a blocklist in a database: locks, a full disk, rows that go, steps that are
bounded."""

import os
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

import database_connection
import store
import tokens as kit
from blocklist_corner import Corner, empty_database
from by_hand import Verify, refuse
from database_connection import IS_STANDBY, Database
from forging import forge

LOCK = "LOCK TABLE blocklist_clock, blocklist_tokens, blocklist_users IN ACCESS EXCLUSIVE MODE"
OLD = {
    "tokens": "INSERT INTO blocklist_tokens VALUES (?, 1)",
    "users": "INSERT INTO blocklist_users VALUES (?, 1, 1)",
}
WRITES: dict[str, Callable[[], object]] = {
    "issue": lambda: kit.issuer()("alice"),
    "revoke": lambda: kit.revoker().revoke(forge()),
    "revoke_all": lambda: kit.revoker().revoke_all("alice"),
}


def locked(kept: Corner) -> Callable[[], object]:
    """Lock everything, as a migration or a stuck program does; return what ends that."""
    if kept.database.is_sqlite:
        other = sqlite3.connect(kept.database.url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        return other.close
    server = psycopg.connect(kept.database.url)
    server.execute(LOCK)
    return server.close


@pytest.mark.parametrize("act", WRITES)
def test_nothing_seems_done_while_somebody_else_holds_the_lock(
    kept: Corner, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    monkeypatch.setattr(database_connection, "FILE_SECONDS", 0.1)
    before, unlock = kept.names(), locked(kept)
    with pytest.raises(kit.StoreUnavailable):
        WRITES[act]()
    unlock()
    assert kept.names() == before
    WRITES[act]()


def test_a_check_waits_for_no_lock_of_a_file_and_not_long_for_another(
    kept: Corner, verify: Verify
) -> None:
    token = kit.issuer()("alice")
    assert verify(token)
    unlock, began = locked(kept), time.monotonic()
    if kept.database.is_sqlite:
        assert verify(token), "who reads does not wait for who writes"
    else:
        with pytest.raises(kit.StoreUnavailable):
            verify(token)
    assert time.monotonic() - began < 2
    unlock()
    assert verify(token)


@pytest.mark.parametrize("act", WRITES)
def test_a_full_database_is_an_error_and_what_is_there_goes_on(
    verify: Verify, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    token, revoked = kit.issuer()("alice"), kit.issuer()("alice")
    kit.revoker().revoke(revoked)
    run = Database.run

    def full(self: Database, sql: str, *values: str | int) -> list[tuple[object, ...]]:
        if sql.startswith(("INSERT", "DELETE", "UPDATE")):
            raise kit.StoreUnavailable("no space left")
        return run(self, sql, *values)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "run", full)
        with pytest.raises(kit.StoreUnavailable):
            WRITES[act]()
        assert verify(token)
        refuse(revoked, verify, "^revoked$")


def test_a_file_that_may_not_grow_is_an_error(
    kept: Corner, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kept.database.is_sqlite:
        pytest.skip("a limit of SQLite")
    opened = Database.opened

    def small(self: Database) -> object:
        file = opened(self)
        file.execute("PRAGMA max_page_count = 1")  # as large as it is, and no larger
        return file

    monkeypatch.setattr(Database, "opened", small)
    revoker = kit.revoker()

    def fill() -> None:
        for number in range(2000):
            revoker.revoke_all(f"user-{number}")

    with pytest.raises(kit.StoreUnavailable):
        fill()


def test_a_store_that_is_silent_is_an_error_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    token = kit.issuer()("alice")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{port}/nowhere")
        began = time.monotonic()
        with pytest.raises(kit.StoreUnavailable):
            kit.verifier()(token)
        assert time.monotonic() - began < 8


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite:///:memory:", "mysql://a/b", "x"])
@pytest.mark.parametrize("start", [kit.issuer, kit.verifier, kit.revoker])
def test_nothing_starts_on_a_database_that_is_not_shared(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], object], url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(kit.UnfitStore, match="DATABASE_URL"):
        start()


def test_nothing_starts_on_a_standby(kept: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    if kept.database.is_sqlite:
        pytest.skip("a file has no standby")
    monkeypatch.setattr(
        database_connection, "IS_STANDBY", IS_STANDBY.replace("SELECT", "SELECT NOT")
    )
    with pytest.raises(kit.UnfitStore, match="standby"):
        kit.verifier()


@pytest.mark.parametrize("table", OLD)
def test_rows_that_nobody_needs_go_in_bounded_steps(
    kept: Corner, verify: Verify, revoker: kit.Revoker, table: str
) -> None:
    token = kit.issuer()("alice")
    with kept.database.transaction():
        for number in range(2 * store.STEP + 50):
            kept.database.run(OLD[table], f"old-{number}")
    counts = []
    for _ in range(4):
        revoker.revoke_all("bob")
        counts.append(sum(name.startswith("old-") for name in kept.names()))
    assert counts == [store.STEP + 50, 50, 0, 0]
    assert verify(token)
    revoker.revoke(token)
    revoker.revoke_all("carol")
    refuse(token, verify, "^revoked$")


def test_a_clean_up_that_fails_does_not_undo_a_logout(
    kept: Corner, verify: Verify, revoker: kit.Revoker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kit.issuer()("alice")
    monkeypatch.setattr(store, "FORGET_TOKENS", "DELETE FROM no_such_table WHERE 1 = ?")
    revoker.revoke(token)
    refuse(token, verify, "^revoked$")
    assert kept.names()


def test_a_log_out_everywhere_that_fails_leaves_nothing_half_done(
    kept: Corner, verify: Verify, revoker: kit.Revoker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kit.issuer()("alice")
    before = kept.moment("latest")
    with monkeypatch.context() as patch:
        patch.setattr(store, "LOG_OUT", "INSERT INTO no_such_table VALUES (?, ?, ?)")
        with pytest.raises(kit.StoreUnavailable):
            revoker.revoke_all("alice")
    assert kept.moment("latest") == before
    assert verify(token)


@pytest.mark.parametrize("subject", ["a\0b", "\0", "é" * 1500, "x" * 3000, "'; --", "%s ?"])
def test_whoever_can_have_a_token_can_be_logged_out(
    verify: Verify, revoker: kit.Revoker, subject: str
) -> None:
    try:
        token = kit.issuer()(subject)
    except ValueError:  # longer than a token may be
        token = ""
    revoker.revoke_all(subject)
    if token:
        refuse(token, verify, "logged out everywhere")


def test_the_tables_hold_no_names_and_no_ids(
    kept: Corner, verify: Verify, revoker: kit.Revoker
) -> None:
    token = kit.issuer()("alice")
    claims = verify(token)
    revoker.revoke(token)
    revoker.revoke_all("alice")
    held = str(kept.names())
    assert "alice" not in held
    assert claims["jti"] not in held


def test_a_second_log_out_moves_the_cut_off_and_keeps_it_longer(
    kept: Corner, verify: Verify, revoker: kit.Revoker
) -> None:
    issue = kit.issuer()
    revoker.revoke_all("alice")
    kept.blocklist.log_out("bob", 1)
    first = kept.left_of_user("bob")
    between = [issue("alice"), issue("bob")]
    revoker.revoke_all("alice")
    kept.blocklist.log_out("bob", store.LOGIN_SECONDS * 5)
    for token in between:
        refuse(token, verify, "logged out everywhere")
    assert kept.left_of_user("bob") > first * 2


def test_many_log_outs_at_once_leave_the_latest_cut_off(
    verify: Verify, revoker: kit.Revoker
) -> None:
    """Whoever began before the last of them is out, whoever begins afterwards is in."""
    issue = kit.issuer()
    tokens = [issue("alice") for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(revoker.revoke_all, "alice") for _ in range(24)]:
            done.result()
    for token in tokens:
        refuse(token, verify, "logged out everywhere")
    assert verify(issue("alice", begun=issue.begin()))


def test_two_processes_may_create_the_tables_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with empty_database(os.environ["DATABASE_URL"].partition("?")[0]) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        with ThreadPoolExecutor(8) as pool:
            for made in [pool.submit(kit.issuer) for _ in range(8)]:
                assert made.result().begin() > 0
