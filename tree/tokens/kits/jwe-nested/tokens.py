"""Access tokens signed by one issuer and encrypted to one service each (JWS inside JWE).

Fits several services whose tokens carry data that their holders must not read, and no need to end
a token early: nothing here can revoke one. Encryption alone would not do: anyone can encrypt to a
public key, so only the signature inside tells who issued a token. HTTPS only.

The issuer's environment:    JWT_PRIVATE_KEY, its private key, and JWE_PUBLIC_KEY, the public key
                             of the service that AUDIENCE names.
That service's environment:  JWT_PUBLIC_KEYS, the issuer's public keys, and JWE_PRIVATE_KEYS, its
                             own private keys: each one or more, one after the other.
All are PEM on the curve P-256; the two pairs must differ.

Make pairs:  python tokens.py new-key
Change keys: add the new one where several may stand, then replace it where one stands; remove the
             old one once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from joserfc import jwe, jwt

from keys import ConfigurationError, command, load_issuer_keys, load_service_keys
from parsing import InvalidToken, check_encryption, pick, split
from strict_json import further_claims, is_text, read_object

__all__ = ["ConfigurationError", "InvalidToken", "issuer", "verifier"]

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far the clocks of issuer and service may differ

# ECDH-ES without key wrapping: with one recipient a wrapped key adds length and nothing else.
# Each token is encrypted with a key of its own, so that random IVs cannot collide under one key.
OUTER = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"}
INNER = {"alg": "ES256", "typ": "at+jwt"}
REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
MAX_LENGTH = 8192  # anything longer is refused unread


class Issue(Protocol):
    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


def issuer() -> Issue:
    """Call it once, when the issuing service starts: it stops a service whose key is unfit."""
    keys = load_issuer_keys()
    inner = {**INNER, "kid": keys.signing.thumbprint()}
    outer = {**OUTER, "kid": keys.recipient.thumbprint()}

    def issue(subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        signed = jwt.encode(inner, {**further_claims(claims, at), **ours}, keys.signing, ["ES256"])
        # A copy, because joserfc writes the one-time key of each token into the header.
        token = jwe.encrypt_compact({**outer}, signed, keys.recipient, registry=REGISTRY)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when a service starts: it stops a service whose keys are unfit."""
    keys = load_service_keys()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token; InvalidToken for anything else."""
        header, parts = split(token, 5, MAX_LENGTH)
        own_key = pick(check_encryption(header, parts), OUTER, keys.decryption)
        try:
            signed = jwe.decrypt_compact(token, own_key, registry=REGISTRY).plaintext or b""
            inner = signed.decode("ascii")
        except Exception as error:  # JoseError, ValueError and what lies beneath them
            raise InvalidToken(f"not decrypted: {type(error).__name__}") from error
        header, (_header, payload, _signature) = split(inner, 3, MAX_LENGTH)
        issuer_key = pick(header, INNER, keys.issuer)
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
            jwt.decode(inner, issuer_key, ["ES256"])  # checks no claim, not even exp
            claims = read_object(payload)  # joserfc also takes JSON in which a name stands twice
            registry.validate(claims)
        except Exception as error:  # as above
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


if __name__ == "__main__":
    command()
