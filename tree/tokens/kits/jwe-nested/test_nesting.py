"""Attacks on the inner layer: what is encrypted to a service must be signed by the issuer."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from by_hand import Issue, Verify, b64, refuse, unb64
from es256 import signs_with
from forging import (
    SERVICE,
    STRANGER,
    encrypted,
    forge,
    good_claims,
    good_header,
    kid,
    signed,
)


def test_it_gives_every_token_its_own_jti_and_its_own_key(issue: Issue, verify: Verify) -> None:
    tokens = [issue("user-1") for _ in range(5)]
    assert len({verify(token)["jti"] for token in tokens}) == 5
    assert len({json.loads(unb64(token.split(".")[0]))["epk"]["x"] for token in tokens}) == 5


def test_it_refuses_claims_that_are_encrypted_but_not_signed(verify: Verify) -> None:
    """Anyone who knows the service's public key can make this one."""
    refuse(encrypted(json.dumps(good_claims())), verify)
    refuse(
        encrypted(json.dumps(good_claims()), extra={"cty": ..., "typ": "at+jwt"}), verify, "header"
    )


def test_it_refuses_an_inner_token_without_its_signature(verify: Verify) -> None:
    token = signed()
    refuse(encrypted(token.rsplit(".", 1)[0] + "."), verify, "BadSignature")
    refuse(encrypted(token.rsplit(".", 1)[0]), verify, "not 3 segments")


@pytest.mark.parametrize("key", [STRANGER, SERVICE], ids=["a stranger", "the service itself"])
def test_it_refuses_an_inner_token_signed_by(
    verify: Verify, key: ec.EllipticCurvePrivateKey
) -> None:
    refuse(forge(sign=signs_with(key)), verify, "BadSignature")
    named = good_header() | {"kid": kid(key)}
    refuse(forge(named, sign=signs_with(key)), verify, "unknown kid")


def test_it_refuses_a_signed_token_that_is_not_encrypted(verify: Verify) -> None:
    refuse(signed(), verify, "epk|5 segments")


@pytest.mark.parametrize(
    "value",
    ["", "../../dev/null", "https://evil.example/key", "' OR 1=1 --", None, 0, ["a"], {}],
)
def test_it_refuses_the_hostile_outer_kid(verify: Verify, value: Any) -> None:
    refuse(encrypted(signed(), extra={"kid": value}), verify, "unknown kid")


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "a.b.c",
        "..",
        b"\xff\xfe",
        "é",
        signed() + "\n",
        signed() + "=",
        signed()[:20] + "!!!!" + signed()[20:],
        signed() + ".",
        f"{b64(b'[]')}.{b64(b'{}')}.{b64(b'x')}",
        b64(b"[" * 2000) + ".e30.e30",
        json.dumps({"payload": signed()}),
        "x" * 5000,
    ],
)
def test_it_refuses_an_inner_token_of_another_shape(verify: Verify, inner: str | bytes) -> None:
    refuse(encrypted(inner), verify)


def test_it_refuses_a_token_nested_twice(verify: Verify) -> None:
    refuse(encrypted(forge()), verify, "not 3 segments")


def test_it_refuses_an_inner_token_in_json(verify: Verify) -> None:
    protected, payload, signature = signed().split(".")
    flat = {"payload": payload, "protected": protected, "signature": signature}
    refuse(encrypted(json.dumps(flat)), verify)
