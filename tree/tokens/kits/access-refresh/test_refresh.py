"""Attacks on refresh tokens: forged, misshapen, from another client, and past their limits."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import pytest

import tokens as kit
from by_hand import Clock, Verify, b64, refuse
from forging import OURS, STRANGER
from logins import App, cannot_refresh, refresh, start
from pem import pem


def test_the_claims_name_the_login(app: App) -> None:
    first, other = (app.issuer.log_in("alice", "web") for _ in range(2))
    renewed = app.issuer.refresh(str(first.refresh), "web")
    sids = [kit.verifier()(tokens.access)["sid"] for tokens in (first, renewed, other)]
    assert sids[0] == sids[1] != sids[2]


def test_a_pair_of_tokens_does_not_print_itself(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    assert pair.access not in f"{pair} {pair!r}"
    assert str(pair.refresh) not in f"{pair} {pair!r}"


@pytest.mark.parametrize(("subject", "client"), [("", "web"), ("alice", ""), (7, "web"), ("a", 7)])
def test_nobody_logs_in_without_a_subject_and_a_client(app: App, subject: Any, client: Any) -> None:
    with pytest.raises(ValueError, match="subject and a client"):
        app.issuer.log_in(subject, client)
    assert app.dump() == ""


@pytest.mark.parametrize("name", ["\ud800", "alice\udfff"])
def test_half_a_character_is_in_no_name(app: App, name: str) -> None:
    """JSON can say it, and neither a store nor a token can hold it."""
    token = app.log_in()
    for act in (
        lambda: app.issuer.log_in(name, "web"),
        lambda: app.issuer.log_in("alice", name),
        lambda: app.issuer(name),
    ):
        with pytest.raises(ValueError, match="subject"):
            act()
    cannot_refresh(app, token, "another client", name)
    refresh(app, token)


def test_a_token_without_a_login_is_an_access_token_like_others(app: App, verify: Verify) -> None:
    """Nothing is kept of it, so nothing can renew it; no two of them share a sid."""
    tokens = [app.issuer("alice", {"sid": "chosen"}) for _ in range(2)]
    assert len({verify(token)["sid"] for token in tokens} - {"chosen"}) == 2
    assert app.dump() == ""


def test_each_refresh_gives_a_new_pair(app: App) -> None:
    tokens = [app.log_in()]
    for _ in range(5):
        tokens.append(refresh(app, tokens[-1]))
    assert len(set(tokens)) == 6


def test_the_store_holds_no_refresh_token(app: App) -> None:
    token = app.log_in()
    for secret in [*token.split("."), *refresh(app, token).split(".")]:
        assert secret not in app.dump()
        assert hashlib.sha256(secret.encode()).hexdigest() in app.dump()


def test_it_refuses_what_stands_in_the_store(app: App) -> None:
    token = app.log_in()
    digests = [hashlib.sha256(part.encode()).digest() for part in token.split(".")]
    cannot_refresh(app, ".".join(digest.hex() for digest in digests), "shape")
    cannot_refresh(app, ".".join(digest.hex()[:43] for digest in digests), "unknown")
    cannot_refresh(app, ".".join(map(b64, digests)), "unknown")
    refresh(app, token)


def test_it_refuses_an_unknown_token_and_harms_nobody(app: App) -> None:
    token = app.log_in()
    stranger = f"{secrets.token_urlsafe(32)}.{token.partition('.')[2]}"
    cannot_refresh(app, stranger, "unknown")
    refresh(app, token)


def test_nobody_can_end_a_login_with_what_its_access_token_says(app: App) -> None:
    tokens = app.issuer.log_in("alice", "web")
    sid = kit.verifier()(tokens.access)["sid"]
    for handle in (sid[:43], b64(bytes.fromhex(sid))):
        cannot_refresh(app, f"{handle}.{secrets.token_urlsafe(32)}", "unknown")
        app.revoke(f"{handle}.{secrets.token_urlsafe(32)}")
    refresh(app, str(tokens.refresh))


@pytest.mark.parametrize("client", ["mobile", "", "Web", "web ", "web\n"])
def test_another_client_is_refused_and_changes_nothing(app: App, client: str) -> None:
    first = app.log_in()
    cannot_refresh(app, first, "another client", client)
    second = refresh(app, first)
    cannot_refresh(app, first, "another client", client)
    refresh(app, second)


def test_a_login_ends_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.log_in()
    clock.at += kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "expired")
    clock.at -= kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "unknown")  # gone for good, not merely refused


def test_a_login_ends_after_the_absolute_limit_despite_refreshes(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    for moment in [*range(clock.at + 86400, end, 86400), end - 1]:
        clock.at = moment
        token = refresh(app, token)
    clock.at = end
    cannot_refresh(app, token, "expired")


def test_shorter_limits_hold_for_logins_that_are_open(
    app: App, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    token = app.log_in()
    clock.at += 2 * 86400
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 2)
    cannot_refresh(start(), token, "expired")


def test_neither_token_passes_for_the_other(app: App, verify: Verify) -> None:
    tokens = app.issuer.log_in("alice", "web")
    refuse(tokens.refresh, verify)
    refuse(f"{tokens.refresh}.{secrets.token_urlsafe(32)}", verify)
    cannot_refresh(app, tokens.access, "shape")
    cannot_refresh(app, tokens.access.rpartition(".")[0], "shape")


# What becomes of a good token.
MISSHAPEN: dict[str, Callable[[str], Any]] = {
    "empty": lambda _: "",
    "none": lambda _: None,
    "a number": lambda _: 7,
    "bytes": lambda token: token.encode(),
    "a list": lambda token: [token],
    "cut": lambda token: token[:-1],
    "cut in front": lambda token: token[1:],
    "a line break behind": lambda token: token + "\n",
    "padded": lambda token: token + "=",
    "too long by 1": lambda token: token + "A",
    "no dot": lambda token: token.replace(".", ""),
    "two dots": lambda token: token.replace(".", ".."),
    "the first half": lambda token: token.partition(".")[0],
    "the second half": lambda token: token.partition(".")[2],
    "é in front": lambda token: "é" + token[1:],
    "half a character": lambda token: "\ud800" + token[1:],
    "a zero byte": lambda token: token[:-1] + "\x00",
    "long": lambda token: token * 100_000,
}


@pytest.mark.parametrize("misshape", MISSHAPEN)
def test_it_refuses_any_other_shape_unasked_and_harms_nobody(
    app: App, nowhere: App, misshape: str
) -> None:
    token = app.log_in()
    cannot_refresh(
        nowhere, MISSHAPEN[misshape](token), "shape"
    )  # a look-up would raise StoreUnavailable
    nowhere.revoke(MISSHAPEN[misshape](token))
    refresh(app, token)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}=TOKEN"
    age = f"Max-Age={kit.REFRESH_IDLE_DAYS * 86400}"
    assert sorted(attributes) == ["HttpOnly", age, "Path=/", "SameSite=Strict", "Secure"]
    assert kit.REFRESH_COOKIE_NAME.startswith("__Host-Http-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure"]


def test_a_login_outlives_a_change_of_keys(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.issuer.log_in("alice", "web")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(STRANGER))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    after = kit.issuer().refresh(str(before.refresh), "web")
    assert kit.verifier()(before.access)["sid"] == kit.verifier()(after.access)["sid"]
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(STRANGER.public_key()))
    refuse(before.access, kit.verifier(), "unknown kid")
    assert kit.verifier()(after.access)
