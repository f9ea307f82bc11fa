"""Attacks on the times in a token, which are whole seconds."""

import json
import time

import pytest

import tokens as kit
from by_hand import LIFE, Clock, Issue, Verify, refuse
from forging import forge, good_claims
from times import EARLY, EXPIRED


@pytest.mark.parametrize("shift", [-LIFE - 1, +60])
def test_it_refuses_a_token_outside_its_time(
    monkeypatch: pytest.MonkeyPatch, issue: Issue, shift: int
) -> None:
    at = int(time.time()) + shift
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: at)
        token = issue("user-1")
    refuse(token, kit.verifier(), f"{EXPIRED}|{EARLY}")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(verify: Verify) -> None:
    at = int(time.time())
    assert verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}))


def test_it_refuses_a_token_from_its_last_second_on(
    issue: Issue, verify: Verify, clock: Clock
) -> None:
    token = issue("user-1")
    clock.at += LIFE - 1
    assert verify(token)
    clock.at += 1
    refuse(token, verify, EXPIRED)


def test_it_refuses_a_life_that_is_longer_than_was_decided(verify: Verify) -> None:
    at, life = int(time.time()), kit.ACCESS_MINUTES * 60
    assert verify(forge(payload=good_claims() | {"iat": at - 9, "exp": at - 9 + life}))
    for exp in (at - 8 + life, at + 30 * 86400, 10**30):
        refuse(forge(payload=good_claims() | {"iat": at - 9, "exp": exp}), verify, "longer life")
    refuse(forge(payload=good_claims() | {"iat": -1}), verify, "longer life")


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(verify: Verify, nbf: int) -> None:
    refuse(forge(payload=good_claims() | {"nbf": int(time.time()) + nbf}), verify, EARLY)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(verify: Verify, name: str, kind: str) -> None:
    at = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(at), "float": at + 0.5, "true": True, "null": None, "list": [at]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), verify)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(verify: Verify, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), verify)
