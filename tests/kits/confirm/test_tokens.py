"""What confirm.py says of sample tokens that keep to a decision or leave it."""

from typing import Any

import pytest

from tests.kits.confirm.samples import (
    CLAIMS,
    HEADER,
    ISO,
    KINDS,
    OUTSIDE,
    RANDOM,
    Confirm,
    b64,
    jwt,
    paseto,
    without,
)


def test_a_token_that_keeps_to_the_decision_agrees(run: Confirm) -> None:
    assert run.token("jwt-hs256", jwt()) == 0
    assert run.lines("ok")["lifetime"] == "15 minutes, at most 15"
    assert run.lines("ok")["algorithm"] == "HS256"
    assert run.lines("skip").keys() == {"verified"}


ODD_TIMES = ("1800000900", 1.8e9, True, None, 10**40)


@pytest.mark.parametrize(
    ("token", "name"),
    [
        (jwt({**HEADER, "alg": "RS256"}), "algorithm"),
        (jwt({**HEADER, "alg": "none"}, signature=b""), "algorithm"),
        (jwt({**HEADER, "alg": "nOnE"}), "algorithm"),
        (jwt({**HEADER, "alg": ["HS256", "none"]}), "algorithm"),
        (jwt({"typ": "at+jwt"}), "algorithm"),
        (jwt({**HEADER, "typ": "JWT"}), "typ"),
        (jwt({"alg": "HS256"}), "typ"),
        *((jwt({**HEADER, name: "x"}), "header") for name in ("kid", "jku", "jwk", "crit", "?")),
        (jwt(signature=b""), "signature"),
        *((jwt(claims=without(name)), name) for name in CLAIMS),
        (jwt(claims={**CLAIMS, "iss": "https://auth.example.com/"}), "iss"),
        (jwt(claims={**CLAIMS, "aud": "https://other.example"}), "aud"),
        (jwt(claims={**CLAIMS, "aud": []}), "aud"),
        *((jwt(claims={**CLAIMS, "sub": value}), "sub") for value in ("", 7, None)),
        *((jwt(claims={**CLAIMS, "exp": value}), "exp") for value in ODD_TIMES),
        (jwt(claims={**CLAIMS, "nbf": "soon"}), "nbf"),
        (jwt(claims={**CLAIMS, "exp": CLAIMS["exp"] + 1}), "lifetime"),
        (jwt(claims={**CLAIMS, "exp": CLAIMS["iat"]}), "lifetime"),
        (jwt(claims={**CLAIMS, "scope": "x" * 4096}), "length"),
        (jwt(claims=b"{}{}"), "form"),
        (jwt(claims=b'{"sub": "a", "sub": "b"}'), "form"),
        (jwt(claims=b"[" * 3000), "form"),
        (jwt(claims=b"[]"), "form"),
        (jwt(claims=b"\xff"), "form"),
        (jwt()[:-1] + "t", "form"),
    ],
)  # fmt: skip
def test_a_token_that_leaves_the_decision_fails(run: Confirm, token: str, name: str) -> None:
    assert run.token("jwt-hs256", token) == 1
    assert name in run.lines("FAIL")
    assert len(run.lines("FAIL")) <= (3 if name == "algorithm" else 1)


def test_several_audiences_are_not_the_one(run: Confirm) -> None:
    audiences = [CLAIMS["aud"], "https://other.example"]
    assert run.token("jwt-hs256", jwt(claims={**CLAIMS, "aud": audiences})) == 1


def test_a_list_with_the_one_audience_is_refused_as_the_kit_refuses_it(run: Confirm) -> None:
    assert run.token("jwt-hs256", jwt(claims={**CLAIMS, "aud": [CLAIMS["aud"]]})) == 1


@pytest.mark.parametrize("outcome", KINDS)
def test_a_token_of_another_kind_fails(run: Confirm, outcome: str) -> None:
    for other, token in KINDS.items():
        assert run.token(outcome, token) == (0 if other == outcome else 1)
        assert ("kind" in run.lines("FAIL")) == (other != outcome)


@pytest.mark.parametrize(
    "token",
    [
        "", RANDOM[1:], f"{RANDOM}x", "A" * 42 + "+", "4f1a" * 8, "sess!on", "v3.public.AAAA",
        f"{RANDOM} {RANDOM}", "a.b", "eyJ" * 999, "é" * 43,
    ],
)  # fmt: skip
def test_what_has_no_known_shape_fails(run: Confirm, token: str) -> None:
    for outcome in ("opaque-session", "jwt-hs256", "paseto-public"):
        assert run.token(outcome, token) == 1
        assert run.lines("FAIL").keys() == {"kind"}


def test_a_session_key_of_django_is_a_random_token_too(run: Confirm) -> None:
    assert run.token("opaque-session", "k3" * 16) == 0
    assert run.token("opaque-introspection", "k3" * 16) == 1


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"exp": 1_800_000_900}, "exp"),
        ({"exp": "2027-01-15T08:15:00Z"}, "exp"),
        ({"exp": "2027-13-15T08:15:00+00:00"}, "exp"),
        ({"nbf": None}, "nbf"),
        ({"exp": "2027-01-15T08:15:01+00:00"}, "lifetime"),
        ({"iss": "https://other.example"}, "iss"),
    ],
)
def test_the_claims_of_a_signed_paseto_are_seen(
    run: Confirm, changed: dict[str, Any], name: str
) -> None:
    assert run.token("paseto-public", paseto({**CLAIMS, **ISO, **changed})) == 1
    assert run.lines("FAIL").keys() == {name}


@pytest.mark.parametrize("outcome", ["paseto-public", "paseto-local"])
def test_a_footer_is_refused_as_the_kit_refuses_it(run: Confirm, outcome: str) -> None:
    assert run.token(outcome, f"{KINDS[outcome]}.{b64(b'footer')}") == 1
    assert run.lines("FAIL").keys() == {"footer"}


@pytest.mark.parametrize("outcome", ["paseto-local", "jwe"])
def test_what_is_encrypted_is_never_called_good(run: Confirm, outcome: str) -> None:
    assert run.token(outcome, KINDS[outcome]) == 0
    assert run.lines("skip").keys() == {"claims", "verified"}
    assert run.lines("ok").keys().isdisjoint({"iss", "aud", "lifetime", "exp"})


@pytest.mark.parametrize(
    ("segment", "changed", "name"),
    [
        (0, b64({**OUTSIDE, "enc": "A128GCM"}), "enc"),
        (0, b64({**OUTSIDE, "zip": "DEF"}), "header"),
        (1, b64(b"k" * 40), "encryption"),
        (2, b64(b"i" * 8), "encryption"),
        (4, b64(b"t" * 8), "encryption"),
    ],
)
def test_the_outside_of_an_encrypted_token_is_seen(
    run: Confirm, segment: int, changed: str, name: str
) -> None:
    parts = KINDS["jwe"].split(".")
    parts[segment] = changed
    assert run.token("jwe", ".".join(parts)) == 1
    assert run.lines("FAIL").keys() == {name}
