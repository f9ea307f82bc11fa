"""Attacks on the endpoint by which services ask whose a token is."""

import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

import tokens as kit
from introspection_endpoint import Introspect
from samples import BILLING, CALLERS
from session_corner import NOWHERE, VARIABLE
from sessions import App, Clock, moment


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTROSPECTION_SECRETS", json.dumps(CALLERS))


@pytest.fixture
def introspect(app: App, callers: None) -> Introspect:  # noqa: ARG001 - both come first
    return kit.endpoint()


def test_it_knows_who_a_fresh_token_belongs_to(app: App, clock: Clock) -> None:
    token = app.issue("alice")
    claims = app.verify(token)
    assert (claims["sub"], claims["iat"], moment(app, token, "seen")) == (
        "alice",
        clock.time,
        clock.time,
    )


def ask(
    introspect: Introspect, token: str, audience: str = kit.AUDIENCE
) -> tuple[int, dict[str, Any]]:
    body = urlencode({"token": token}).encode()
    return introspect(f"Bearer {CALLERS[audience]}", body)


def test_the_answer_says_whose_token_it_is_and_until_when(
    app: App, introspect: Introspect, clock: Clock
) -> None:
    assert ask(introspect, app.issue("alice")) == (
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


def test_the_issuer_itself_reads_what_a_service_is_told(app: App, introspect: Introspect) -> None:
    token = app.issue("alice")
    assert ask(introspect, token) == (200, app.verify(token))
    with pytest.raises(kit.InvalidToken):
        app.verify(app.issue("alice", audiences=[BILLING]))


def test_it_takes_no_audience_letter_by_letter(app: App) -> None:
    with pytest.raises(ValueError, match="list"):
        app.issue("alice", audiences=kit.AUDIENCE)


def test_no_answer_gives_a_reason(app: App, introspect: Introspect, clock: Clock) -> None:
    """Unknown, misshapen, revoked, expired or another's: the answers are the same."""
    revoked, expired, other = (app.issue("alice") for _ in range(3))
    foreign = app.issue("alice", audiences=[BILLING])
    app.revoke(revoked)
    app.corner.drop(expired)
    app.revoke_all("alice")
    for token in (revoked, expired, other, foreign, secrets.token_urlsafe(32), "x", "x" * 500):
        assert ask(introspect, token) == (200, {"active": False})
    idle = app.issue("alice")
    clock.time += kit.IDLE_MINUTES * 60
    assert ask(introspect, idle) == (200, {"active": False})


def test_a_service_learns_nothing_of_tokens_for_others(app: App, introspect: Introspect) -> None:
    token = app.issue("alice", audiences=[BILLING])
    assert ask(introspect, token) == (200, {"active": False})
    assert ask(introspect, token, BILLING)[1]["aud"] == BILLING


def test_a_token_can_be_for_several_services(app: App, introspect: Introspect) -> None:
    token = app.issue("alice", audiences=[kit.AUDIENCE, BILLING])
    for audience in (kit.AUDIENCE, BILLING, kit.AUDIENCE):
        answer = ask(introspect, token, audience)[1]
        assert (answer["sub"], answer["aud"]) == ("alice", audience)


@pytest.mark.parametrize("near", [kit.AUDIENCE + "/", kit.AUDIENCE[:-1], kit.AUDIENCE.upper()])
def test_an_audience_is_compared_as_a_whole(app: App, introspect: Introspect, near: str) -> None:
    assert ask(introspect, app.issue("alice", audiences=[near])) == (200, {"active": False})


def test_asking_for_anothers_token_does_not_keep_it_alive(
    app: App, introspect: Introspect, clock: Clock
) -> None:
    token = app.issue("alice", audiences=[BILLING])
    clock.time += kit.IDLE_MINUTES * 60 - 1
    ask(introspect, token)
    clock.time += 1
    assert ask(introspect, token, BILLING) == (200, {"active": False})


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
        lambda secret: f"Bearer  {secret}",
        lambda secret: f"Bearer\t{secret}",
        lambda secret: f"\N{KELVIN SIGN}Bearer {secret}",
        lambda secret: f"Bearer Bearer {secret}",
        lambda secret: f"Bearer {secret},Bearer {secret}",
        lambda _: "Bearer \N{LATIN SMALL LETTER E WITH ACUTE}",
        lambda _: "Bearer \udc80",
    ],
)
def test_it_answers_no_stranger(
    app: App, introspect: Introspect, authorization: Callable[[str], Any]
) -> None:
    body = urlencode({"token": app.issue("alice")}).encode()
    header = authorization(CALLERS[kit.AUDIENCE])
    assert introspect(header, body) == (401, {})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_it_takes_the_scheme_in_any_case(app: App, introspect: Introspect, scheme: str) -> None:
    body = urlencode({"token": app.issue("alice")}).encode()
    assert introspect(f"{scheme} {CALLERS[kit.AUDIENCE]}", body)[1]["sub"] == "alice"


def test_it_compares_secrets_in_constant_time_and_all_of_them(
    app: App, introspect: Introspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time cannot be tested by a clock here; that each comparison goes through hmac can."""
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def observe(given: bytes, right: bytes) -> bool:
        compared.append(right)
        return compare(given, right)

    monkeypatch.setattr(hmac, "compare_digest", observe)
    assert ask(introspect, app.issue("alice"))[0] == 200
    assert compared == [secret.encode() for secret in CALLERS.values()]
    monkeypatch.setattr(hmac, "compare_digest", lambda given, right: False)  # noqa: ARG005
    assert ask(introspect, app.issue("alice"))[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        *("", "token=", "other=1", "token", "token={0}&token={0}", "é={0}"),
        *("a=1&" * 9 + "token={0}", "token={0}&a=" + "x" * 1024),
    ],
)
def test_it_takes_one_token_in_a_small_form(app: App, introspect: Introspect, body: str) -> None:
    raw = body.format(app.issue("alice")).encode()
    header = f"Bearer {CALLERS[kit.AUDIENCE]}"
    assert introspect(header, raw) == (400, {})


@pytest.mark.usefixtures("callers")
def test_the_endpoint_says_503_while_the_store_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, NOWHERE)
    assert ask(kit.endpoint(), "A" * 43) == (503, {})
