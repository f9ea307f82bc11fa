"""Access tokens that are signed (Paseto v4.public) and can be ended at once, through a blocklist.

Fits a system that already uses Paseto and needs logout and password change to work at once. Each
check asks a store, so this is state; where you can choose freely, an opaque token is simpler.

Around it: HTTPS only. All processes ask one store, which must forget nothing: a forgotten entry is
a token that works again. A store that may forget stops the start, and later each check:
StoreUnavailable. README.md says how to set it up.

A login in this order does not survive a new password that is saved meanwhile:

    login = issue.begin()                 # 1. before the password is checked
    user = check_password(name, password) # 2.
    token = issue(user, begun=login)      # 3. InvalidToken if the user was logged out since 1

The issuer's environment:   PASETO_PRIVATE_KEY, one Ed25519 private key as PEM.
Each service's environment: PASETO_PUBLIC_KEYS, one or more public keys as PEM, one after the other.

Make a pair: python tokens.py new-key
Change keys: give the new public key to every service, then the new private key to the issuer;
             remove the old public key once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pyseto

from keys import ConfigurationError, command, load_private_key, load_public_keys
from parsing import ExpiredToken, InvalidToken, check_shape, parse_claims, parse_time
from store import Blocklist, StoreUnavailable, UnfitStore, connect_blocklist
from strict_json import further_claims, is_text

__all__ = ["ConfigurationError", "InvalidToken", "StoreUnavailable", "UnfitStore"]
__all__ += ["issuer", "revoker", "verifier"]

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # the longest life of a token, and of a blocklist entry
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ

HEADER = "v4.public."
MAX_LENGTH = 4096  # anything longer is refused unread


Verify = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Issuer:
    key: pyseto.KeyInterface
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
        content = further_claims(claims)
        stamp = self.begin() if begun is None else self.blocklist.admit(subject, begun)
        at = now().replace(microsecond=0)
        until = at + timedelta(minutes=ACCESS_MINUTES)
        content |= {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4())}
        content |= {"iat": at.isoformat(), "nbf": at.isoformat(), "exp": until.isoformat()}
        payload = json.dumps(content | {"begun": stamp})
        token = pyseto.encode(self.key, payload, implicit_assertion=_assertion()).decode()
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token


def issuer() -> Issuer:
    """Call it once, when the issuing service starts: it stops one whose key or store is unfit."""
    return Issuer(load_private_key(), connect_blocklist())


def verifier() -> Verify:
    """Call it once, when a service starts: it stops one whose keys or store are unfit."""
    keys, blocklist = load_public_keys(), connect_blocklist()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an acceptable token that nobody revoked; InvalidToken for anything else."""
        claims = _signed_claims(token, keys)
        blocklist.check(claims["iss"], claims["jti"], claims["sub"], claims["begun"])
        return claims

    return verify


@dataclass(frozen=True)
class Revoker:
    keys: list[pyseto.KeyInterface]
    blocklist: Blocklist

    def revoke(self, token: str) -> None:
        """Logout. The entry goes by iss and jti, never by the token's text, which some decoders
        read in several spellings; it stays until the token would be refused anyway."""
        try:
            claims = _signed_claims(token, self.keys)
        except ExpiredToken:
            return
        left = parse_time(claims["exp"]) + timedelta(seconds=LEEWAY_SECONDS) - now()
        self.blocklist.add(claims["iss"], claims["jti"], int(left.total_seconds()) + 1)

    def revoke_all(self, subject: str) -> None:
        """Ends all tokens, and all logins that have begun. Save the new password or the account's
        lock first. A login that begins afterwards works at once."""
        # A token may come from an issuer whose clock is ahead, and is accepted a little too long.
        self.blocklist.log_out(subject, ACCESS_MINUTES * 60 + 2 * LEEWAY_SECONDS)


def revoker() -> Revoker:
    """Call it once, wherever users log out and passwords change; it needs the public keys."""
    return Revoker(load_public_keys(), connect_blocklist())


def now() -> datetime:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return datetime.now(UTC)


def _signed_claims(token: str, keys: list[pyseto.KeyInterface]) -> dict[str, Any]:
    """The claims of a token that is acceptable but for the blocklist, which is not asked here."""
    check_shape(token, HEADER, MAX_LENGTH)
    try:
        decoded = pyseto.decode(keys, token, implicit_assertion=_assertion())
    except Exception as error:  # ValueError, PysetoError and what lies beneath them
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # pyseto has checked the signature and nothing else. Its own checks of claims, which a
    # deserializer would turn on, let a token pass without exp and never compare iss.
    claims = parse_claims(cast(bytes, decoded.payload))
    if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
        raise InvalidToken("wrong iss or aud")
    if not all(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "jti")):
        raise InvalidToken("no sub or jti")
    if type(claims.get("begun")) is not int:
        raise InvalidToken("no begun, or no integer")
    exp, nbf, iat = (parse_time(claims.get(name)) for name in ("exp", "nbf", "iat"))
    # A logout is remembered for one token's life, so no token may live longer than that.
    if exp - iat > timedelta(minutes=ACCESS_MINUTES):
        raise InvalidToken("a longer life than ACCESS_MINUTES")
    leeway = timedelta(seconds=LEEWAY_SECONDS)
    if now() - leeway >= exp:
        raise ExpiredToken("expired")
    if now() + leeway < max(nbf, iat):
        raise InvalidToken("not valid yet")
    return claims


def _assertion() -> bytes:
    """Signed along with the token but not part of it: what the token is, and for whom."""
    return f"access token for {AUDIENCE}".encode()


if __name__ == "__main__":
    command()
