"""Forges tokens by hand, encrypted by pyseto, and knows how the kit refuses."""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

import pyseto

import keys
import times
import tokens as kit
from by_hand import b64, octets

OURS = secrets.token_bytes(32)
ASSERTION = f"access token for {kit.AUDIENCE}".encode()
KEYS = "PASETO_LOCAL_KEYS"
STARTS: dict[str, list[Callable[[], object]]] = {KEYS: [kit.issuer, kit.verifier]}
SIZES = "exactly 32"  # why a key of another size is refused
UNFIT_SIZES = {
    "16 bytes": b64(OURS[:16]),
    "31 bytes": b64(OURS[:31]),
    "33 bytes": b64(OURS + b"x"),
    "64 bytes": b64(OURS * 2),
}
IDS = ("sub", "jti")
MAX_LENGTH = kit.MAX_LENGTH
PREFIX = "v4.local."  # in front of the base64url
SHARE = 3 / 4  # how much of the room in a token is room for claims

FORGED, UNKNOWN_KEY = "DecryptError", "DecryptError"
ISSUER, AUDIENCE, UNFIT = "wrong iss", "wrong iss or aud", "no sub or jti"
MISSING = "wrong iss or aud|no sub or jti|a time that is missing"


def environment() -> dict[str, str]:
    return {KEYS: b64(OURS)}


def accepted_keys() -> list[pyseto.KeyInterface]:
    return keys.load_keys()


def good_claims() -> dict[str, Any]:
    at = time.time()
    until = at + kit.ACCESS_MINUTES * 60
    moments = {"iat": times.claim(at), "nbf": times.claim(at), "exp": times.claim(until)}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **moments}


def forge(
    *,
    payload: Any = None,
    key: bytes = OURS,
    footer: bytes = b"",
    assertion: bytes = ASSERTION,
) -> str:
    """Return what an honest issuer would make, but for what is given."""
    message = octets(good_claims() if payload is None else payload)
    local = pyseto.Key.new(4, "local", key)
    return pyseto.encode(local, message, footer, assertion).decode()
