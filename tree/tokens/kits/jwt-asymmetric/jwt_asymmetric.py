"""Access tokens that one issuer signs and any number of services check (JWT, ES256).

Fits several services that check tokens on their own, with nothing secret in the token (whoever
holds it can read it) and no need to end it early: nothing here can revoke one. HTTPS only.

The issuer's environment:   JWT_PRIVATE_KEY, one private key as PEM.
Each service's environment: JWT_PUBLIC_KEYS, one or more public keys as PEM, one after the other.
A service never sees the private key, so it can check tokens but not make them.

Make a pair: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
Change keys: give the new public key to every service, then the new private key to the issuer;
             remove the old public key once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import base64
import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
ALGORITHM = "ES256"  # or "RS256" (3072 bits or more) where some service cannot do ES256

TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} must hold PEM keys that fit ALGORITHM = {ALGORITHM!r}. Make one for ES256: "
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, for RS256: "
            "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072, and take its public "
            "half with openssl pkey -pubout."
        )


def load_private_key() -> PrivateKey:
    """For the issuer alone."""
    try:
        key = serialization.load_pem_private_key(_pem("JWT_PRIVATE_KEY"), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError("JWT_PRIVATE_KEY") from error
    if not isinstance(key, PrivateKey) or not _fits(key.public_key()):
        raise ConfigurationError("JWT_PRIVATE_KEY")
    return key


def load_public_keys() -> dict[str, PublicKey]:
    """For the services: the keys they trust, by key id."""
    keys: dict[str, PublicKey] = {}
    pem = _pem("JWT_PUBLIC_KEYS")
    for block in re.findall(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----", pem):
        try:
            # Reads no private keys: a service that was given one by mistake does not start.
            key = serialization.load_pem_public_key(block)
        except ValueError as error:
            raise ConfigurationError("JWT_PUBLIC_KEYS") from error
        if not isinstance(key, PublicKey) or not _fits(key):
            raise ConfigurationError("JWT_PUBLIC_KEYS")
        keys[_key_id(key)] = key
    if not keys:
        raise ConfigurationError("JWT_PUBLIC_KEYS")
    return keys


def issue(key: PrivateKey, subject: str, claims: Mapping[str, Any] | None = None) -> str:
    """A token for `subject`. `claims` can add to the claims below, not replace them."""
    if not subject:
        raise ValueError("A token needs a subject.")
    # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
    at = now()
    times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
    ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
    header = {"typ": TYPE, "kid": _key_id(key.public_key())}
    return jwt.encode({**(claims or {}), **ours}, key, ALGORITHM, header)


def verify(token: str, keys: Mapping[str, PublicKey]) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    header = _header(token)
    # A closed list: crit, and keys that a token brings along (jwk, jku, x5u, x5c), are refused.
    if header.keys() != {"alg", "typ", "kid"}:
        raise InvalidToken("header members other than alg, typ and kid")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise InvalidToken("wrong alg or typ")
    # kid is the sender's word. It picks one of our own keys, and is never a path, URL or query.
    if not isinstance(header["kid"], str) or header["kid"] not in keys:
        raise InvalidToken("unknown kid")
    required = ["exp", "iat", "iss", "aud", "sub", "jti"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            keys[header["kid"]],
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": required, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not claims["sub"] or not claims["jti"]:
        raise InvalidToken("empty sub or jti")
    return claims


def now() -> int:
    """The time by which tokens are issued; PyJWT checks them by the system's clock."""
    return int(time.time())


def _header(token: str) -> dict[str, Any]:
    """The header of a token that has the one canonical shape; PyJWT also takes `=` padding."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = json.loads(parts[0])
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not base64url, or no JSON header") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    if len(parts) != 3 or ".".join(map(_base64url, parts)) != token:
        raise InvalidToken("not three segments of canonical base64url")
    if not isinstance(header, dict):
        raise InvalidToken("the header is no object")
    return header


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key_id(key: PublicKey) -> str:
    """Follows from the key, so that issuer and services cannot disagree about it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _base64url(hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).digest())


def _fits(key: PublicKey) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return ALGORITHM == "RS256" and key.key_size >= 3072
    return ALGORITHM == "ES256" and isinstance(key.curve, ec.SECP256R1)


def _pem(name: str) -> bytes:
    # Where a variable can only hold one line, its line breaks may be written as \n.
    return os.environ.get(name, "").replace("\\n", "\n").encode()
