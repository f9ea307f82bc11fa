"""Forges tokens by hand, because PyJWT refuses to make bad ones, and knows how the kit refuses."""

import hashlib
import time
import uuid
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization

import tokens as kit
from by_hand import b64, octets
from es256 import jwk, new_key, signs_with
from own_claims import own_claims
from pem import pem

OURS, STRANGER = new_key(), new_key()
JWKS = [jwk(OURS), jwk(STRANGER)]
# Who cannot start without which variable; the issuer's one key, and the services' keys.
STARTS: dict[str, list[Callable[[], object]]] = {
    "JWT_PRIVATE_KEY": [kit.issuer],
    "JWT_PUBLIC_KEYS": [kit.verifier],
}
PAIRS = [("JWT_PRIVATE_KEY", "JWT_PUBLIC_KEYS")]
IDS = ("sub", "jti")
MAX_LENGTH = kit.MAX_LENGTH
PREFIX = ""  # in front of the base64url
SHARE = 3 / 4  # how much of the room in a token is room for claims

HEADER, KID, UNKNOWN_KEY = "header members|wrong alg or typ", "unknown kid", "unknown kid"
FORGED, MISSING = "InvalidSignature", "MissingRequired"
ISSUER, AUDIENCE, UNFIT = (
    "InvalidIssuer",
    "InvalidAudience|MissingRequired",
    "InvalidSubject|InvalidJTI|empty",
)


def environment() -> dict[str, str]:
    return {"JWT_PRIVATE_KEY": pem(OURS), "JWT_PUBLIC_KEYS": pem(OURS.public_key())}


def good_header() -> dict[str, Any]:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = OURS.public_key().public_bytes(serialization.Encoding.DER, form)
    return {"alg": "ES256", "typ": "at+jwt", "kid": b64(hashlib.sha256(der).digest())}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    times = {"iat": at, "exp": at + kit.ACCESS_MINUTES * 60}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **times, **own_claims()}


def signed(
    header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] | None = None
) -> str:
    """Return what an honest issuer would make, but for what is given."""
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    message = f"{b64(octets(header))}.{b64(octets(payload))}"
    return f"{message}.{b64((sign or signs_with(OURS))(message.encode()))}"


def sent(token: str) -> str:
    """Return a signed token as the service receives it."""
    return token


forge = signed


def by_a_stranger(claims: dict[str, Any]) -> list[str]:
    """Return tokens with the claims that our issuer did not sign."""
    return [forge(payload=claims, sign=signs_with(STRANGER))]
