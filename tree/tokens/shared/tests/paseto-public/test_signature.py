"""Attacks on the signature of v4.public, which is one of Ed25519."""

import json

import pyseto
import pytest

from by_hand import Verify, b64, refuse, unb64
from forging import ASSERTION, FORGED, OURS, STRANGER, forge, good_claims, pae

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(
    "header",
    [
        *("v1.public.", "v2.public.", "v3.public.", "v5.public.", "v4.local.", "v2.local."),
        *("V4.public.", "v4.PUBLIC.", "v4.public", "v4public.", "v4..", ""),
    ],
)
def test_it_refuses_another_header_even_if_it_is_signed(verify: Verify, header: str) -> None:
    token = forge(header=header, signed_header=header)
    refuse(token, verify, "not v4.public|base64url")


def test_it_refuses_a_footer_that_was_swapped(verify: Verify) -> None:
    refuse(forge(footer=b"b", signed_footer=b"a"), verify, "footer|base64url")


def test_it_refuses_a_local_token_made_with_the_public_key(
    verify: Verify,
) -> None:
    """pyseto takes a PEM file, or any other 1 to 64 bytes, as the key of v4.local."""
    raw = OURS.public_key().public_bytes_raw()
    token = pyseto.encode(
        pyseto.Key.new(4, "local", raw), good_claims(), implicit_assertion=ASSERTION
    ).decode()
    refuse(token, verify, "not v4.public")
    refuse(token.replace("v4.local.", "v4.public."), verify, FORGED)


def test_it_refuses_a_jwt(verify: Verify) -> None:
    header = b64(b'{"alg":"EdDSA"}')
    message = f"{header}.{b64(json.dumps(good_claims()).encode())}"
    refuse(f"{message}.{b64(OURS.sign(message.encode()))}", verify, "not v4.public")


def test_it_refuses_a_v2_token_of_the_same_key(verify: Verify) -> None:
    """v2.public signs with Ed25519 too, over the same pieces without an implicit assertion."""
    message = json.dumps(good_claims()).encode()
    body = b64(message + OURS.sign(pae(b"v2.public.", message, b"")))
    refuse("v2.public." + body, verify, "not v4.public")
    refuse("v4.public." + body, verify, FORGED)
    body = b64(message + OURS.sign(pae(b"v4.public.", message, b"")))
    refuse("v4.public." + body, verify, FORGED)


def test_it_refuses_a_signature_moved_by_the_order_of_the_curve(verify: Verify) -> None:
    raw = unb64(forge().removeprefix("v4.public."))
    moved = int.from_bytes(raw[-32:], "little") + ED25519_ORDER
    refuse(f"v4.public.{b64(raw[:-32] + moved.to_bytes(32, 'little'))}", verify, FORGED)


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, b"\1" + bytes(63), b"", b"x"])
def test_it_refuses_a_made_up_signature(verify: Verify, signature: bytes) -> None:
    refuse("v4.public." + b64(json.dumps(good_claims()).encode() + signature), verify)


def test_it_refuses_a_bare_payload(verify: Verify) -> None:
    refuse(forge().rpartition(".")[0] + "." + b64(json.dumps(good_claims()).encode()), verify)
    refuse(json.dumps(good_claims()), verify)


def test_it_refuses_the_signature_of_another_key(verify: Verify) -> None:
    refuse(forge(key=STRANGER), verify, FORGED)
