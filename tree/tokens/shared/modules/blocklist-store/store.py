"""The blocklist in Redis: which tokens were revoked, and since when a user's tokens count again."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from parsing import InvalidToken

PREFIX = "blocklist:"  # keeps our keys apart from others in the same Redis
MARGIN = 60  # seconds that an entry outlives its token, should Redis' clock run ahead


class StoreUnavailable(Exception):
    """Redis cannot say whether the token was revoked. Answer 503; never accept the token."""


@dataclass(frozen=True)
class Blocklist:
    """Times are whole seconds; `at` is the caller's clock."""

    server: redis.Redis

    def open(self, at: int) -> None:
        """The blocklist's birthday, written once. No expiry: losing it means data was lost."""
        with _store_errors():
            self.server.set(_since(), at, nx=True)

    def check(self, iss: str, jti: str, sub: str, issued: int) -> None:
        """InvalidToken if this token was revoked, or if nobody can know."""
        with _store_errors():
            entry, *times = self.server.mget(_entry(iss, jti), _cut_off(sub), _since())
            cut_off, since = (None if time is None else int(time) for time in times)
        if entry is not None:
            raise InvalidToken("revoked")
        # Times are whole seconds: within the second of the cut-off we cannot tell, so we refuse.
        if cut_off is not None and issued <= cut_off:
            raise InvalidToken("issued before the user's cut-off")
        # An emptied Redis answers "never revoked" to everything. So no token older than it counts.
        if since is None or issued < since:
            raise InvalidToken("older than the blocklist, which has lost its data or is new")

    def add(self, iss: str, jti: str, left: int) -> None:
        """Revokes a token that would be refused anyway once `left` seconds have passed."""
        with _store_errors():
            self.server.set(_entry(iss, jti), 1, ex=left + MARGIN)

    def cut_off(self, sub: str, at: int, longest: int) -> None:
        """Revokes all tokens of a user up to now, none of which lives longer than `longest`."""
        with _store_errors():
            self.server.set(_cut_off(sub), at, ex=longest + MARGIN)


def connect(url: str) -> redis.Redis:
    """Sends nothing yet. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", url),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),
    )


def _entry(iss: str, jti: str) -> str:
    # JSON, because joined with a mark the pair (a:b, c) would read like (a, b:c).
    return f"{PREFIX}revoked:{json.dumps([iss, jti])}"


def _cut_off(sub: str) -> str:
    return f"{PREFIX}cut-off:{sub}"


def _since() -> str:
    return f"{PREFIX}since"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, ValueError) as error:  # ValueError: what it holds is no time
        raise StoreUnavailable("Redis did not answer as it should") from error
