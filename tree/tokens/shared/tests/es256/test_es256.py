"""Attacks on the signature of ES256."""

import hmac
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

import forging
import tokens as kit
from by_hand import Verify, b64, refuse, unb64
from es256 import P256_ORDER, jwk, public_texts, signs_with
from forging import OURS, STRANGER, forge, good_claims, good_header, sent, signed
from pem import pem

N = P256_ORDER.to_bytes(32, "big")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], {}, "es256"])
@pytest.mark.parametrize("signature", [b"", b"\0"])
def test_it_refuses_the_algorithm_without_a_signature(
    verify: Verify, alg: object, signature: bytes
) -> None:
    header = good_header() | {"alg": alg}
    refuse(forge(header, sign=lambda _: signature), verify, forging.HEADER)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize("secret", public_texts(OURS))
def test_it_refuses_an_hmac_made_with_the_public_key(verify: Verify, alg: str, secret: str) -> None:
    def sign(message: bytes) -> bytes:
        digest = {"HS384": "sha384", "HS512": "sha512"}.get(alg, "sha256")
        return hmac.new(public_texts(OURS)[secret], message, digest).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify)


def test_it_refuses_the_signature_of_another_key(verify: Verify) -> None:
    refuse(forge(sign=signs_with(STRANGER)), verify, forging.FORGED)


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": jwk(STRANGER)},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/cert"},
        *({"kid": kid} for kid in ("../../../../dev/null", "' OR 1=1 --", "x" * 1000, 7, ["a"])),
    ],
)
def test_no_header_leads_it_to_another_key(verify: Verify, extra: dict[str, object]) -> None:
    refuse(forge(good_header() | extra, sign=signs_with(STRANGER)), verify)


@pytest.mark.parametrize(
    "signature",
    [
        *(b"", b"\0", b"\0" * 64, b"\0" * 63, b"\xff" * 64, b"\0" * 65),
        *(N + N, N + bytes(32), bytes(31) + b"\1" * 33, bytes(32) + b"\1" * 32),
    ],
)
def test_it_refuses_an_empty_or_blank_signature(verify: Verify, signature: bytes) -> None:
    refuse(forge(sign=lambda _: signature), verify, forging.FORGED)


def test_it_refuses_a_signature_in_der(verify: Verify) -> None:
    in_der: Callable[[bytes], bytes] = lambda m: OURS.sign(m, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    refuse(forge(sign=in_der), verify, forging.FORGED)


def test_it_refuses_changed_content(verify: Verify) -> None:
    header, payload, signature = signed().split(".")
    changed = b64(json.dumps(json.loads(unb64(payload)) | {"sub": "admin"}).encode())
    refuse(sent(f"{header}.{changed}.{signature}"), verify, forging.FORGED)
    respaced = b64(json.dumps(json.loads(unb64(header)), indent=1).encode())
    refuse(sent(f"{respaced}.{payload}.{signature}"), verify, forging.FORGED)


def test_it_refuses_the_signature_of_another_token(verify: Verify) -> None:
    one, other = signed(), signed(payload=good_claims() | {"sub": "admin"})
    mixed = f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}"
    refuse(sent(mixed), verify, forging.FORGED)


def test_it_ties_each_kid_to_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both)
    refuse(forge(sign=signs_with(STRANGER)), kit.verifier(), forging.FORGED)
