"""Short-lived access tokens (JWT, ES256) renewed with a refresh token that changes at every use.

Fits systems where logout and password change may take some minutes: they end the refresh token at
once, while an access token that is already out works for up to ACCESS_MINUTES more.

Around it: HTTPS only. The issuer authenticates a client, where it can, before it calls `refresh`,
and takes refresh tokens by POST alone, with a CSRF check where they come in a cookie. Only the
issuer holds REDIS_URL: a Redis that is no replica and no cluster and never evicts
(`maxmemory-policy noeviction`).

The issuer's environment:   JWT_PRIVATE_KEY, one private key as PEM, and REDIS_URL.
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

from access import Rules, Sign, check, signer
from families import Families, StoreUnavailable, connect
from keys import ConfigurationError, command, load_private_key, load_public_keys
from parsing import InvalidToken

__all__ = [
    "ConfigurationError",
    "InvalidToken",
    "StoreUnavailable",
    "clear_cookie",
    "issuer",
    "revoker",
    "set_cookie",
    "verifier",
]

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the access tokens are for
ACCESS_MINUTES = 15  # how long an access token outlives a logout
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
REFRESH_COOKIE_NAME = "__Host-refresh"  # __Host-: only over HTTPS, for this host alone
REFRESH_IDLE_DAYS = 7  # a login ends after this long without a refresh
REFRESH_ABSOLUTE_DAYS = 30  # and after this long however often it is refreshed
GRACE_SECONDS = 10  # two tabs may refresh at once; the later one still gets an access token
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins
ALGORITHM = "ES256"  # or "RS256" (3072 bits or more) where some service cannot do ES256


@dataclass(frozen=True, repr=False)  # no repr, which would carry them into logs
class Tokens:
    access: str
    refresh: str | None  # None: keep the one you have, another call has just renewed it


@dataclass(frozen=True)
class Issuer:
    sign: Sign
    families: Families

    def log_in(self, subject: str, client: str) -> Tokens:
        """The first pair, once the password has been checked; `client` is who may refresh it."""
        if not all(isinstance(name, str) and name for name in (subject, client)):
            raise ValueError("A login needs a subject and a client, which are strings.")
        login, token = self.families.start(subject, client, now())
        return Tokens(self.sign(login, subject, now(), {}), token)

    def refresh(self, token: str, client: str) -> Tokens:
        """A new pair for the current refresh token; for the one before it, briefly, an access token
        alone; InvalidToken for any other."""
        login, subject, renewed = self.families.rotate(token, client, now())
        return Tokens(self.sign(login, subject, now(), {}), renewed)

    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """An access token with no login behind it: nothing renews it and only time ends it."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A token needs a subject, which is a string.")
        return self.sign(str(uuid.uuid4()), subject, now(), claims or {})


Verify = Callable[[str], dict[str, Any]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> int: ...


def issuer() -> Issuer:
    """Call it once, when the issuing service starts: it stops a service whose key is unfit."""
    return Issuer(signer(load_private_key(ALGORITHM), _rules()), _families())


def verifier() -> Verify:
    """Call it once, when a service starts: it stops a service whose keys are unfit."""
    keys, rules = load_public_keys(ALGORITHM), _rules()

    def verify(token: str) -> dict[str, Any]:
        """The claims of an access token; `sid` is the login that it came from. No look-up: this
        is the check that every service can do on its own."""
        return check(keys, rules, token)

    return verify


def revoker() -> Revoker:
    """Ends logins, by one of their refresh tokens or by subject. No access token ends with them."""
    return _families()


def set_cookie(token: str) -> str:
    """The Set-Cookie value for a browser's refresh token, which no script can read."""
    age = REFRESH_IDLE_DAYS * 86400
    return f"{REFRESH_COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}"


def clear_cookie() -> str:
    return f"{REFRESH_COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def now() -> int:
    """The time by which tokens are issued and rotated; PyJWT checks them by the system's clock."""
    return int(time.time())


def _rules() -> Rules:
    return Rules(ALGORITHM, ISSUER, AUDIENCE, ACCESS_MINUTES * 60, LEEWAY_SECONDS)


def _families() -> Families:
    limits = REFRESH_IDLE_DAYS * 86400, REFRESH_ABSOLUTE_DAYS * 86400
    return Families(connect(STORE_URL), *limits, GRACE_SECONDS)


if __name__ == "__main__":
    command(ALGORITHM)
