"""Server-side sessions behind an opaque random token.

Fits one application whose logout, password change and account lock must work at once. The token
says nothing: deleting its record ends the session, so there is no key to guard and none to change.

The order of a login, so that "log out everywhere" reaches a login that is under way:

    login = issue.begin()  # before the password is checked
    user = check_password(name, password)
    token = issue(user, begun=login, replaces=old_token)

Around it: HTTPS everywhere, the token in the cookie below and nowhere else, and a CSRF token in
every form, because a cookie also travels with requests that other sites cause. The store
is reachable by this application only; one that may lose what was revoked is refused: a replica, a
Redis that drops entries, a database that each process has for itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from answer_memory import remember
from cookies import AmbiguousCookie, read_cookie
from store import InvalidToken, SessionRecords, StoreUnavailable, UnfitStore, open_store

__all__ = [
    "AmbiguousCookie",
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

# Browsers take a cookie of this name only from this host over HTTPS, and never from a script.
COOKIE_NAME = "__Host-Http-session"
IDLE_MINUTES = 30  # a session ends after this long without a request
ABSOLUTE_HOURS = 12  # and after this long however busy it is
CACHE_SECONDS = 0  # how long a good answer is remembered, and a revoked token works: 60 at most


Verify = Callable[[str], dict[str, Any]]


class Revoker(Protocol):
    def revoke(self, token: str) -> None: ...
    def revoke_all(self, subject: str) -> None: ...


@dataclass(frozen=True)
class Issue:
    """Opens sessions: `login = issue.begin()`, then the password, then `issue(user, begun=login)`.
    A login that was under way when its user was logged out everywhere is refused."""

    records: SessionRecords

    def begin(self) -> int:
        """Return the moment at which a login begins, by the store's clock. It needs no subject."""
        return self.records.begin()

    def __call__(
        self, subject: str, *, begun: int | None = None, replaces: str | None = None
    ) -> str:
        """Return the token of a new session, once the password has been checked. The one that came
        with the login goes into `replaces` and ends: an id planted before it is worthless."""
        if not isinstance(subject, str) or not subject:
            raise ValueError("A session needs a subject, which is a string.")
        return self.records.start(subject, now(), begun=begun, replaces=replaces)


def issuer() -> Issue:
    """Call it once, when the application starts; `verifier` and `revoker` too. UnfitStore stops an
    application whose Redis could bring ended sessions back."""
    return Issue(_records())


def verifier() -> Verify:
    records = _records()

    def verify(token: str) -> dict[str, Any]:
        """Return whose session this is (`sub`), and since when; InvalidToken if there is none."""
        subject, created, seen = records.touch(token, now())
        return {"sub": subject, "created": created, "seen": seen}

    return remember(verify, CACHE_SECONDS)


def revoker() -> Revoker:
    return _records()


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


def _records() -> SessionRecords:
    return open_store(IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600)
