"""Refresh tokens: one family of them per login, in Redis. Only their hashes get here."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from parsing import InvalidToken

# "handle.secret": all tokens of one login share the handle, and each has a secret of its own. The
# handle shows that a wrong secret is an old token, not a guess, without a list of all old ones.
SHAPE = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
PREFIX = "refresh:"  # keeps our keys apart from others in the same Redis

# One script, so that of many simultaneous calls exactly one sees its token as the current one.
# Comparing hashes of random secrets leaks no timing worth having.
ROTATE = """
local family, hash, next_hash, client = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local now, idle, grace = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local f = redis.call('HMGET', family, 'sub', 'client', 'current', 'previous', 'rotated', 'used',
                     'ends')
if not f[1] then return {'unknown, revoked or expired'} end
local left = math.min(idle, tonumber(f[7]) - now)
if left <= 0 or now >= tonumber(f[6]) + idle then
  redis.call('DEL', family)
  return {'expired'}
end
if client ~= f[2] then return {'issued to another client'} end
if hash == f[3] then
  redis.call('HSET', family, 'current', next_hash, 'previous', hash, 'rotated', now, 'used', now)
  redis.call('EXPIRE', family, left)
  return {'rotated', f[1]}
end
if hash == f[4] and now < tonumber(f[5]) + grace then return {'grace', f[1]} end
redis.call('DEL', family)
return {'used before: a copy is in other hands, so its successors are dead too'}
"""

# One script, so that a login at the same moment is either ended or still listed, never neither.
DROP_ALL = """
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, name in ipairs(names) do redis.call('DEL', name) end
redis.call('DEL', KEYS[1])
return #names
"""


class StoreUnavailable(Exception):
    """Redis cannot say whether a refresh token is good. Answer 503; issue nothing."""


@dataclass(frozen=True)
class Families:
    """Times are whole seconds; `at` is the caller's clock."""

    server: redis.Redis
    idle: int
    lifetime: int
    grace: int

    def start(self, subject: str, client: str, at: int) -> tuple[str, str]:
        """A new login: its id and its first refresh token."""
        token = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
        login, current = _hashes(token)
        fields: dict[Any, Any] = {"sub": subject, "client": client, "current": current}
        fields |= {"previous": "", "rotated": 0, "used": at, "ends": at + self.lifetime}
        with _store_errors(), self.server.pipeline(transaction=True) as commands:
            commands.hset(_family(login), mapping=fields)
            commands.expire(_family(login), min(self.idle, self.lifetime))
            commands.zremrangebyscore(_index(subject), "-inf", at)
            commands.zadd(_index(subject), {_family(login): at + self.lifetime})
            commands.expire(_index(subject), self.lifetime)
            commands.execute()
        return login, token

    def rotate(self, token: str, client: str, at: int) -> tuple[str, str, str | None]:
        """The login, its subject and its next refresh token; in the grace no token. One that was
        used before is a copy: the whole login ends, whoever holds its successors."""
        login, current = _hashes(token)
        secret = secrets.token_urlsafe(32)
        values = current, _sha256(secret), client, at, self.idle, self.grace
        with _store_errors():
            outcome, *subject = self.server.eval(ROTATE, 1, _family(login), *values)
        if outcome not in ("rotated", "grace"):
            raise InvalidToken(outcome)
        renewed = f"{token.partition('.')[0]}.{secret}" if outcome == "rotated" else None
        return login, subject[0], renewed

    def revoke(self, token: str) -> None:
        """Ends this login, whichever of its refresh tokens is given."""
        with _store_errors(), suppress(InvalidToken):
            self.server.delete(_family(_hashes(token)[0]))

    def revoke_all(self, subject: str) -> int:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        with _store_errors():
            return int(self.server.eval(DROP_ALL, 1, _index(subject)))


def connect(url: str) -> redis.Redis:
    """Sends nothing yet. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", url),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),  # a rotation whose answer got lost ends in the grace period
    )


def _hashes(token: object) -> tuple[str, str]:
    """Of the handle and of the secret. Only these are stored: a leaked store holds no token."""
    parts = SHAPE.fullmatch(token) if isinstance(token, str) else None
    if parts is None:
        raise InvalidToken("not the shape of a refresh token")
    return _sha256(parts[1]), _sha256(parts[2])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _family(login: str) -> str:
    return f"{PREFIX}family:{login}"


def _index(subject: str) -> str:
    return f"{PREFIX}of:{subject}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error
