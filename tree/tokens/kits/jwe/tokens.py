"""Access tokens that one service both issues and checks, unreadable to others (JWE, A256GCM).

Fits a single service that already runs JWT, whose tokens carry data that their holders must not
read, and no need to end a token early: nothing here can revoke one. HTTPS only.

Environment: JWE_KEYS, exactly 32 random bytes as base64url. Never give it to a second service:
             whoever can read a token with it can also make one.
Make a key:  python tokens.py new-key
Change keys: add the new key after the old one and a comma: the first encrypts, both are read.
             Once every machine knows both, swap them. Remove the old one once ACCESS_MINUTES and
             LEEWAY_SECONDS have passed.
             A key must go long before it has made 2**32 tokens: A256GCM draws a random IV of 96
             bits for each, and none may recur.
"""

import base64
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from joserfc import jwe, jwt
from joserfc.errors import DecodeError
from joserfc.jwk import OctKey

from keys import ConfigurationError, command, load_keys
from strict_json import further_claims, is_text, read_object

__all__ = ["ConfigurationError", "InvalidToken", "issuer", "verifier"]

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far clocks of several machines may differ

# dir: the shared key itself encrypts the token. at+jwt keeps other tokens made with the key out.
HEADER = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}
REGISTRY = jwe.JWERegistry(algorithms=["dir", "A256GCM"])
MAX_LENGTH = 4096  # anything longer is refused unread


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class Issue(Protocol):
    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


def issuer() -> Issue:
    """Call it once, when the service starts: it stops a service whose key is unfit."""
    key = OctKey.import_key(load_keys()[0])

    def issue(subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        token = jwt.encode(HEADER, {**further_claims(claims, at), **ours}, key, registry=REGISTRY)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when the service starts: it stops a service whose keys are unfit."""
    keys = [OctKey.import_key(key) for key in load_keys()]

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token; InvalidToken for anything else."""
        _check_shape(token)
        claims = _decrypted(token, keys)
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
            registry.validate(claims)
        except Exception as error:  # JoseError, ValueError and what lies beneath them
            raise InvalidToken(f"refused: {type(error).__name__}") from error
        # joserfc also takes fractions of a second, and a list with our audience among others.
        if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
            raise InvalidToken("a time that is no integer")
        # Nothing can end a token early, so none may live longer than was decided.
        if claims["exp"] - claims["iat"] > ACCESS_MINUTES * 60:
            raise InvalidToken("a longer life than ACCESS_MINUTES")
        if not isinstance(claims["aud"], str):
            raise InvalidToken("a list of audiences")
        return claims

    return verify


def now() -> int:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return int(time.time())


def _decrypted(token: str, keys: list[OctKey]) -> dict[str, Any]:
    """The claims, all unchecked. joserfc's own `jwt.decode` also takes JSON in which a name stands
    twice, or in another encoding than UTF-8."""
    for key in keys:
        try:
            return read_object(jwe.decrypt_compact(token, key, registry=REGISTRY).plaintext or b"")
        except DecodeError:  # the tag does not fit this key
            continue
        except Exception as error:  # JoseError, ValueError and what lies beneath them
            raise InvalidToken(f"refused: {type(error).__name__}") from error
    raise InvalidToken("encrypted with none of our keys")


def _check_shape(token: str) -> None:
    """Let through to joserfc only what `issue` can have written, but for the bytes themselves."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = read_object(parts[0])
    except ValueError as error:
        raise InvalidToken("not base64url, or a header that is no JSON with one reading") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != 5 or ".".join(again) != token:
        raise InvalidToken("not five segments of canonical base64url")
    # The whole header is known beforehand: no other alg or enc, no zip, and no p2c, which would
    # make us derive a key from a password for as long as the sender likes.
    if header != HEADER:
        raise InvalidToken("a header other than ours")
    _header, encrypted_key, iv, _ciphertext, tag = parts
    if encrypted_key or len(iv) != 12 or len(tag) != 16:
        raise InvalidToken("a key, or an iv or tag of the wrong length")


if __name__ == "__main__":
    command()
