"""Session records in Redis. Only the hashes of tokens get here, never the tokens themselves."""

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

PREFIX = "session:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url

# One script, so that a logout cannot fall between reading the record and writing it back: the
# write would bring the session to life again. Redis' own expiry clears away what nobody asks for.
TOUCH = """
local sub, created, seen = unpack(redis.call('HMGET', KEYS[1], 'sub', 'created', 'seen'))
if not sub then return nil end
local now, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = math.min(idle, created + tonumber(ARGV[3]) - now)
if left <= 0 or now >= seen + idle then
  redis.call('DEL', KEYS[1])
  return nil
end
seen = math.max(now, seen)
redis.call('HSET', KEYS[1], 'seen', seen)
redis.call('EXPIRE', KEYS[1], left)
return {sub, tonumber(created), seen}
"""

# One script, so that a login at the same moment is either ended or still listed, never neither.
DROP_ALL = """
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, name in ipairs(names) do redis.call('DEL', name) end
redis.call('DEL', KEYS[1])
return #names
"""


class InvalidToken(Exception):
    """No session stands behind this token. Log the reason; the response only says 401."""


class StoreUnavailable(Exception):
    """Redis cannot say who this is. Answer 503: neither signed in nor anonymous."""


@dataclass(frozen=True)
class Sessions:
    """Times are whole seconds; `at` is the caller's clock."""

    server: redis.Redis
    idle: int
    lifetime: int

    def start(self, subject: str, at: int) -> str:
        """The token of a new session, which is the only place where the token is."""
        token = secrets.token_urlsafe(32)
        record, index = _record(token), _index(subject)
        with _store_errors(), self.server.pipeline(transaction=True) as commands:
            commands.hset(record, mapping={"sub": subject, "created": at, "seen": at})
            commands.expire(record, min(self.idle, self.lifetime))
            commands.zremrangebyscore(index, "-inf", at)
            commands.zadd(index, {record: at + self.lifetime})
            commands.expire(index, self.lifetime)
            commands.execute()
        return token

    def touch(self, token: str, at: int) -> dict[str, Any]:
        """The session of this token, whose idle time starts anew."""
        record = _record(token)
        with _store_errors():
            found = self.server.eval(TOUCH, 1, record, at, self.idle, self.lifetime)
        if found is None:
            raise InvalidToken("unknown, revoked or expired")
        return dict(zip(("sub", "created", "seen"), found, strict=True))

    def revoke(self, token: str) -> None:
        """Logout. Clear the cookie too, but only this call stops a copy of the token."""
        with _store_errors(), suppress(InvalidToken):
            self.server.delete(_record(token))

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
        retry=Retry(NoBackoff(), 1),
    )


def _record(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a session token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _index(subject: str) -> str:
    return f"{PREFIX}of:{subject}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error
