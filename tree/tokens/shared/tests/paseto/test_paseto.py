"""Attacks on what a Paseto consists of: its header, footer, implicit assertion and payload."""

import json

import pyseto
import pytest

import forging
import tokens as kit
from by_hand import Verify, b64, refuse, unb64
from forging import ASSERTION, FORGED, PREFIX, forge, good_claims

OTHERS = [f"v{version}.{purpose}." for version in range(1, 6) for purpose in ("local", "public")]
OTHERS += [PREFIX.upper(), PREFIX.capitalize(), PREFIX[:-1], PREFIX.replace(".", "", 1), "v4..", ""]


@pytest.mark.parametrize("header", [other for other in OTHERS if other != PREFIX])
def test_it_refuses_the_header(verify: Verify, header: str) -> None:
    refuse(header + forge().removeprefix(PREFIX), verify, f"not {PREFIX}|base64url")


@pytest.mark.parametrize("body", ["", "A", "A" * 1_000_000])
def test_it_refuses_a_body_that_says_nothing(verify: Verify, body: str) -> None:
    refuse(PREFIX + body, verify)


@pytest.mark.parametrize("left", [0, 1, 31, 32, 33, 63, 64, 65, -1, -32, -64])
def test_it_refuses_a_body_that_was_cut(verify: Verify, left: int) -> None:
    refuse(PREFIX + b64(unb64(forge().removeprefix(PREFIX))[:left]), verify)


def test_it_does_not_read_the_issuer_from_the_footer(verify: Verify) -> None:
    claims = good_claims()
    del claims["iss"]
    refuse(forge(payload=claims, footer=json.dumps({"iss": kit.ISSUER}).encode()), verify)


@pytest.mark.parametrize("name", ["sub", "exp", "iss", "scope"])
def test_it_refuses_a_payload_that_names_a_claim_twice(verify: Verify, name: str) -> None:
    claims = json.dumps(good_claims() | {"scope": "read"})
    again = json.dumps({name: good_claims().get(name, "write")})
    refuse(forge(payload=f"{claims[:-1]}, {again[1:]}".encode()), verify)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_it_refuses_a_payload_that_is_not_plain_utf_8(verify: Verify, encoding: str) -> None:
    refuse(forge(payload=json.dumps(good_claims()).encode(encoding)), verify, "not JSON")


def test_it_refuses_a_name_that_stands_twice_deep_inside(verify: Verify) -> None:
    claims = json.dumps(good_claims())
    refuse(forge(payload=f'{claims[:-1]}, "a": {{"b": 1, "b": 2}}}}'.encode()), verify)


@pytest.mark.parametrize(
    "assertion",
    [
        b"",
        b"refresh token for https://api.example.com",
        b"access token",
        b"access token for https://other.example.com",
        ASSERTION + b" ",
        ASSERTION.upper(),
    ],
)
def test_it_refuses_the_implicit_assertion(verify: Verify, assertion: bytes) -> None:
    refuse(forge(assertion=assertion), verify, FORGED)


def test_it_refuses_a_footer_even_if_it_is_authentic(verify: Verify) -> None:
    refuse(forge(footer=b'{"kid":"a"}'), verify, "footer|base64url")


def test_it_refuses_a_footer_that_was_added_stripped_or_swapped(
    verify: Verify,
) -> None:
    refuse(forge() + "." + b64(b'{"kid":"a"}'), verify, "footer|base64url")
    refuse(forge(footer=b"a").rsplit(".", 1)[0], verify, FORGED)
    refuse(forge(footer=b"a").rsplit(".", 1)[0] + "." + b64(b"b"), verify, "footer|base64url")


def test_it_refuses_what_pyseto_would_accept(verify: Verify) -> None:
    """The reason for the check of the shape: the library verifies this token."""
    token = forge()
    junk = token[:30] + "!!!!" + token[30:]
    assert pyseto.decode(forging.accepted_keys(), junk, ASSERTION).payload
    refuse(junk, verify, "canonical")
