"""Access tokens that are signed (JWT, ES256) and can still be ended at once, through a blocklist.

Fits a system that already runs JWT well and needs logout and password change to work at once. Each
check asks Redis, so this is state; where you can choose freely, an opaque token is simpler.

Around it: HTTPS only. All processes hold REDIS_URL: one Redis for all of them, no replica and no
cluster, that never evicts (`maxmemory-policy noeviction`) and keeps a log on disk (`appendonly
yes`), because a forgotten entry is a token that works again. The issuers' clocks must agree:
`revoke_all` compares their times.

The issuer's environment:   JWT_PRIVATE_KEY, one private key as PEM.
Each service's environment: JWT_PUBLIC_KEYS, one or more public keys as PEM, one after the other.

Make a pair: python tokens.py new-key
Change keys: give the new public key to every service, then the new private key to the issuer;
             remove the old public key once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from keys import (
    ConfigurationError,
    PublicKey,
    command,
    key_id,
    load_private_key,
    load_public_keys,
)
from parsing import InvalidToken, read_kid
from store import Blocklist, StoreUnavailable, connect

__all__ = ["ConfigurationError", "InvalidToken", "StoreUnavailable"]
__all__ += ["issuer", "revoker", "verifier"]

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # the longest life of a token, and of a blocklist entry
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

# at+jwt keeps ID tokens and the like, signed with the same key, out.
HEADER = {"alg": "ES256", "typ": "at+jwt"}
MAX_LENGTH = 4096  # anything longer is refused unread


class Issue(Protocol):
    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


def issuer() -> Issue:
    """Call it once, when the issuing service starts: it stops a service whose key is unfit."""
    key, blocklist = load_private_key(), Blocklist(connect(STORE_URL))
    header = {**HEADER, "kid": key_id(key.public_key())}

    def issue(subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
        ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
        token = jwt.encode({**(claims or {}), **ours}, key, "ES256", header)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        blocklist.open(at)
        return token

    return issue


def verifier() -> Verify:
    """Call it once, when a service starts: it stops a service whose keys are unfit."""
    keys, blocklist = load_public_keys(), Blocklist(connect(STORE_URL))

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token that nobody revoked; InvalidToken for anything else."""
        claims = _signed_claims(token, keys)
        blocklist.check(claims["iss"], claims["jti"], claims["sub"], claims["iat"])
        return claims

    return verify


@dataclass(frozen=True)
class Revoker:
    keys: Mapping[str, PublicKey]
    blocklist: Blocklist

    def revoke(self, token: str) -> None:
        """Logout. The entry goes by iss and jti, because a signature can be rewritten so that
        another text of the same token verifies; it stays until the token would be refused anyway.
        """
        claims = _signed_claims(token, self.keys)
        left = claims["exp"] + LEEWAY_SECONDS - now()
        self.blocklist.add(claims["iss"], claims["jti"], left)

    def revoke_all(self, subject: str) -> None:
        """Ends all tokens issued until now. Save the new password or the account's lock first."""
        # A token may come from an issuer whose clock is ahead, and is accepted a little too long.
        self.blocklist.cut_off(subject, now(), ACCESS_MINUTES * 60 + 2 * LEEWAY_SECONDS)


def revoker() -> Revoker:
    """Call it once, wherever users log out and passwords change; it needs the public keys."""
    return Revoker(load_public_keys(), Blocklist(connect(STORE_URL)))


def now() -> int:
    """The time by which tokens are issued and cut off; PyJWT itself reads the system's clock."""
    return int(time.time())


def _signed_claims(token: str, keys: Mapping[str, PublicKey]) -> dict[str, Any]:
    """The claims of a token that is acceptable but for the blocklist, which is not asked here."""
    # kid is the sender's word. It picks one of our own keys: it is no path, URL or query.
    key = keys.get(read_kid(token, HEADER, MAX_LENGTH))
    if key is None:
        raise InvalidToken("unknown kid")
    required = ["exp", "iat", "iss", "aud", "sub", "jti"]
    checks: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY_SECONDS}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, ["ES256"], {"require": required, "strict_aud": True}, **checks
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not claims["sub"] or not claims["jti"]:
        raise InvalidToken("empty sub or jti")
    # The cut-off is remembered for one token's life, so no token may live longer than that.
    if claims["exp"] - claims["iat"] > ACCESS_MINUTES * 60:
        raise InvalidToken("a longer life than ACCESS_MINUTES")
    return claims


if __name__ == "__main__":
    command()
