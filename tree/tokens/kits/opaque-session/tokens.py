"""Server-side sessions behind an opaque random token, kept in Redis.

Fits one application whose logout, password change and account lock must work at once. The token
says nothing: deleting its record ends the session, so there is no key to guard and none to change.

Around it: HTTPS everywhere, the token in the cookie below and nowhere else, and a CSRF token in
every form, because a cookie also travels with requests that other sites cause. REDIS_URL names a
Redis that is no cluster and no replica, reachable by this application only, with `maxmemory-policy
noeviction` (an evicted record is a surprise logout; an evicted index, a session that revoke_all
misses).
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from store import InvalidToken, Sessions, StoreUnavailable, connect

__all__ = [
    "InvalidToken",
    "StoreUnavailable",
    "clear_cookie",
    "issuer",
    "revoker",
    "set_cookie",
    "verifier",
]

COOKIE_NAME = "__Host-session"  # __Host-: browsers take it only over HTTPS, for this host alone
IDLE_MINUTES = 30  # a session ends after this long without a request
ABSOLUTE_HOURS = 12  # and after this long however busy it is
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins


class Issue(Protocol):
    def __call__(self, subject: str, *, replaces: str | None = None) -> str: ...


Verify = Callable[[str], dict[str, Any]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> int: ...


def issuer() -> Issue:
    """Call it once, when the application starts; `verifier` and `revoker` too."""
    sessions = _sessions()

    def issue(subject: str, *, replaces: str | None = None) -> str:
        """The token of a new session, once the password has been checked. The one that came with
        the login request goes into `replaces` and ends: an id planted before it is worthless."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A session needs a subject, which is a string.")
        if replaces is not None:
            sessions.revoke(replaces)
        return sessions.start(subject, now())

    return issue


def verifier() -> Verify:
    sessions = _sessions()

    def verify(token: str) -> dict[str, Any]:
        """Whose session this is (`sub`), and since when; InvalidToken if there is none."""
        return sessions.touch(token, now())

    return verify


def revoker() -> Revoker:
    return _sessions()


def set_cookie(token: str) -> str:
    """The Set-Cookie value. Lax, not Strict: Strict looks logged out on a link from a mail.
    No Domain, as __Host- demands; no Max-Age, because the lifetime is the server's to decide."""
    return f"{COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"


def clear_cookie() -> str:
    return f"{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def now() -> int:
    return int(time.time())


def _sessions() -> Sessions:
    return Sessions(connect(STORE_URL), IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)
