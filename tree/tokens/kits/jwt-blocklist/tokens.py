"""Access tokens that are signed (JWT, ES256) and can still be ended at once, through a blocklist.

Fits a system that already runs JWT well and needs logout and password change to work at once. Each
check asks a store, so this is state; where you can choose freely, an opaque token is simpler.

Around it: HTTPS only. All processes ask one store, which must forget nothing: a forgotten entry is
a token that works again. A store that may forget stops the start, and later each check:
StoreUnavailable. README.md says how to set it up.

A login in this order does not survive a new password that is saved meanwhile:

    login = issue.begin()                 # 1. before the password is checked
    user = check_password(name, password) # 2.
    token = issue(user, begun=login)      # 3. InvalidToken if the user was logged out since 1

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
from typing import Any

import jwt

from keys import (
    ConfigurationError,
    PrivateKey,
    PublicKey,
    command,
    key_id,
    load_private_key,
    load_public_keys,
)
from parsing import ExpiredToken, InvalidToken, read_kid
from store import Blocklist, StoreUnavailable, UnfitStore, connect_blocklist
from strict_json import further_claims, is_text

__all__ = ["ConfigurationError", "InvalidToken", "StoreUnavailable", "UnfitStore"]
__all__ += ["issuer", "revoker", "verifier"]

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # the longest life of a token, and of a blocklist entry
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ

# at+jwt keeps ID tokens and the like, signed with the same key, out.
HEADER = {"alg": "ES256", "typ": "at+jwt"}
MAX_LENGTH = 4096  # anything longer is refused unread


Verify = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Issuer:
    key: PrivateKey
    blocklist: Blocklist

    def begin(self) -> int:
        """The moment at which a login begins. Call it before the password is checked."""
        return self.blocklist.begin()

    def __call__(
        self, subject: str, claims: Mapping[str, Any] | None = None, *, begun: int | None = None
    ) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them. `begun` is
        what `begin` gave; without it, the login begins now. InvalidToken if it took more than ten
        minutes, or if `revoke_all` came between."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
        at = now()
        content = further_claims(claims, at)
        stamp = self.begin() if begun is None else self.blocklist.admit(subject, begun)
        content |= {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4())}
        content |= {"iat": at, "exp": at + ACCESS_MINUTES * 60, "begun": stamp}
        header = {**HEADER, "kid": key_id(self.key.public_key())}
        token = jwt.encode(content, self.key, "ES256", header)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token


def issuer() -> Issuer:
    """Call it once, when the issuing service starts: it stops one whose key or store is unfit."""
    return Issuer(load_private_key("ES256"), connect_blocklist())


def verifier() -> Verify:
    """Call it once, when a service starts: it stops one whose keys or store are unfit."""
    keys, blocklist = load_public_keys("ES256"), connect_blocklist()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token that nobody revoked; InvalidToken for anything else."""
        claims = _signed_claims(token, keys)
        blocklist.check(claims["iss"], claims["jti"], claims["sub"], claims["begun"])
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
        try:
            claims = _signed_claims(token, self.keys)
        except ExpiredToken:
            return
        left = claims["exp"] + LEEWAY_SECONDS - now()
        self.blocklist.add(claims["iss"], claims["jti"], left)

    def revoke_all(self, subject: str) -> None:
        """Ends all tokens, and all logins that have begun. Save the new password or the account's
        lock first. A login that begins afterwards works at once."""
        # A token may come from an issuer whose clock is ahead, and is accepted a little too long.
        self.blocklist.log_out(subject, ACCESS_MINUTES * 60 + 2 * LEEWAY_SECONDS)


def revoker() -> Revoker:
    """Call it once, wherever users log out and passwords change; it needs the public keys."""
    return Revoker(load_public_keys("ES256"), connect_blocklist())


def now() -> int:
    """The time by which tokens are issued; PyJWT checks them by the system's clock."""
    return int(time.time())


def _signed_claims(token: str, keys: Mapping[str, PublicKey]) -> dict[str, Any]:
    """The claims of a token that is acceptable but for the blocklist, which is not asked here."""
    # kid is the sender's word. It picks one of our own keys: it is no path, URL or query.
    key = keys.get(read_kid(token, HEADER, MAX_LENGTH))
    if key is None:
        raise InvalidToken("unknown kid")
    required = ["exp", "iat", "iss", "aud", "sub", "jti", "begun"]
    checks: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY_SECONDS}
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, ["ES256"], {"require": required, "strict_aud": True}, **checks
        )
    except jwt.ExpiredSignatureError as error:
        raise ExpiredToken("refused: ExpiredSignatureError") from error
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf", "begun")):
        raise InvalidToken("a time that is no integer")
    if not claims["sub"] or not claims["jti"]:
        raise InvalidToken("empty sub or jti")
    # A logout is remembered for one token's life, so no token may live longer than that.
    if claims["exp"] - claims["iat"] > ACCESS_MINUTES * 60:
        raise InvalidToken("a longer life than ACCESS_MINUTES")
    return claims


if __name__ == "__main__":
    command("ES256")
