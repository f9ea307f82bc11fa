"""Opaque tokens that many services accept, each by asking the issuer: token introspection.

Fits several services where logout, password change and account lock must work at once. This is the
issuer's half: the store, and `endpoint` for the route where services ask. The half of the other
services is introspection_client.py. The endpoint remembers nothing; who asks may for CACHE_SECONDS.
A browser carries its token in the cookie below, which the issuer's own pages read; an app or a
program, and whoever calls another service, sends it in the Authorization header.

The order of a login, so that "log out everywhere" reaches a login that is under way:

    login = issue.begin()  # before the password is checked
    user = check_password(name, password)
    token = issue(user, begun=login, replaces=old_token)

Around it: HTTPS everywhere, a CSRF token in every form where a cookie carries the token, and a POST
route that reads at most a few KiB, hands the Authorization header and the body to what `endpoint`
returns, and sends back its status and JSON, with Cache-Control: no-store. The store is reachable by
the issuer only; one that may lose what was revoked is refused: a replica, a Redis that drops
entries, a database that each process has for itself.

The issuer's environment: INTROSPECTION_SECRETS, a JSON object with a secret for each audience:
    {"https://api.example.com": "<secret>", "https://billing.example.com": "<another>"}

Make a secret: python tokens.py new-key [audience]
Change one:    put the new one before the old one, "<new>,<old>"; then give the new one to the
               service; then remove the old one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from answer_memory import remember
from cookies import AmbiguousCookie, read_cookie
from introspection_endpoint import Introspect, make_endpoint
from keys import ConfigurationError, command, load_secrets
from store import InvalidToken, SessionRecords, StoreUnavailable, UnfitStore, open_store

__all__ = [
    "AmbiguousCookie",
    "ConfigurationError",
    "InvalidToken",
    "StoreUnavailable",
    "UnfitStore",
    "clear_cookie",
    "endpoint",
    "get_cookie",
    "issuer",
    "revoker",
    "set_cookie",
    "verifier",
]

ISSUER = "https://auth.example.com"  # named in every answer
AUDIENCE = "https://api.example.com"  # the service that tokens are for unless `issue` names others
# Browsers take a cookie of this name only from this host over HTTPS, and never from a script.
COOKIE_NAME = "__Host-Http-session"
IDLE_MINUTES = 30  # a token ends after this long without being asked about
ABSOLUTE_HOURS = 12  # and after this long however often it is used
CACHE_SECONDS = 0  # how long a good answer is remembered, and a revoked token works: 60 at most

Verify = Callable[[str], dict[str, Any]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> None: ...


@dataclass(frozen=True)
class Issue:
    """Makes tokens: `login = issue.begin()`, then the password, then `issue(user, begun=login)`. A
    login that was under way when its user was logged out everywhere is refused."""

    records: SessionRecords

    def begin(self) -> int:
        """Return the moment at which a login begins, by the store's clock. It needs no subject."""
        return self.records.begin()

    def __call__(
        self,
        subject: str,
        *,
        audiences: Sequence[str] = (),
        begun: int | None = None,
        replaces: str | None = None,
    ) -> str:
        """Return a new token, once the password has been checked. The one that came with the login
        goes into `replaces` and ends: an id planted before it is worthless."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A token needs a subject, which is a string.")
        if isinstance(audiences, str):
            raise ValueError("Audiences are a list: a string would count letter by letter.")
        audiences = audiences or [AUDIENCE]
        return self.records.start(
            subject, now(), begun=begun, replaces=replaces, audiences=audiences
        )


def issuer() -> Issue:
    """Call it once, when the issuer starts; the functions below too. UnfitStore stops an issuer
    whose Redis could bring revoked tokens back."""
    return Issue(_store())


def verifier() -> Verify:
    """For the issuer's own pages, beside the store. Other services use introspection_client.py."""
    store = _store()

    def verify(token: str) -> dict[str, Any]:
        """What a service for AUDIENCE would be told; InvalidToken if the token is not good."""
        return _claims(store, token, AUDIENCE)

    return remember(verify, CACHE_SECONDS)


def revoker() -> Revoker:
    return _store()


def endpoint() -> Introspect:
    """What the route calls. Like the others it is made once: it refuses to start with unfit
    secrets."""
    return make_endpoint(load_secrets(), partial(_claims, _store()))


def get_cookie(header: bytes | str) -> str | None:
    """Return the token in the raw Cookie header. AmbiguousCookie, which means 400, where a cookie
    of another host may have taken the place of ours. Do not ask a framework's cookie parser."""
    return read_cookie(header, COOKIE_NAME)


def set_cookie(token: str) -> str:
    """Return the Set-Cookie value. Lax, not Strict: Strict looks logged out on a link from a mail.
    No Domain, as __Host- demands; no Max-Age, because the lifetime is the server's to decide."""
    return f"{COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"


def clear_cookie() -> str:
    return f"{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def now() -> int:
    return int(time.time())


def _store() -> SessionRecords:
    return open_store(IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)


def _claims(store: SessionRecords, token: str, audience: str) -> dict[str, Any]:
    subject, created, _ = store.touch(token, now(), audience)
    times = {"iat": created, "exp": created + store.lifetime}
    return {"active": True, "iss": ISSUER, "aud": audience, "sub": subject, **times}


if __name__ == "__main__":
    command(AUDIENCE, f"{ISSUER}/introspect")
