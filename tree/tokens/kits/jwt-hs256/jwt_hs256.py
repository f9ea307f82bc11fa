"""Access tokens that one service both issues and checks (JWT, HS256).

Fits a single service that already runs JWT well, with nothing secret in the token (whoever holds
it can read it) and no need to end it early: nothing here can revoke one. HTTPS only.

Environment: JWT_SECRET_KEY, at least 32 random bytes as base64url. Never give it to a second
             service: whoever can check a token with it can also make one.
Make it:     python -c "import secrets; print(secrets.token_urlsafe(32))"
Change it:   replace it and restart; tokens made with the old key stop working at once.
"""

import base64
import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far clocks of several machines may differ

ALGORITHM = "HS256"  # the only one; the header of a token has no say in it
TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread
# Without the option PyJWT only warns about a key that is too short.
PYJWT = jwt.PyJWT({"enforce_minimum_key_length": True})


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """The key is missing or unfit. Raised when it is loaded, never because of a token."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"JWT_SECRET_KEY {fault}. Make a key of 32 random bytes: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def load_key() -> bytes:
    """The key from JWT_SECRET_KEY, refused if a person seems to have made it up."""
    text = os.environ.get("JWT_SECRET_KEY", "")
    try:
        key = base64.urlsafe_b64decode(text + "==")
    except ValueError as error:
        raise ConfigurationError("is not base64url") from error
    if _base64url(key) != text:
        raise ConfigurationError("is not base64url without padding")
    if len(key) < 32:
        raise ConfigurationError("is shorter than 32 bytes")
    # No rule can tell a random key from a clever sentence. These stop what people do paste: one
    # byte or pattern repeated, encoded text, lower-case words and hexadecimal digits. A random
    # key breaks one of them less than once in a thousand million.
    if len(set(key)) < 16 or (key.isascii() and key.decode().isprintable()):
        raise ConfigurationError("is a pattern or a readable text, not a random key")
    if text.lower() == text or text.upper() == text:
        raise ConfigurationError("has letters of one case only, as a sentence or hexadecimal has")
    return key


def issue(key: bytes, subject: str, claims: Mapping[str, Any] | None = None) -> str:
    """A token for `subject`. `claims` can add to the claims below, not replace them."""
    if not subject:
        raise ValueError("A token needs a subject.")
    # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
    at = now()
    times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
    ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
    return PYJWT.encode({**(claims or {}), **ours}, key, ALGORITHM, {"typ": TYPE})


def verify(token: str, key: bytes) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    # The whole header is known beforehand, so nothing else is allowed in it: no kid, jwk or crit.
    if _header(token) != {"alg": ALGORITHM, "typ": TYPE}:
        raise InvalidToken("a header other than ours")
    required = ["exp", "iat", "iss", "aud", "sub", "jti"]
    try:
        claims: dict[str, Any] = PYJWT.decode(
            token,
            key,
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


def _header(token: str) -> Any:
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
    return header


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
