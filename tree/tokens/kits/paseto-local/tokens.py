"""Access tokens that one service both issues and checks, unreadable to others (Paseto v4.local).

Fits a single service whose tokens carry data that their holders must not read, and no need to end
a token early: nothing here can revoke one. HTTPS only.

Environment: PASETO_LOCAL_KEYS, exactly 32 random bytes as base64url. Never give it to a second
             service: whoever can read a token with it can also make one.
Make a key:  python tokens.py new-key
Change keys: add the new key after the old one and a comma: the first encrypts, both are read.
             Once every machine knows both, swap them. Remove the old one once ACCESS_MINUTES and
             LEEWAY_SECONDS have passed.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

import pyseto

from keys import ConfigurationError, command, load_keys
from parsing import InvalidToken, check_shape, parse_claims, parse_time
from strict_json import further_claims, is_text

__all__ = ["ConfigurationError", "InvalidToken", "issuer", "verifier"]

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far clocks of several machines may differ

HEADER = "v4.local."  # the only one; the header of a token has no say in it
MAX_LENGTH = 4096  # anything longer is refused unread


class Issue(Protocol):
    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


def issuer() -> Issue:
    """Call it once, when the service starts: it stops a service whose key is unfit."""
    key = load_keys()[0]

    def issue(subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        at = now().replace(microsecond=0)
        until = at + timedelta(minutes=ACCESS_MINUTES)
        times = {"iat": at.isoformat(), "nbf": at.isoformat(), "exp": until.isoformat()}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        payload = json.dumps({**further_claims(claims), **ours})
        token = pyseto.encode(key, payload, implicit_assertion=_assertion()).decode()
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when the service starts: it stops a service whose key is unfit."""
    keys = load_keys()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token; InvalidToken for anything else."""
        check_shape(token, HEADER, MAX_LENGTH)
        try:
            decoded = pyseto.decode(keys, token, implicit_assertion=_assertion())
        except Exception as error:  # ValueError, PysetoError and what lies beneath them
            raise InvalidToken(f"refused: {type(error).__name__}") from error
        # pyseto has checked the tag and nothing else. Its own checks of claims, which a
        # deserializer would turn on, let a token pass without exp and never compare iss.
        claims = parse_claims(cast(bytes, decoded.payload))
        if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
            raise InvalidToken("wrong iss or aud")
        if not all(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "jti")):
            raise InvalidToken("no sub or jti")
        exp, nbf, iat = (parse_time(claims.get(name)) for name in ("exp", "nbf", "iat"))
        # Nothing can end a token early, so none may live longer than was decided.
        if exp - iat > timedelta(minutes=ACCESS_MINUTES):
            raise InvalidToken("a longer life than ACCESS_MINUTES")
        leeway = timedelta(seconds=LEEWAY_SECONDS)
        if now() - leeway >= exp:
            raise InvalidToken("expired")
        if now() + leeway < max(nbf, iat):
            raise InvalidToken("not valid yet")
        return claims

    return verify


def now() -> datetime:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return datetime.now(UTC)


def _assertion() -> bytes:
    """Authenticated along with the token but not part of it: what the token is, and for whom.

    A token of another kind or for another API fails by its tag, before any claim is read.
    """
    return f"access token for {AUDIENCE}".encode()


if __name__ == "__main__":
    command()
