"""Access tokens that one issuer signs and any number of services check (JWT, ES256).

Fits several services that check tokens on their own, with nothing secret in the token (whoever
holds it can read it) and no need to end it early: nothing here can revoke one. HTTPS only.

The issuer's environment:   JWT_PRIVATE_KEY, one private key as PEM.
Each service's environment: JWT_PUBLIC_KEYS, one or more public keys as PEM, one after the other.
A service never sees the private key, so it can check tokens but not make them.

Make a pair: python tokens.py new-key
Change keys: give the new public key to every service, then the new private key to the issuer;
             remove the old public key once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt

from keys import ConfigurationError, command, key_id, load_private_key, load_public_keys
from parsing import InvalidToken, read_kid
from strict_json import further_claims, is_text

__all__ = ["ConfigurationError", "InvalidToken", "issuer", "verifier"]

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
ALGORITHM = "ES256"  # or "RS256" (3072 bits or more) where some service cannot do ES256

TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread


class Issue(Protocol):
    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


def issuer() -> Issue:
    """Call it once, when the issuing service starts: it stops a service whose key is unfit."""
    key = load_private_key(ALGORITHM)
    header = {"typ": TYPE, "kid": key_id(key.public_key())}

    def issue(subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        token = jwt.encode({**further_claims(claims, at), **ours}, key, ALGORITHM, header)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when a service starts: it stops a service whose keys are unfit."""
    keys = load_public_keys(ALGORITHM)
    required = ["exp", "iat", "iss", "aud", "sub", "jti"]

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token; InvalidToken for anything else."""
        # kid is the sender's word. It picks one of our own keys: it is no path, URL or query.
        key = keys.get(read_kid(token, {"alg": ALGORITHM, "typ": TYPE}, MAX_LENGTH))
        if key is None:
            raise InvalidToken("unknown kid")
        try:
            claims: dict[str, Any] = jwt.decode(
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
        # Nothing can end a token early, so none may live longer than was decided.
        if claims["exp"] - claims["iat"] > ACCESS_MINUTES * 60:
            raise InvalidToken("a longer life than ACCESS_MINUTES")
        if not claims["sub"] or not claims["jti"]:
            raise InvalidToken("empty sub or jti")
        return claims

    return verify


def now() -> int:
    """The time by which tokens are issued; PyJWT checks them by the system's clock."""
    return int(time.time())


if __name__ == "__main__":
    command(ALGORITHM)
