"""Server-side sessions behind an opaque random token, kept in Redis.

Fits one application whose logout, password change and account lock must work at once. The token
says nothing: deleting its record ends the session, so there is no key to guard and none to change.

Around it: HTTPS everywhere, the token in the cookie below and nowhere else, and a CSRF token in
every form, because a cookie also travels with requests that other sites cause. REDIS_URL names a
Redis that is not a cluster, reachable by this application only, with `maxmemory-policy noeviction`
(an evicted record is a surprise logout; an evicted index is a session that revoke_all misses).
"""

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

COOKIE_NAME = "__Host-session"  # __Host-: browsers take it only over HTTPS, for this host alone
IDLE_MINUTES = 30  # a session ends after this long without a request
ABSOLUTE_HOURS = 12  # and after this long however busy it is
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

PREFIX = "session:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url

# One script, so that a logout cannot fall between reading the record and writing it back: the
# write would bring the session to life again. Redis' own expiry clears away what nobody asks for.
TOUCH = """
local record = redis.call('GET', KEYS[1])
if not record then return nil end
local session, now = cjson.decode(record), tonumber(ARGV[1])
local left = math.min(tonumber(ARGV[2]), session.created + tonumber(ARGV[3]) - now)
if left <= 0 or now >= session.seen + tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  return nil
end
session.seen = math.max(now, session.seen)
record = cjson.encode(session)
redis.call('SET', KEYS[1], record, 'EX', left)
return record
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


@dataclass(frozen=True, slots=True)
class Session:
    user: str
    created: int
    seen: int


def connect() -> redis.Redis:
    """Once per process. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", STORE_URL),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),
    )


def issue(store: redis.Redis, user: str, replaces: str | None = None) -> str:
    """The token of a new session, once the password has been checked. The one that came with the
    login request goes into `replaces` and ends: an id planted before the login is worthless."""
    if not isinstance(user, str) or not user:
        raise ValueError("A session needs a user id, as a string: Lua would round a large number.")
    if replaces is not None:
        revoke(store, replaces)
    token, started, lifetime = secrets.token_urlsafe(32), now(), ABSOLUTE_HOURS * 3600
    record = json.dumps({"user": user, "created": started, "seen": started})
    with _store_errors(), store.pipeline(transaction=True) as commands:
        commands.set(_key(token), record, ex=min(IDLE_MINUTES * 60, lifetime))
        commands.zremrangebyscore(_index(user), "-inf", started)
        commands.zadd(_index(user), {_key(token): started + lifetime})
        commands.expire(_index(user), lifetime)
        commands.execute()
    return token


def verify(store: redis.Redis, token: str) -> Session:
    """The session of this token, whose idle time starts anew; InvalidToken if there is none."""
    limits = IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600
    with _store_errors():
        record = store.eval(TOUCH, 1, _key(token), now(), *limits)
    if record is None:
        raise InvalidToken("unknown, revoked or expired")
    return Session(**json.loads(record))


def revoke(store: redis.Redis, token: str) -> None:
    """Logout. Send `clear_cookie()` too, but only this call stops a copy of the token."""
    with _store_errors(), suppress(InvalidToken):
        store.delete(_key(token))


def revoke_all(store: redis.Redis, user: str) -> int:
    """Log out everywhere. Save the new password or the account's lock first, then call this."""
    with _store_errors():
        return int(store.eval(DROP_ALL, 1, _index(user)))


def set_cookie(token: str) -> str:
    """The Set-Cookie value. Lax, not Strict: Strict looks logged out on a link from a mail.
    No Domain, as __Host- demands; no Max-Age, because the lifetime is the server's to decide."""
    return f"{COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"


def clear_cookie() -> str:
    return f"{COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def now() -> int:
    return int(time.time())


def _key(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a session token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _index(user: str) -> str:
    return f"{PREFIX}of:{user}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error
