"""Attacks on the blocklist by a signature of ES256 that was rewritten into a second valid one."""

import pytest

import tokens as kit
from by_hand import Verify, b64, refuse, unb64
from es256 import P256_ORDER


@pytest.fixture
def token() -> str:
    return kit.issuer()("alice")


def rewritten(token: str) -> str:
    """Return another text that is a valid token with the same content."""
    message, _, signature = token.rpartition(".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:], "big")
    return f"{message}.{b64(r + (P256_ORDER - s).to_bytes(32, 'big'))}"


def test_a_rewritten_signature_does_not_escape_the_blocklist(token: str, verify: Verify) -> None:
    copy = rewritten(token)
    assert copy != token
    assert verify(copy)["sub"] == "alice", "it verifies: the attack is real"
    kit.revoker().revoke(token)
    refuse(copy, verify, "revoked")


def test_revoking_the_rewritten_copy_ends_the_original(token: str, verify: Verify) -> None:
    kit.revoker().revoke(rewritten(token))
    refuse(token, verify, "revoked")
