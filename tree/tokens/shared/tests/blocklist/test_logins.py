"""Log out everywhere, and logins that are under way meanwhile. README.md shows the order."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import store
import tokens as kit
from blocklist_corner import Corner
from by_hand import LIFE, Verify, refuse

MINUTE = 60 * 1_000_000


def test_logging_out_everywhere_ends_the_tokens_of_the_user_alone(
    verify: Verify, revoker: kit.Revoker
) -> None:
    issue = kit.issuer()
    tokens = [issue("alice"), issue("alice", begun=issue.begin())]
    others = [issue(subject) for subject in ("bob", "alice2", "alic")]
    revoker.revoke_all("alice")
    for token in tokens:
        refuse(token, verify, "logged out everywhere")
    for other in others:
        assert verify(other)


def test_the_next_login_works_at_once(verify: Verify, revoker: kit.Revoker) -> None:
    issue = kit.issuer()
    for _ in range(50):
        ended, token = issue("alice"), issue("alice", begun=issue.begin())
        revoker.revoke_all("alice")
        assert verify(issue("alice"))
        assert verify(issue("alice", begun=issue.begin()))
        refuse(ended, verify, "logged out everywhere")
        refuse(token, verify, "logged out everywhere")


def test_a_login_that_was_under_way_gets_no_token(verify: Verify, revoker: kit.Revoker) -> None:
    issue = kit.issuer()
    login = issue.begin()
    revoker.revoke_all("alice")
    with pytest.raises(kit.InvalidToken, match="while this login was under way"):
        issue("alice", begun=login)
    assert verify(issue("bob", begun=login))["sub"] == "bob"


def test_a_login_that_was_under_way_while_the_store_lost_its_data_gets_no_token(
    verify: Verify, revoker: kit.Revoker, kept: Corner
) -> None:
    issue = kit.issuer()
    login = issue.begin()
    revoker.revoke_all("alice")
    kept.empty()
    with pytest.raises(kit.InvalidToken, match="lost its data"):
        issue("alice", begun=login)
    assert verify(issue("alice"))


def test_a_login_may_take_ten_minutes(verify: Verify) -> None:
    issue = kit.issuer()
    now = issue.begin()
    assert verify(issue("alice", begun=now - 9 * MINUTE))
    with pytest.raises(kit.InvalidToken, match="took too long"):
        issue("alice", begun=now - 10 * MINUTE - 1)


@pytest.mark.parametrize("begun", [0, -1, -(10**30), 10**16, 10**30])
def test_no_login_begins_at(begun: int) -> None:
    with pytest.raises(kit.InvalidToken, match=r"too long|in the future"):
        kit.issuer()("alice", begun=begun)


def test_no_login_begins_in_the_future() -> None:
    issue = kit.issuer()
    with pytest.raises(kit.InvalidToken, match="in the future"):
        issue("alice", begun=issue.begin() + MINUTE)


@pytest.mark.parametrize("begun", [True, 1.5, "1", b"1"])
def test_a_login_begins_with_what_begin_returns(begun: int) -> None:
    with pytest.raises(ValueError, match="begin"):
        kit.issuer()("alice", begun=begun)


def test_further_claims_do_not_replace_the_stamp(verify: Verify, revoker: kit.Revoker) -> None:
    token = kit.issuer()("alice", {"begun": 2**53})
    assert verify(token)["begun"] < 2**53
    revoker.revoke_all("alice")
    refuse(token, verify, "logged out everywhere")


def test_a_logout_is_remembered_longer_than_any_token_or_login_lives(
    revoker: kit.Revoker, kept: Corner, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoker.revoke_all("alice")
    # A token may come from an issuer whose clock is LEEWAY_SECONDS ahead.
    longest = LIFE + kit.LEEWAY_SECONDS
    assert longest < kept.left_of_user("alice") <= longest + store.MARGIN
    monkeypatch.setattr(kit, "ACCESS_MINUTES", 1)
    revoker.revoke_all("bob")
    assert kept.left_of_user("bob") > store.LOGIN_SECONDS


def test_no_stamp_falls_behind_an_earlier_one_when_the_clock_of_the_store_is_set_back(
    verify: Verify, revoker: kit.Revoker, kept: Corner
) -> None:
    """Its clock reads an hour less than the latest stamp."""
    issue = kit.issuer()
    ahead = issue.begin() + 60 * MINUTE
    kept.set_latest(ahead)
    login = issue.begin()
    assert login == ahead
    before = issue("alice", begun=login)
    revoker.revoke_all("alice")
    refuse(before, verify, "logged out everywhere")
    assert verify(issue("alice"))
    assert verify(issue("alice", begun=issue.begin()))
    with pytest.raises(kit.InvalidToken, match="under way"):
        issue("alice", begun=login)


def test_a_stamp_that_was_handed_out_is_kept(kept: Corner) -> None:
    assert kit.issuer().begin() == kept.moment("latest")


def test_the_tokens_of_logins_during_a_logout_are_dead_or_refused(
    verify: Verify, revoker: kit.Revoker
) -> None:
    """However the steps of eight logins and of a logout fall."""
    issue, start = kit.issuer(), threading.Barrier(9)

    def log_in() -> str | None:
        login = issue.begin()
        start.wait()
        try:
            return issue("alice", begun=login)
        except kit.InvalidToken:
            return None

    def log_out() -> None:
        start.wait()
        revoker.revoke_all("alice")

    for _ in range(10):
        with ThreadPoolExecutor(9) as pool:
            logins = [pool.submit(log_in) for _ in range(8)]
            pool.submit(log_out).result()
        for login in logins:
            if (token := login.result()) is not None:
                refuse(token, verify, "logged out everywhere")


@pytest.mark.parametrize("subject", ["", "\ud800", "a\udfff", None, 7])
def test_nobody_without_a_name_is_logged_out(revoker: kit.Revoker, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        revoker.revoke_all(subject)


def test_what_is_kept_does_not_grow_with_the_logins_of_a_user(
    revoker: kit.Revoker, kept: Corner
) -> None:
    issue = kit.issuer()
    counts = set()
    for _ in range(50):
        issue("alice", begun=issue.begin())
        revoker.revoke_all("alice")
        counts.add(len(kept.names()))
    assert len(counts) == 1
