"""Records of tokens in Redis. Only the hashes of tokens get here, never the tokens themselves."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis

from redis_connection import StoreUnavailable, UnfitStore, connect, run_script
from session_scripts import BEGIN, REVOKE, REVOKE_ALL, START, TOUCH

__all__ = ["InvalidToken", "SessionRecords", "StoreUnavailable", "UnfitStore", "open_store"]

STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins
PREFIX = "sessions:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds that a cut-off outlives what it ends, should clocks differ


class InvalidToken(Exception):
    """No session stands behind this token. Log the reason; the response only says 401."""


@dataclass(frozen=True)
class SessionRecords:
    """`at` is the caller's clock, in whole seconds. Stamps come from the store's clock."""

    server: redis.Redis
    idle: int
    lifetime: int

    def begin(self) -> int:
        """Return the moment at which a login begins."""
        return int(run_script(self.server, BEGIN, [_clock()]))

    def start(
        self,
        subject: str,
        at: int,
        *,
        begun: int | None = None,
        replaces: str | None = None,
        audiences: Sequence[str] = ("",),
    ) -> str:
        """Return the token of a new session, which is the only place where the token is."""
        token = secrets.token_urlsafe(32)
        keys = [_clock(), _cut_off(subject), _record(token)]
        if replaces is not None:
            with suppress(InvalidToken):
                keys.append(_record(replaces))
        login: list[str | int] = ["" if begun is None else begun, LOGIN_SECONDS * 1_000_000]
        fields: list[str | int] = ["sub", subject, "created", at, "seen", at]
        for audience in audiences:
            fields += [f"for {audience}", 1]
        expiry = min(self.idle, self.lifetime)
        refusal = run_script(self.server, START, keys, *login, expiry, *fields)
        if refusal is not None:
            raise InvalidToken(refusal)
        return token

    def touch(self, token: str, at: int, audience: str = "") -> tuple[str, int, int]:
        """Return whose session this is, since when, and when it was last seen: now. Its idle time
        starts anew."""
        limits = (self.idle, self.lifetime)
        keys = [_record(token)]
        entry = run_script(self.server, TOUCH, keys, at, *limits, _cut_off(""), audience)
        if entry is None:
            raise InvalidToken("unknown, revoked, expired or for another audience")
        subject, created, seen = entry
        return subject, created, seen

    def revoke(self, token: str) -> None:
        """Log out. Clear the cookie too, but only this call stops a copy of the token."""
        with suppress(InvalidToken):
            run_script(self.server, REVOKE, [_record(token)])

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        run_script(self.server, REVOKE_ALL, [_clock(), _cut_off(subject)], longest)


def open_store(idle: int, lifetime: int) -> SessionRecords:
    return SessionRecords(connect(STORE_URL), idle, lifetime)


def _record(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _cut_off(subject: str) -> str:
    """Return where the moment stands before which all sessions of the user are over."""
    name = f"{PREFIX}cut-off:{subject}"
    try:
        name.encode()
    except UnicodeEncodeError:  # half a character, which JSON can carry
        raise InvalidToken("the subject is no text") from None
    return name


def _clock() -> str:
    return f"{PREFIX}clock"
