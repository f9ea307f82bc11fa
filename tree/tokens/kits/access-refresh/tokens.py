"""Short-lived access tokens (JWT, ES256) renewed with a refresh token that changes at every use.

Fits systems where logout and password change may take some minutes: they end the refresh token at
once, while an access token that is already out works for up to ACCESS_MINUTES more.

Around it: HTTPS only. The issuer authenticates a client, where it can, before it calls `refresh`,
and takes refresh tokens by POST alone, with a CSRF check where they come in a cookie. Only the
issuer holds the address of the store; it does not start on one that may lose what was revoked.

The order in which a login survives no log-out-everywhere that comes in between:

    begun = issuer.begin()                                # 1. first, before anything is checked
    user = check_password(name, password)                 # 2. then the password
    pair = issuer.log_in(user, "web-app", begun=begun)    # 3. InvalidToken if `user` was logged out

The issuer's environment:   JWT_PRIVATE_KEY, one private key as PEM, and the store's.
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
from cookies import AmbiguousCookie, read_cookie
from keys import ConfigurationError, command, load_private_key, load_public_keys
from parsing import InvalidToken
from store import Families, StoreUnavailable, UnfitStore, open_store
from strict_json import is_text

__all__ = [
    "AmbiguousCookie",
    "ConfigurationError",
    "InvalidToken",
    "StoreUnavailable",
    "UnfitStore",
    "clear_cookie",
    "get_cookie",
    "issuer",
    "revoker",
    "set_cookie",
    "verifier",
]

ISSUER = "https://auth.example.com"  # who issues; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the access tokens are for
ACCESS_MINUTES = 15  # how long an access token outlives a logout
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
REFRESH_COOKIE_NAME = "__Host-Http-refresh"  # set over HTTPS, by this host, and by no script
REFRESH_IDLE_DAYS = 7  # a login ends after this long without a refresh
REFRESH_ABSOLUTE_DAYS = 30  # and after this long however often it is refreshed
GRACE_SECONDS = 60  # how long the token before gets the same successor: longer than clients wait
# Strict: only scripts of the issuer's own site send it, and no link has to arrive signed in.
COOKIE = "Path=/; Secure; HttpOnly; SameSite=Strict"
ALGORITHM = "ES256"  # or "RS256" (3072 bits or more) where some service cannot do ES256


@dataclass(frozen=True, repr=False)  # no repr, which would carry them into logs
class Tokens:
    access: str
    refresh: str


@dataclass(frozen=True)
class Issuer:
    sign: Sign
    families: Families

    def begin(self) -> int:
        """Return the moment at which a login begins. Call it before you check the password."""
        return self.families.begin()

    def log_in(self, subject: str, client: str, *, begun: int | None = None) -> Tokens:
        """Return the first pair, once the password has been checked; `client` is who may refresh
        it, `begun` what `begin` returned. Raise InvalidToken where the user was logged out
        everywhere since then, or ten minutes have passed."""
        _require_names(subject, client)
        if begun is not None and type(begun) is not int:
            raise ValueError("`begun` is what `begin` returned.")
        login, token = self.families.start(subject, client, now(), begun)
        return Tokens(self.sign(login, subject, now(), {}), token)

    def refresh(self, token: str, client: str) -> Tokens:
        """Return a new pair. A retry with the token before gets the same refresh token, within the
        grace and until that is used. Raise InvalidToken for any other."""
        if not is_text(client):
            raise InvalidToken("issued to another client")
        login, subject, successor = self.families.rotate(token, client, now())
        return Tokens(self.sign(login, subject, now(), {}), successor)

    def __call__(self, subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """Return an access token with no login behind it: nothing renews it, only time ends it."""
        return self.sign(str(uuid.uuid4()), subject, now(), claims or {})


Verify = Callable[[str], dict[str, Any]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> None: ...


def issuer() -> Issuer:
    """Return the issuer. Call it once, at the start: it stops a service whose key or store is
    unfit."""
    return Issuer(signer(load_private_key(ALGORITHM), _rules()), _families())


def verifier() -> Verify:
    """Return the check. Call it once, at the start: it stops a service whose keys are unfit."""
    keys, rules = load_public_keys(ALGORITHM), _rules()

    def verify(token: str) -> dict[str, Any]:
        """Return the claims of an access token; `sid` is the login that it came from. No look-up:
        this is the check that every service can do on its own."""
        return check(keys, rules, token)

    return verify


def revoker() -> Revoker:
    """Return what ends logins, by one of their refresh tokens or by subject. No access token ends
    with them."""
    return _families()


def get_cookie(header: bytes | str) -> str | None:
    """Return the refresh token in the raw Cookie header. Raise AmbiguousCookie, which means 400,
    where another host may have planted one. Do not ask the cookie parser of a framework."""
    return read_cookie(header, REFRESH_COOKIE_NAME)


def set_cookie(token: str) -> str:
    """Return the Set-Cookie value for a browser's refresh token, which no script can read."""
    return f"{REFRESH_COOKIE_NAME}={token}; {COOKIE}; Max-Age={REFRESH_IDLE_DAYS * 86400}"


def clear_cookie() -> str:
    """Return the Set-Cookie value that removes it."""
    return f"{REFRESH_COOKIE_NAME}=; {COOKIE}; Max-Age=0"


def now() -> int:
    """Return the time by which tokens are issued and rotated; PyJWT checks them by the system's."""
    return int(time.time())


def _require_names(*names: str) -> None:
    if not all(map(is_text, names)):
        raise ValueError("A login needs a subject and a client, which are strings.")


def _rules() -> Rules:
    return Rules(ALGORITHM, ISSUER, AUDIENCE, ACCESS_MINUTES * 60, LEEWAY_SECONDS)


def _families() -> Families:
    limits = REFRESH_IDLE_DAYS * 86400, REFRESH_ABSOLUTE_DAYS * 86400
    return open_store(*limits, GRACE_SECONDS)


if __name__ == "__main__":
    command(ALGORITHM)
