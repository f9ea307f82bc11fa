"""Access tokens that one service both issues and checks, unreadable to others (JWE, A256GCM).

Fits a single service that already runs JWT, whose tokens carry data that their holders must not
read, and no need to end a token early: nothing here can revoke one. HTTPS only.

Environment: JWE_KEY, exactly 32 random bytes as base64url. Never give it to a second service:
             whoever can read a token with it can also make one.
Make it:     python -c "import secrets; print(secrets.token_urlsafe(32))"
Change it:   replace it and restart; tokens made with the old key stop working at once. Do so long
             before 2**32 tokens: A256GCM draws a random 96-bit IV for each, and none may recur.
"""

import base64
import json
import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far clocks of several machines may differ

# dir: the shared key itself encrypts the token. at+jwt keeps other tokens made with the key out.
HEADER = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}
REGISTRY = JWERegistry(algorithms=["dir", "A256GCM"])
MAX_LENGTH = 4096  # anything longer is refused unread


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """The key is missing or unfit. Raised when it is loaded, never because of a token."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"JWE_KEY {fault}. Make a key of 32 random bytes: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )


def load_key() -> OctKey:
    """The key from JWE_KEY, refused if a person seems to have made it up."""
    text = os.environ.get("JWE_KEY", "")
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
    return OctKey.import_key(key)


def issue(key: OctKey, subject: str, claims: Mapping[str, Any] | None = None) -> str:
    """A token for `subject`. `claims` can add to the claims below, not replace them."""
    if not subject:
        raise ValueError("A token needs a subject.")
    # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
    at = now()
    times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
    ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
    return jwt.encode(HEADER, {**(claims or {}), **ours}, key, registry=REGISTRY)


def verify(token: str, key: OctKey) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    _check_shape(token)
    registry = jwt.JWTClaimsRegistry(
        now=now(),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        jti={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(token, key, registry=REGISTRY).claims
        registry.validate(claims)  # decode checks no claim, not even exp
    except Exception as error:  # joserfc raises JoseError, ValueError and what lies beneath them
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # joserfc also takes fractions of a second, and a list in which our audience is one of many.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not isinstance(claims["aud"], str):
        raise InvalidToken("a list of audiences")
    return claims


def now() -> int:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return int(time.time())


def _check_shape(token: str) -> None:
    """Let through to joserfc only what `issue` can have written, but for the bytes themselves."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = json.loads(parts[0])
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not base64url, or no JSON header") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    if len(parts) != 5 or ".".join(map(_base64url, parts)) != token:
        raise InvalidToken("not five segments of canonical base64url")
    # The whole header is known beforehand: no other alg or enc, no zip, and no p2c, which would
    # make us derive a key from a password for as long as the sender likes.
    if header != HEADER:
        raise InvalidToken("a header other than ours")
    _header, encrypted_key, iv, _ciphertext, tag = parts
    if encrypted_key or len(iv) != 12 or len(tag) != 16:
        raise InvalidToken("a key, or an iv or tag of the wrong length")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
