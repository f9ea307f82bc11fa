"""Forges tokens by hand, because joserfc refuses to make bad ones, and knows how it refuses."""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import tokens as kit
from by_hand import b64, octets

OURS = secrets.token_bytes(32)
JWKS = [{"kty": "oct", "k": "AAAA"}, {"kty": "oct", "k": b64(OURS)}]
KEYS = "JWE_KEYS"
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
PREFIX = ""  # in front of the base64url
SHARE = 3 / 4  # how much of the room in a token is room for claims

HEADER, KID = "header", "header"
FORGED, UNKNOWN_KEY = "none of our keys", "none of our keys"
MISSING, ISSUER, AUDIENCE, UNFIT = ("." for _ in range(4))


def environment() -> dict[str, str]:
    return {KEYS: b64(OURS)}


def good_header() -> dict[str, Any]:
    return {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    times = {"iat": at, "exp": at + kit.ACCESS_MINUTES * 60}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **times}


def forge(
    header: Any = None,
    payload: Any = None,
    *,
    cek: bytes = OURS,
    encrypted_key: bytes = b"",
    iv_size: int = 12,
    tag_size: int = 16,
) -> str:
    """Return what an honest issuer would make, but for what is given."""
    protected = octets(good_header() if header is None else header)
    plaintext = octets(good_claims() if payload is None else payload)
    iv = secrets.token_bytes(iv_size)
    sealed = AESGCM(cek).encrypt(iv, plaintext, b64(protected).encode())
    parts = [protected, encrypted_key, iv, sealed[:-16], sealed[-16:][:tag_size]]
    return ".".join(map(b64, parts))
