"""Attacks on claims, and what the kit issues. `forging.py` makes the tokens."""

import time
from typing import Any

import pytest

import forging
import samples
import times
import tokens as kit
from by_hand import Issue, Verify, refuse
from forging import forge, good_claims


def room_in(token: str) -> int:
    """Return how many more characters of claims fit into a token."""
    return int((forging.MAX_LENGTH - len(token) - 8) * forging.SHARE)


def test_it_accepts_what_it_issues(issue: Issue, verify: Verify) -> None:
    claims = verify(issue("user-1", {"scope": "read"}))
    assert (claims["sub"], claims["scope"]) == ("user-1", "read")
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    life = times.seconds(claims["exp"]) - times.seconds(claims["iat"])
    assert life == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(issue: Issue, verify: Verify) -> None:
    assert len({verify(issue("user-1"))["jti"] for _ in range(20)}) == 20


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(verify: Verify) -> None:
    """Otherwise the refusals below would prove nothing."""
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(issue: Issue, verify: Verify) -> None:
    far = time.time() + 9**9
    claims = verify(issue("user-1", {"sub": "admin", "exp": times.claim(far)}))
    assert claims["sub"] == "user-1"
    assert times.seconds(claims["exp"]) < time.time() + 9**5


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1", ["user-1"]])
def test_it_issues_no_token_for_the_subject(issue: Issue, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_is_too_long_to_be_read(issue: Issue, verify: Verify) -> None:
    fits = room_in(issue("user-1", {"pad": ""}))
    assert verify(issue("user-1", {"pad": "x" * fits}))
    with pytest.raises(ValueError, match=f"longer than {forging.MAX_LENGTH}"):
        issue("user-1", {"pad": "x" * (fits + 50)})


def test_its_samples_are_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    verify = kit.verifier()
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, times.EXPIRED)
    refuse(samples.forged(), verify, forging.FORGED)


@pytest.mark.parametrize("name", sorted(good_claims()))
def test_it_refuses_a_token_without(verify: Verify, name: str) -> None:
    claims = good_claims()
    refuse(forge(payload=claims | {name: None}), verify, forging.MISSING)
    del claims[name]
    refuse(forge(payload=claims), verify, forging.MISSING)


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example.com",
        kit.ISSUER + "/",
        kit.ISSUER + ".evil.example",
        kit.ISSUER[:-1],
        kit.ISSUER.upper(),
        [kit.ISSUER],
        "",
    ],
)
def test_it_refuses_the_issuer(verify: Verify, iss: Any) -> None:
    refuse(forge(payload=good_claims() | {"iss": iss}), verify, forging.ISSUER)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        kit.AUDIENCE + "/",
        kit.AUDIENCE[:-1],
        [kit.AUDIENCE],
        [kit.AUDIENCE, "https://other.example.com"],
        {kit.AUDIENCE: 1},
        "",
    ],
)
def test_it_refuses_the_audience(verify: Verify, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), verify, forging.AUDIENCE)


@pytest.mark.parametrize("name", forging.IDS)
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(verify: Verify, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), verify, forging.UNFIT)


@pytest.mark.parametrize(
    "payload",
    [
        *(b"[]", b'"text"', b"null", b"7", b'["exp"]', b"{", b"", b"\xff", b"\xff\xfe"),
        *(b"[" * 1500, b"[" * 2900, b'{"a":' * 500),
    ],
)
def test_it_refuses_a_payload_that_is_no_object(verify: Verify, payload: bytes) -> None:
    refuse(forge(payload=payload), verify)


def test_it_refuses_a_token_above_the_size_limit(verify: Verify) -> None:
    room = good_claims() | {"pad": ""}
    assert verify(forge(payload=room | {"pad": "x" * room_in(forge(payload=room))}))
    refuse(forge(payload=room | {"pad": "x" * forging.MAX_LENGTH}), verify, "too long")
