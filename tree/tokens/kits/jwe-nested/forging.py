"""Forges both layers of a token by hand, each alone, and knows how the kit refuses."""

import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from joserfc.jwk import ECKey

import tokens as kit
from by_hand import b64, octets
from es256 import jwk, new_key, signs_with
from pem import pem

OURS, STRANGER = new_key(), new_key()  # sign
SERVICE = new_key()  # decrypts
JWKS = [jwk(OURS), jwk(STRANGER)]
# Who cannot start without which variable; for both layers, the issuer's one key and the service's.
STARTS: dict[str, list[Callable[[], object]]] = {
    "JWT_PRIVATE_KEY": [kit.issuer],
    "JWE_PUBLIC_KEY": [kit.issuer],
    "JWT_PUBLIC_KEYS": [kit.verifier],
    "JWE_PRIVATE_KEYS": [kit.verifier],
}
PAIRS = [("JWT_PRIVATE_KEY", "JWT_PUBLIC_KEYS"), ("JWE_PUBLIC_KEY", "JWE_PRIVATE_KEYS")]
IDS = ("sub", "jti")
MAX_LENGTH = kit.MAX_LENGTH
PREFIX = ""  # in front of the base64url
SHARE = 9 / 16  # how much of the room in a token is room for claims

HEADER, KID, UNKNOWN_KEY = "a header other than ours", "unknown kid", "unknown kid"
FORGED = "BadSignature"
MISSING, ISSUER, AUDIENCE, UNFIT = ("." for _ in range(4))


def environment() -> dict[str, str]:
    return {
        "JWT_PRIVATE_KEY": pem(OURS),
        "JWE_PUBLIC_KEY": pem(SERVICE.public_key()),
        "JWT_PUBLIC_KEYS": pem(OURS.public_key()),
        "JWE_PRIVATE_KEYS": pem(SERVICE),
    }


def kid(key: ec.EllipticCurvePrivateKey) -> str:
    return ECKey.import_key(key).thumbprint()


def good_header() -> dict[str, Any]:
    """Return the header of the inner layer, which is signed."""
    return {"alg": "ES256", "typ": "at+jwt", "kid": kid(OURS)}


def outer_header() -> dict[str, Any]:
    return {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": kid(SERVICE)}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    times = {"iat": at, "exp": at + kit.ACCESS_MINUTES * 60}
    ids = {"sub": "user-1", "jti": str(uuid.uuid4())}
    return {"iss": kit.ISSUER, "aud": kit.AUDIENCE, **ids, **times}


def signed(
    header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] | None = None
) -> str:
    """Return what an honest issuer would sign, but for what is given."""
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    message = f"{b64(octets(header))}.{b64(octets(payload))}"
    return f"{message}.{b64((sign or signs_with(OURS))(message.encode()))}"


def encrypted(
    plaintext: str | bytes,
    header: Any = None,
    *,
    extra: dict[str, Any] | None = None,
    epk: dict[str, Any] | None = None,
    to: ec.EllipticCurvePrivateKey = SERVICE,
    encrypted_key: bytes = b"",
    iv_size: int = 12,
    tag_size: int = 16,
) -> str:
    """ECDH-ES and A256GCM as RFC 7518 describes them; a header that is given gets no epk."""
    once = new_key()
    info = b"".join(len(part).to_bytes(4, "big") + part for part in (b"A256GCM", b"", b""))
    info += (256).to_bytes(4, "big")
    secret = once.exchange(ec.ECDH(), to.public_key())
    cek = ConcatKDFHash(hashes.SHA256(), 32, info).derive(secret)
    if header is None:
        header = outer_header() | {"epk": jwk(once) | (epk or {})} | (extra or {})
        header = {name: value for name, value in header.items() if value is not ...}
    iv = secrets.token_bytes(iv_size)
    text = plaintext.encode() if isinstance(plaintext, str) else plaintext
    sealed = AESGCM(cek).encrypt(iv, text, b64(octets(header)).encode())
    parts = [octets(header), encrypted_key, iv, sealed[:-16], sealed[-16:][:tag_size]]
    return ".".join(map(b64, parts))


def sent(token: str) -> str:
    """Return a signed token as the service receives it."""
    return encrypted(token)


def forge(
    header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] | None = None
) -> str:
    return encrypted(signed(header, payload, sign))
