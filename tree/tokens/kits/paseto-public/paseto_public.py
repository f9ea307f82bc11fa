"""Access tokens that one issuer signs and any number of services check (Paseto v4.public).

Fits several services that check tokens on their own, with nothing secret in the token (whoever
holds it can read it) and no need to end it early: nothing here can revoke one. HTTPS only.

The issuer's environment:   PASETO_PRIVATE_KEY, one Ed25519 private key as PEM.
Each service's environment: PASETO_PUBLIC_KEYS, one or more public keys as PEM, one after the other.
A service never sees the private key, so it can check tokens but not make them.

Make a pair: openssl genpkey -algorithm ed25519 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
Change keys: give the new public key to every service, then the new private key to the issuer;
             remove the old public key once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import base64
import json
import os
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pyseto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from pyseto import KeyInterface

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ

HEADER = "v4.public."
MAX_LENGTH = 4096  # anything longer is refused unread


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} must hold Ed25519 PEM. Make a key: openssl genpkey -algorithm ed25519. "
            "Its public half: openssl pkey -pubout."
        )


def load_private_key() -> KeyInterface:
    """For the issuer alone."""
    try:
        key = serialization.load_pem_private_key(_pem("PASETO_PRIVATE_KEY"), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError("PASETO_PRIVATE_KEY") from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise ConfigurationError("PASETO_PRIVATE_KEY")
    return pyseto.Key.from_asymmetric_key_params(4, d=key.private_bytes_raw())


def load_public_keys() -> list[KeyInterface]:
    """For the services: the keys they trust, each of which is tried."""
    keys = []
    pem = _pem("PASETO_PUBLIC_KEYS")
    for block in re.findall(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----", pem):
        try:
            # Reads no private keys: a service that was given one by mistake does not start.
            key = serialization.load_pem_public_key(block)
        except ValueError as error:
            raise ConfigurationError("PASETO_PUBLIC_KEYS") from error
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise ConfigurationError("PASETO_PUBLIC_KEYS")
        keys.append(pyseto.Key.from_asymmetric_key_params(4, x=key.public_bytes_raw()))
    if not keys:
        raise ConfigurationError("PASETO_PUBLIC_KEYS")
    return keys


def issue(key: KeyInterface, subject: str, claims: Mapping[str, Any] | None = None) -> str:
    """A token for `subject`. `claims` can add to the claims below, not replace them."""
    if not subject:
        raise ValueError("A token needs a subject.")
    at = now().replace(microsecond=0)
    until = at + timedelta(minutes=ACCESS_MINUTES)
    times = {"iat": at.isoformat(), "nbf": at.isoformat(), "exp": until.isoformat()}
    ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
    payload = json.dumps({**(claims or {}), **ours})
    return pyseto.encode(key, payload, implicit_assertion=_assertion()).decode()


def verify(token: str, keys: list[KeyInterface]) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    _check_shape(token)
    decoder = pyseto.Paseto.new(leeway=LEEWAY_SECONDS)
    try:
        # Without a deserializer pyseto would not even look at exp.
        decoded = decoder.decode(keys, token, _assertion(), SimpleNamespace(loads=_loads))
    except Exception as error:  # pyseto raises ValueError, PysetoError and what lies beneath them
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    claims = decoded.payload
    if not isinstance(claims, dict):
        raise InvalidToken("the payload is no object")
    # pyseto accepts a token that lacks any of these, and never compares iss.
    if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
        raise InvalidToken("wrong iss or aud")
    if any(not isinstance(claims.get(name), str) or not claims[name] for name in ("sub", "jti")):
        raise InvalidToken("no sub or jti")
    exp, nbf, iat = (_time(claims.get(name)) for name in ("exp", "nbf", "iat"))
    leeway = timedelta(seconds=LEEWAY_SECONDS)
    if now() - leeway >= exp or now() + leeway < max(nbf, iat):
        raise InvalidToken("expired, or not valid yet")
    return claims


def now() -> datetime:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return datetime.now(UTC)


def _assertion() -> bytes:
    """Signed along with the token but not part of it: what the token is, and for whom.

    A token of another kind or for another API fails by its signature, before any claim is read.
    """
    return f"access token for {AUDIENCE}".encode()


def _check_shape(token: str) -> None:
    """Let one spelling through: pyseto skips characters that base64url does not know."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    body = token.removeprefix(HEADER)
    if body == token:
        raise InvalidToken(f"not {HEADER}")
    try:
        raw = base64.urlsafe_b64decode(body + "==")
    except ValueError as error:
        raise InvalidToken("not base64url") from error
    # `issue` sets no footer; one would stand behind a dot, which is no base64url either.
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != body.encode():
        raise InvalidToken("a footer, or base64url that is not canonical")


def _loads(payload: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a name stands twice")
        return dict(pairs)

    return json.loads(payload, object_pairs_hook=unique)


def _time(value: object) -> datetime:
    """A time in the one form that `issue` writes; a numeric exp is refused like a missing one."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9T:-]{19}\+00:00", value):
        raise InvalidToken("a time that is missing or not ISO 8601 in UTC")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidToken("a time that does not exist") from error


def _pem(name: str) -> bytes:
    # Where a variable can only hold one line, its line breaks may be written as \n.
    return os.environ.get(name, "").replace("\\n", "\n").encode()
