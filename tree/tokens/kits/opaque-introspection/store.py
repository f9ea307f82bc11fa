"""Token records in Redis. Only the hashes of tokens get here, never the tokens themselves."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PREFIX = "token:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url

# One script, so that a logout cannot fall between reading the record and writing it back: the
# write would bring the token to life again. Redis' own expiry clears away what nobody asks for. A
# service that the token is not for learns nothing, and cannot keep the token alive by asking.
TOUCH = """
local sub, created, seen, meant = unpack(
  redis.call('HMGET', KEYS[1], 'sub', 'created', 'seen', 'for ' .. ARGV[4]))
if not sub then return nil end
local now, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = math.min(idle, created + tonumber(ARGV[3]) - now)
if left <= 0 or now >= seen + idle then
  redis.call('DEL', KEYS[1])
  return nil
end
if not meant then return nil end
seen = math.max(now, seen)
redis.call('HSET', KEYS[1], 'seen', seen)
redis.call('EXPIRE', KEYS[1], left)
return {sub, tonumber(created)}
"""

# One script, so that a login at the same moment is either ended or still listed, never neither.
DROP_ALL = """
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
for _, name in ipairs(names) do redis.call('DEL', name) end
redis.call('DEL', KEYS[1])
return #names
"""


class InvalidToken(Exception):
    """No token stands behind this, or not for this audience. The answer never says which."""


class StoreUnavailable(Exception):
    """Redis cannot say who this is. Answer 503: neither active nor inactive."""


@dataclass(frozen=True)
class Store:
    """Times are whole seconds; `at` is the caller's clock."""

    server: redis.Redis
    idle: int
    lifetime: int

    def start(self, subject: str, audiences: Sequence[str], at: int) -> str:
        """A new token for the subject at these audiences."""
        token = secrets.token_urlsafe(32)
        record, index = _record(token), _index(subject)
        fields: dict[Any, Any] = {f"for {audience}": 1 for audience in audiences}
        fields |= {"sub": subject, "created": at, "seen": at}
        with _store_errors(), self.server.pipeline(transaction=True) as commands:
            commands.hset(record, mapping=fields)
            commands.expire(record, min(self.idle, self.lifetime))
            commands.zremrangebyscore(index, "-inf", at)
            commands.zadd(index, {record: at + self.lifetime})
            commands.expire(index, self.lifetime)
            commands.execute()
        return token

    def touch(self, token: str, audience: str, at: int) -> tuple[str, int]:
        """Whose token this is and since when, if it is for this audience. Its idle time starts
        anew."""
        record, limits = _record(token), (self.idle, self.lifetime)
        with _store_errors():
            found = self.server.eval(TOUCH, 1, record, at, *limits, audience)
        if found is None:
            raise InvalidToken("unknown, revoked, expired or for another audience")
        subject, created = found
        return subject, created

    def revoke(self, token: str) -> None:
        """Logout. From the next introspection on, no service accepts the token."""
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
        raise InvalidToken("not the shape of a token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _index(subject: str) -> str:
    return f"{PREFIX}of:{subject}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error
