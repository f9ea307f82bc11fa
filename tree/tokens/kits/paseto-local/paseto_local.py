"""Access tokens that one service both issues and checks, unreadable to others (Paseto v4.local).

Fits a single service whose tokens carry data that their holders must not read, and no need to end
a token early: nothing here can revoke one. HTTPS only.

Environment: PASETO_LOCAL_KEY, exactly 32 random bytes as base64url. Never give it to a second
             service: whoever can read a token with it can also make one.
Make it:     python -c "import secrets; print(secrets.token_urlsafe(32))"
Change it:   replace it and restart; tokens made with the old key stop working at once.
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
from pyseto import KeyInterface

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far clocks of several machines may differ

HEADER = "v4.local."
MAX_LENGTH = 4096  # anything longer is refused unread


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """The key is missing or unfit. Raised when it is loaded, never because of a token."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"PASETO_LOCAL_KEY {fault}. Make a key of 32 random bytes: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def load_key() -> KeyInterface:
    """The key from PASETO_LOCAL_KEY. pyseto itself would take 6 bytes, or a PEM file, as a key."""
    text = os.environ.get("PASETO_LOCAL_KEY", "")
    try:
        key = base64.urlsafe_b64decode(text + "==")
    except ValueError as error:
        raise ConfigurationError("is not base64url") from error
    if _base64url(key) != text:
        raise ConfigurationError("is not base64url without padding")
    if len(key) != 32:
        raise ConfigurationError("is not exactly 32 bytes long")
    # No rule can tell a random key from a clever sentence. These stop what people do paste: one
    # byte or pattern repeated, encoded text, lower-case words and hexadecimal digits. A random
    # key breaks one of them less than once in a thousand million.
    if len(set(key)) < 16 or (key.isascii() and key.decode().isprintable()):
        raise ConfigurationError("is a pattern or a readable text, not a random key")
    if text.lower() == text or text.upper() == text:
        raise ConfigurationError("has letters of one case only, as a sentence or hexadecimal has")
    return pyseto.Key.new(4, "local", key)


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


def verify(token: str, key: KeyInterface) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    _check_shape(token)
    decoder = pyseto.Paseto.new(leeway=LEEWAY_SECONDS)
    try:
        # Without a deserializer pyseto would not even look at exp.
        decoded = decoder.decode(key, token, _assertion(), SimpleNamespace(loads=_loads))
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
    """Authenticated along with the token but not part of it: what the token is, and for whom.

    A token of another kind or for another API fails by its tag, before any claim is read.
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
    if _base64url(raw) != body:
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


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
