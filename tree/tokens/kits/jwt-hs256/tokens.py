"""Access tokens that one service both issues and checks (JWT, HS256).

Fits a single service that already runs JWT well, with nothing secret in the token (whoever holds
it can read it) and no need to end it early: nothing here can revoke one. HTTPS only.

Environment: JWT_SECRET_KEYS, at least 32 random bytes as base64url. Never give it to a second
             service: whoever can check a token with it can also make one.
Make a key:  python tokens.py new-key
Change keys: add the new key after the old one and a comma: the first signs, both are accepted.
             Once every machine knows both, swap them. Remove the old one once ACCESS_MINUTES and
             LEEWAY_SECONDS have passed.
"""

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt

from keys import ConfigurationError, command, load_keys
from strict_json import further_claims, is_text, read_object

__all__ = ["ConfigurationError", "InvalidToken", "issuer", "verifier"]

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
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        token = PYJWT.encode({**further_claims(claims, at), **ours}, key, ALGORITHM, {"typ": TYPE})
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when the service starts: it stops a service whose keys are unfit."""
    keys = load_keys()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token; InvalidToken for anything else."""
        # The whole header is known beforehand, so nothing else may be in it: no kid, jwk or crit.
        if _header(token) != {"alg": ALGORITHM, "typ": TYPE}:
            raise InvalidToken("a header other than ours")
        claims = _signed_claims(token, keys)
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


def _signed_claims(token: str, keys: list[bytes]) -> dict[str, Any]:
    for key in keys:
        try:
            claims: dict[str, Any] = PYJWT.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub", "jti"],
                    "strict_aud": True,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise InvalidToken(f"refused: {type(error).__name__}") from error
        return claims
    raise InvalidToken("signed with none of our keys")


def _header(token: str) -> dict[str, Any]:
    """The header of a token that has the one canonical shape; PyJWT also takes `=` padding, and
    JSON in which a name stands twice, or in another encoding than UTF-8."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    except ValueError as error:
        raise InvalidToken("not base64url") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != 3 or ".".join(again) != token:
        raise InvalidToken("not three segments of canonical base64url")
    try:
        header, _payload = (read_object(part) for part in parts[:2])
    except ValueError as error:
        raise InvalidToken("a header or payload that is no JSON object with one reading") from error
    return header


if __name__ == "__main__":
    command()
