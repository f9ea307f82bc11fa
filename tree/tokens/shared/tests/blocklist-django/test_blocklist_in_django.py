"""What is peculiar to a blocklist in the tables of a Django project: locks, transactions, rows that
go, steps that are bounded."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections, transaction

import store
import tokens as kit
from blocklist_corner import Corner
from by_hand import Verify, refuse
from django_store import Database
from forging import forge

WRITES: dict[str, Callable[[], object]] = {
    "issue": lambda: kit.issuer()("alice"),
    "revoke": lambda: kit.revoker().revoke(forge()),
    "revoke_all": lambda: kit.revoker().revoke_all("alice"),
}


def failing(*_: object) -> None:
    raise kit.StoreUnavailable("no space left")


@pytest.mark.parametrize("act", WRITES)
def test_nothing_seems_done_while_somebody_else_holds_the_lock(kept: Corner, act: str) -> None:
    connection = connections["default"]
    if connection.vendor != "sqlite":
        pytest.skip("a lock of a file")
    before = kept.names()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(kit.StoreUnavailable):
        WRITES[act]()
    other.close()
    assert kept.names() == before
    WRITES[act]()


def test_a_check_waits_for_nobody_who_writes(verify: Verify, revoker: kit.Revoker) -> None:
    token = kit.issuer()("alice")
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        revoker.revoke_all("bob")
        assert other.submit(verify, token).result()["sub"] == "alice"


def test_a_login_waits_for_a_log_out_that_is_not_committed(revoker: kit.Revoker) -> None:
    """So that it comes after it: no login can read the old password and count as later."""
    issue, begun = kit.issuer(), Event()

    def log_in() -> str:
        begun.set()
        return issue("alice", begun=issue.begin())

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            revoker.revoke_all("alice")
            login = other.submit(log_in)
            begun.wait()
            with pytest.raises(TimeoutError):
                login.result(timeout=0.3)
        assert kit.verifier()(login.result())["sub"] == "alice"


def test_rows_that_nobody_needs_go_in_bounded_steps(
    kept: Corner, verify: Verify, revoker: kit.Revoker
) -> None:
    token = kit.issuer()("alice")
    revoker.revoke_all("carol")
    for rows, values in ((kept.blocklist.tokens, {}), (kept.blocklist.users, {"cut_off": 1})):
        old = [f"old-{number}" for number in range(2 * store.STEP + 50)]
        rows.bulk_create(rows.model(digest=name, expires=1, **values) for name in old)
        counts = []
        for _ in range(4):
            revoker.revoke_all("bob")
            counts.append(sum(name.startswith("old-") for name in kept.names()))
        assert counts == [store.STEP + 50, 50, 0, 0]
    assert verify(token)
    revoker.revoke(token)
    revoker.revoke_all("dave")
    refuse(token, verify, "^revoked$")
    assert kept.blocklist.users.count() == 3


def test_a_clean_up_that_fails_does_not_undo_a_logout(
    verify: Verify, revoker: kit.Revoker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kit.issuer()("alice")
    monkeypatch.setattr(Database, "delete_some", failing)
    revoker.revoke(token)
    refuse(token, verify, "^revoked$")


def test_a_log_out_everywhere_that_fails_leaves_nothing_half_done(
    kept: Corner, verify: Verify, revoker: kit.Revoker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = kit.issuer()("alice")
    before = kept.moment("latest")
    with monkeypatch.context() as patch:
        patch.setattr(store.Blocklist, "_put", lambda *_, **__: failing())
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
