"""Forges tokens by hand, from the Paseto specification, and knows how the kit refuses."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pyseto
from cryptography.hazmat.primitives.asymmetric import ed25519

import keys
import times
import tokens as kit
from by_hand import b64, octets
from own_claims import own_claims
from pem import pem

OURS, STRANGER = (ed25519.Ed25519PrivateKey.generate() for _ in range(2))
ASSERTION = f"access token for {kit.AUDIENCE}".encode()
# Who cannot start without which variable; the issuer's one key, and the services' keys.
STARTS: dict[str, list[Callable[[], object]]] = {
    "PASETO_PRIVATE_KEY": [kit.issuer],
    "PASETO_PUBLIC_KEYS": [kit.verifier],
}
PAIRS = [("PASETO_PRIVATE_KEY", "PASETO_PUBLIC_KEYS")]
IDS = ("sub", "jti")
MAX_LENGTH = kit.MAX_LENGTH
PREFIX = "v4.public."  # in front of the base64url
SHARE = 3 / 4  # how much of the room in a token is room for claims

FORGED, UNKNOWN_KEY = "VerifyError", "VerifyError"
ISSUER, AUDIENCE, UNFIT = "wrong iss", "wrong iss or aud", "no sub or jti"
MISSING = "wrong iss or aud|no sub or jti|a time that is missing|no begun"


def environment() -> dict[str, str]:
    return {"PASETO_PRIVATE_KEY": pem(OURS), "PASETO_PUBLIC_KEYS": pem(OURS.public_key())}


def accepted_keys() -> list[pyseto.KeyInterface]:
    return keys.load_public_keys()


def good_claims() -> dict[str, Any]:
    at = time.time()
    until = at + kit.ACCESS_MINUTES * 60
    moments = {"iat": times.claim(at), "nbf": times.claim(at), "exp": times.claim(until)}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **moments, **own_claims()}


def pae(*pieces: bytes) -> bytes:
    """Pre-authentication encoding: with lengths, so that no piece can borrow from the next."""
    lengths = (len(piece).to_bytes(8, "little") + piece for piece in pieces)
    return len(pieces).to_bytes(8, "little") + b"".join(lengths)


def forge(
    *,
    payload: Any = None,
    key: ed25519.Ed25519PrivateKey = OURS,
    header: str = PREFIX,
    signed_header: str = PREFIX,
    footer: bytes = b"",
    signed_footer: bytes | None = None,
    assertion: bytes = ASSERTION,
) -> str:
    """Return what an honest issuer would make, but for what is given."""
    message = octets(good_claims() if payload is None else payload)
    covered = footer if signed_footer is None else signed_footer
    signature = key.sign(pae(signed_header.encode(), message, covered, assertion))
    token = header + b64(message + signature)
    return f"{token}.{b64(footer)}" if footer else token


def by_a_stranger(claims: dict[str, Any]) -> list[str]:
    """Return tokens with the claims that our issuer did not sign."""
    return [forge(payload=claims, key=STRANGER), forge(payload=claims, assertion=b"")]
