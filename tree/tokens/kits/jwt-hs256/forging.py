"""Forges tokens by hand, because PyJWT refuses to make bad ones, and knows how the kit refuses."""

import hmac
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import tokens as kit
from by_hand import b64, octets

OURS = secrets.token_bytes(32)
JWKS = [{"kty": "oct", "k": "AAAA"}, {"kty": "oct", "k": b64(OURS)}]
KEYS = "JWT_SECRET_KEYS"
STARTS: dict[str, list[Callable[[], object]]] = {KEYS: [kit.issuer, kit.verifier]}
SIZES = "shorter"  # why a key of another size is refused
UNFIT_SIZES = {
    "16 bytes": b64(OURS[:16]),
    "31 bytes": b64(OURS[:31]),
}
IDS = ("sub", "jti")
MAX_LENGTH = kit.MAX_LENGTH
PREFIX = ""  # in front of the base64url
SHARE = 3 / 4  # how much of the room in a token is room for claims

HEADER, KID = "header", "header"
FORGED, UNKNOWN_KEY = "none of our keys", "none of our keys"
MISSING, UNFIT = "MissingRequired", "InvalidSubject|InvalidJTI|empty"
ISSUER, AUDIENCE = "InvalidIssuer", "InvalidAudience|MissingRequired"


def environment() -> dict[str, str]:
    return {KEYS: b64(OURS)}


def good_header() -> dict[str, Any]:
    return {"alg": "HS256", "typ": "at+jwt"}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    times = {"iat": at, "exp": at + kit.ACCESS_MINUTES * 60}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **times}


def hs256(message: bytes, key: bytes = OURS) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = hs256) -> str:
    """Return what an honest issuer would make, but for what is given."""
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    message = f"{b64(octets(header))}.{b64(octets(payload))}"
    return f"{message}.{b64(sign(message.encode()))}"
