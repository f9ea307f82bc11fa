"""Attacks on the encryption of v4.local."""

import hmac
import json
import secrets

import pyseto
import pytest

from by_hand import Issue, Verify, b64, refuse, unb64
from forging import ASSERTION, FORGED, OURS, forge, good_claims


@pytest.mark.parametrize(("version", "size"), [(2, 32), (3, 32)])
def test_it_refuses_a_token_of_an_older_version_made_with_its_key(
    verify: Verify, version: int, size: int
) -> None:
    older = pyseto.Key.new(version, "local", OURS[:size])
    token = pyseto.encode(older, json.dumps(good_claims())).decode()
    refuse(token, verify, "not v4.local")
    refuse("v4.local." + token.split(".")[2], verify)


def test_it_refuses_a_public_token(verify: Verify) -> None:
    signing = pyseto.Key.from_asymmetric_key_params(4, d=OURS)
    token = pyseto.encode(signing, json.dumps(good_claims()), implicit_assertion=ASSERTION).decode()
    refuse(token, verify, "not v4.local")
    refuse(token.replace("v4.public.", "v4.local."), verify, FORGED)


def test_it_refuses_a_jwt(verify: Verify) -> None:
    refuse(f"{b64(b'{}')}.{b64(json.dumps(good_claims()).encode())}.{b64(OURS)}", verify, "not v4")


@pytest.mark.parametrize(
    "other", [secrets.token_bytes(32), OURS[:31], OURS[:6], OURS + b"\0", b"secret"]
)
def test_it_refuses_a_token_made_with_another_key(verify: Verify, other: bytes) -> None:
    refuse(forge(key=other), verify, FORGED)


def test_it_hides_the_claims(issue: Issue, verify: Verify) -> None:
    token = issue("user-1", {"diagnosis": "measles"})
    assert b"measles" not in unb64(token.removeprefix("v4.local."))
    assert verify(token)["diagnosis"] == "measles"


def test_the_library_compares_tags_in_constant_time(
    verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its source could say `==` one day; no test of ours could tell by the clock."""
    compared = []
    compare = hmac.compare_digest

    def observe(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr("pyseto.versions.v4.hmac.compare_digest", observe)
    token = forge()
    assert verify(token)
    ((given, expected),) = compared
    assert given == expected == unb64(token.removeprefix("v4.local."))[-32:]
