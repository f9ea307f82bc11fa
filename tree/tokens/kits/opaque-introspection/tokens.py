"""Opaque tokens that many services accept, each by asking the issuer: token introspection.

Fits several services where logout, password change and account lock must work at once. This is the
issuer's half: the store, and `endpoint` for the route where services ask. The half of the other
services is introspection_client.py. Nobody keeps answers: one kept for a minute is a minute late.

Around it: HTTPS everywhere, and a POST route that reads at most a few KiB, hands the Authorization
header and the body to what `endpoint` returns, and sends back its status and JSON, with
Cache-Control: no-store. REDIS_URL names a Redis that is no cluster and no replica, reachable by
the issuer only, with `maxmemory-policy noeviction` (an evicted index is a token that revoke_all
misses).

The issuer's environment: INTROSPECTION_SECRETS, a JSON object with a secret for each audience:
    {"https://api.example.com": "<secret>", "https://billing.example.com": "<another>"}

Make a secret: python tokens.py new-key [audience]
Change one:    put the new one before the old one, "<new>,<old>"; then give the new one to the
               service; then remove the old one.
"""

import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs

from keys import ConfigurationError, command, load_secrets
from store import InvalidToken, Store, StoreUnavailable, connect

__all__ = [
    "ConfigurationError",
    "InvalidToken",
    "StoreUnavailable",
    "endpoint",
    "issuer",
    "revoker",
    "verifier",
]

ISSUER = "https://auth.example.com"  # named in every answer
AUDIENCE = "https://api.example.com"  # the service that tokens are for unless `issue` names others
IDLE_MINUTES = 30  # a token ends after this long without being asked about
ABSOLUTE_HOURS = 12  # and after this long however often it is used
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

MAX_BODY = 1024  # bytes; a question is a short form


class Issue(Protocol):
    def __call__(
        self, subject: str, *, audiences: Sequence[str] = (), replaces: str | None = None
    ) -> str: ...


Verify = Callable[[str], dict[str, Any]]
Introspect = Callable[[str | None, bytes], tuple[int, dict[str, Any]]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> int: ...


def issuer() -> Issue:
    """Call it once, when the issuer starts; the functions below too."""
    store = _store()

    def issue(subject: str, *, audiences: Sequence[str] = (), replaces: str | None = None) -> str:
        """A new token, once the password has been checked. The one that came with the login
        request goes into `replaces` and ends: an id planted before the login is worthless."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A token needs a subject, which is a string.")
        if isinstance(audiences, str):
            raise ValueError("Audiences are a list: a string would count letter by letter.")
        if replaces is not None:
            store.revoke(replaces)
        return store.start(subject, audiences or [AUDIENCE], now())

    return issue


def verifier() -> Verify:
    """For the issuer's own pages, beside the store. Other services use introspection_client.py."""
    store = _store()

    def verify(token: str) -> dict[str, Any]:
        """What a service for AUDIENCE would be told; InvalidToken if the token is not good."""
        return _claims(store, token, AUDIENCE)

    return verify


def revoker() -> Revoker:
    return _store()


def endpoint() -> Introspect:
    """What the route calls. Like the others it is made once: it refuses to start with unfit
    secrets."""
    store, audiences = _store(), load_secrets()

    def introspect(authorization: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON. A service sends `Authorization: Bearer <its secret>` and `token=...` as
        a form; its secret says for which audience it may ask."""
        audience = _caller(audiences, authorization)
        if audience is None:
            return 401, {}
        if len(body) > MAX_BODY:
            return 400, {}
        try:
            (token,) = parse_qs(body.decode("ascii"), max_num_fields=8)["token"]
        except (ValueError, KeyError):
            return 400, {}
        try:
            return 200, _claims(store, token, audience)
        except InvalidToken:
            return 200, {"active": False}  # whatever the reason, and nothing besides
        except StoreUnavailable:
            return 503, {}

    return introspect


def now() -> int:
    return int(time.time())


def _store() -> Store:
    return Store(connect(STORE_URL), IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)


def _claims(store: Store, token: str, audience: str) -> dict[str, Any]:
    subject, created = store.touch(token, audience, now())
    times = {"iat": created, "exp": created + store.lifetime}
    return {"active": True, "iss": ISSUER, "aud": audience, "sub": subject, **times}


def _caller(audiences: dict[str, str], authorization: str | None) -> str | None:
    """The audience whose secret this is. Compares with all, so that the time taken says nothing."""
    given, caller = (authorization or "").encode(), None
    for secret, audience in audiences.items():
        if hmac.compare_digest(given, f"Bearer {secret}".encode()):
            caller = audience
    return caller


if __name__ == "__main__":
    command(AUDIENCE, f"{ISSUER}/introspect")
