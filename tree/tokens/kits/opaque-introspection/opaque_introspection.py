"""Opaque tokens that many services accept, each by asking the issuer: token introspection.

Fits several services where logout, password change and account lock must work at once. This is the
issuer's half: the store, and `introspect` for its endpoint. introspection_client.py is the half of
the other services. It keeps no answers: one that is kept for a minute is a minute too late.

Around it: HTTPS everywhere, and a POST route that reads at most a few KiB, hands `introspect` the
Authorization header and the body, and sends back status and JSON. INTROSPECTION_SECRETS in the
environment is a JSON object that gives each audience a secret of its own:
    {"https://api.example.com": "<secret>", "https://billing.example.com": "<another>"}
REDIS_URL names a Redis that is not a cluster, reachable by the issuer only, with `maxmemory-policy
noeviction` (an evicted index is a token that revoke_all misses).

Make a secret: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ISSUER = "https://auth.example.com"  # named in every answer
AUDIENCE = (
    "https://api.example.com"  # the service that tokens are for unless `issue` is told others
)
IDLE_MINUTES = 30  # a token ends after this long without being asked about
ABSOLUTE_HOURS = 12  # and after this long however often it is used
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

PREFIX = "token:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url, for tokens and secrets alike
INACTIVE: dict[str, Any] = {"active": False}  # whatever the reason, and nothing besides

# One script, so that a logout cannot fall between reading the record and writing it back: the
# write would bring the token to life again. Redis' own expiry clears away what nobody asks for. A
# service that the token is not for learns nothing, and cannot keep the token alive by asking.
TOUCH = """
local record = redis.call('GET', KEYS[1])
if not record then return nil end
local token, now, meant = cjson.decode(record), tonumber(ARGV[1]), false
local left = math.min(tonumber(ARGV[2]), token.created + tonumber(ARGV[3]) - now)
if left <= 0 or now >= token.seen + tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  return nil
end
for _, audience in ipairs(token.audiences) do meant = meant or audience == ARGV[4] end
if not meant then return nil end
token.seen = math.max(now, token.seen)
record = cjson.encode(token)
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
    """No token stands behind this, or not for this audience. The answer never says which."""


class StoreUnavailable(Exception):
    """Redis cannot say who this is: neither active nor inactive."""


class ConfigurationError(Exception):
    """A secret is missing or unfit. Raised when secrets are loaded, never because of a request."""


def load_secrets() -> dict[str, str]:
    """Who may ask, by audience. Each service has its own, so that one can be changed alone."""
    try:
        secrets_by_audience = json.loads(os.environ.get("INTROSPECTION_SECRETS", ""))
        values = list(secrets_by_audience.values())
        fit = values and len(set(values)) == len(values) and all(map(SHAPE.fullmatch, values))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unfit() from error
    if not fit or not all(secrets_by_audience):
        raise _unfit()
    return dict(secrets_by_audience)


def connect() -> redis.Redis:
    """Once per process. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", STORE_URL),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),
    )


def introspect(
    store: redis.Redis, callers: Mapping[str, str], authorization: str | None, body: bytes
) -> tuple[int, dict[str, Any]]:
    """Status and JSON for the endpoint. The caller sends `Authorization: Bearer <its secret>` and
    `token=...` as a form; its secret says for which audience it may ask. Send no-store with it."""
    audience = _caller(callers, authorization)
    if audience is None:
        return 401, {}
    if len(body) > 1024:
        return 400, {}
    try:
        (token,) = parse_qs(body.decode("ascii"), max_num_fields=8)["token"]
    except (ValueError, KeyError):
        return 400, {}
    try:
        record = verify(store, token, audience)
    except InvalidToken:
        return 200, INACTIVE
    except StoreUnavailable:
        return 503, {}
    times = {"iat": record["created"], "exp": record["created"] + ABSOLUTE_HOURS * 3600}
    return 200, {"active": True, "iss": ISSUER, "aud": audience, "sub": record["user"], **times}


def issue(
    store: redis.Redis, user: str, audiences: Sequence[str] = (), replaces: str | None = None
) -> str:
    """A new token, once the password has been checked. The one that came with the login request
    goes into `replaces` and ends: an id planted before the login is worthless."""
    if not isinstance(user, str) or not user:
        raise ValueError("A token needs a user id, as a string: Lua would round a large number.")
    if replaces is not None:
        revoke(store, replaces)
    token, started, lifetime = secrets.token_urlsafe(32), now(), ABSOLUTE_HOURS * 3600
    record = {"user": user, "created": started, "seen": started}
    record |= {"audiences": list(audiences) or [AUDIENCE]}
    with _store_errors(), store.pipeline(transaction=True) as commands:
        commands.set(_key(token), json.dumps(record), ex=min(IDLE_MINUTES * 60, lifetime))
        commands.zremrangebyscore(_index(user), "-inf", started)
        commands.zadd(_index(user), {_key(token): started + lifetime})
        commands.expire(_index(user), lifetime)
        commands.execute()
    return token


def verify(store: redis.Redis, token: str, audience: str) -> dict[str, Any]:
    """The record of a token for this audience, whose idle time starts anew; or InvalidToken."""
    limits = IDLE_MINUTES * 60, ABSOLUTE_HOURS * 3600
    with _store_errors():
        record = store.eval(TOUCH, 1, _key(token), now(), *limits, audience)
    if record is None:
        raise InvalidToken("unknown, revoked, expired or for another audience")
    return dict(json.loads(record))


def revoke(store: redis.Redis, token: str) -> None:
    """Logout. From the next introspection on, no service accepts the token."""
    with _store_errors(), suppress(InvalidToken):
        store.delete(_key(token))


def revoke_all(store: redis.Redis, user: str) -> int:
    """Log out everywhere. Save the new password or the account's lock first, then call this."""
    with _store_errors():
        return int(store.eval(DROP_ALL, 1, _index(user)))


def now() -> int:
    return int(time.time())


def _caller(callers: Mapping[str, str], authorization: str | None) -> str | None:
    """The audience whose secret this is. Compares with all, so that the time taken says nothing."""
    given, audience = (authorization or "").encode(), None
    for name, secret in callers.items():
        if hmac.compare_digest(given, f"Bearer {secret}".encode()):
            audience = name
    return audience


def _key(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _index(user: str) -> str:
    return f"{PREFIX}of:{user}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error


def _unfit() -> ConfigurationError:
    return ConfigurationError(
        "INTROSPECTION_SECRETS must be a JSON object that gives each audience a secret of its own: "
        "43 characters, made with: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"
    )
