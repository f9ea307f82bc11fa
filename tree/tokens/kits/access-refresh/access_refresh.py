"""Short-lived access tokens (JWT, ES256) renewed with a refresh token that changes at every use.

Fits systems where logout and password change may take some minutes: they end the refresh token at
once, while an access token that is already out works for up to ACCESS_MINUTES more.

Around it: HTTPS only. The issuer's environment holds JWT_PRIVATE_KEY, that of each service
JWT_PUBLIC_KEY (PEM). Only the issuer holds REDIS_URL: a Redis that is no replica and no cluster
and never evicts (`maxmemory-policy noeviction`). The issuer authenticates a client, where it can,
before it calls `refresh`, and takes refresh tokens by POST alone, with a CSRF check where they
come in a cookie.

Make a pair: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
"""

import hashlib
import os
import re
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import jwt
import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.backoff import NoBackoff
from redis.retry import Retry

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the access tokens are for
ACCESS_MINUTES = 15  # how long an access token outlives a logout
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
REFRESH_COOKIE_NAME = "__Host-refresh"  # __Host-: only over HTTPS, for this host alone
REFRESH_IDLE_DAYS = 7  # a login ends after this long without a refresh
REFRESH_ABSOLUTE_DAYS = 30  # and after this long however often it is refreshed
GRACE_SECONDS = 10  # two tabs may refresh at once; the later one still gets an access token
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread
# One spelling only: PyJWT would also take a copy padded with "=".
ACCESS_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# "handle.secret": all tokens of one login share the handle, and each has a secret of its own. The
# handle shows that a wrong secret is an old token, not a guess, without a list of all old ones.
REFRESH_SHAPE = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
PREFIX = "refresh:"  # keeps our keys apart from others in the same Redis

# One script, so that of many simultaneous calls exactly one sees its token as the current one.
# Comparing hashes of random secrets leaks no timing worth having.
ROTATE = """
local family, hash, next_hash, client = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local now, idle, grace = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local f = redis.call('HMGET', family, 'user', 'client', 'current', 'previous', 'rotated', 'used',
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


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class StoreUnavailable(Exception):
    """Redis cannot say whether a refresh token is good. Answer 503; issue nothing."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str | None  # None: keep the one you have, another call has just renewed it


def load_private_key() -> ec.EllipticCurvePrivateKey:
    """For the issuer alone."""
    try:
        key = serialization.load_pem_private_key(_environment("JWT_PRIVATE_KEY"), password=None)
    except (ValueError, TypeError) as error:
        raise _unfit("JWT_PRIVATE_KEY") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unfit("JWT_PRIVATE_KEY")
    return key


def load_public_key() -> ec.EllipticCurvePublicKey:
    """For whoever checks tokens. Takes no private key: a service that got one does not start."""
    try:
        key = serialization.load_pem_public_key(_environment("JWT_PUBLIC_KEY"))
    except ValueError as error:
        raise _unfit("JWT_PUBLIC_KEY") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unfit("JWT_PUBLIC_KEY")
    return key


def connect() -> redis.Redis:
    """Once per process. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", STORE_URL),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),  # a rotation whose answer got lost ends in the grace period
    )


def log_in(key: ec.EllipticCurvePrivateKey, store: redis.Redis, user: str, client: str) -> Tokens:
    """The first pair, once the password has been checked; `client` is who may refresh it."""
    if not user or not client:
        raise ValueError("A login needs a user and a client.")
    started, lifetime = now(), REFRESH_ABSOLUTE_DAYS * 86400
    token = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
    family, current = _hashes(token)
    login: Mapping[Any, Any] = {
        "user": user,
        "client": client,
        "current": current,
        "previous": "",
        "rotated": 0,
        "used": started,
        "ends": started + lifetime,
    }
    with _store_errors(), store.pipeline(transaction=True) as commands:
        commands.hset(_family(family), mapping=login)
        commands.expire(_family(family), min(REFRESH_IDLE_DAYS * 86400, lifetime))
        commands.zremrangebyscore(_index(user), "-inf", started)
        commands.zadd(_index(user), {_family(family): started + lifetime})
        commands.expire(_index(user), lifetime)
        commands.execute()
    return Tokens(_access(key, user, family), token)


def refresh(key: ec.EllipticCurvePrivateKey, store: redis.Redis, token: str, client: str) -> Tokens:
    """A new pair for the current token; for the one before it, briefly, an access token alone.
    A token that was used before is a copy: the whole login ends, whoever holds its successors."""
    family, current = _hashes(token)
    secret = secrets.token_urlsafe(32)
    limits = REFRESH_IDLE_DAYS * 86400, GRACE_SECONDS
    values = current, _sha256(secret), client, now(), *limits
    with _store_errors():
        outcome, *user = store.eval(ROTATE, 1, _family(family), *values)
    if outcome not in ("rotated", "grace"):
        raise InvalidToken(outcome)
    renewed = f"{token.partition('.')[0]}.{secret}" if outcome == "rotated" else None
    return Tokens(_access(key, user[0], family), renewed)


def log_out(store: redis.Redis, token: str) -> None:
    """Ends this login, whichever of its refresh tokens is given."""
    with _store_errors(), suppress(InvalidToken):
        store.delete(_family(_hashes(token)[0]))


def revoke_all(store: redis.Redis, user: str) -> int:
    """Log out everywhere. Save the new password or the account's lock first, then call this."""
    with _store_errors():
        return int(store.eval(DROP_ALL, 1, _index(user)))


def verify(token: str, key: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    """The claims of an acceptable access token; InvalidToken for anything else. `sid` is the login
    that it came from. No look-up: this is the check that every service can do on its own."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH or not ACCESS_SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a compact JWT")
    required = ["exp", "iat", "iss", "aud", "sub", "jti", "sid"]
    try:
        decoded = jwt.decode_complete(
            token,
            key,
            algorithms=["ES256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": required, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    claims: dict[str, Any] = decoded["payload"]
    if decoded["header"].get("typ") != TYPE:
        raise InvalidToken("wrong typ")
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not all(isinstance(claims[name], str) and claims[name] for name in ("sub", "jti", "sid")):
        raise InvalidToken("sub, jti or sid is empty or no string")
    return claims


def set_cookie(token: str) -> str:
    """The Set-Cookie value for a browser's refresh token, which no script can read."""
    age = REFRESH_IDLE_DAYS * 86400
    return f"{REFRESH_COOKIE_NAME}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}"


def clear_cookie() -> str:
    return f"{REFRESH_COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


def now() -> int:
    """The time by which tokens are issued and rotated; PyJWT itself reads the system's clock."""
    return int(time.time())


def _access(key: ec.EllipticCurvePrivateKey, user: str, family: str) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user,
        "jti": str(uuid.uuid4()),
        "sid": family,  # a hash: who reads an access token cannot name the handle and end the login
        "iat": now(),
        "exp": now() + ACCESS_MINUTES * 60,
    }
    return jwt.encode(claims, key, "ES256", {"typ": TYPE})


def _hashes(token: object) -> tuple[str, str]:
    """Of the handle and of the secret. Only these are stored: a leaked store holds no token."""
    parts = REFRESH_SHAPE.fullmatch(token) if isinstance(token, str) else None
    if parts is None:
        raise InvalidToken("not the shape of a refresh token")
    return _sha256(parts[1]), _sha256(parts[2])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _family(name: str) -> str:
    return f"{PREFIX}family:{name}"


def _index(user: str) -> str:
    return f"{PREFIX}of:{user}"


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise StoreUnavailable("Redis did not answer as it should") from error


def _environment(name: str) -> bytes:
    # Where a variable can only hold one line, its line breaks may be written as \n.
    return os.environ.get(name, "").replace("\\n", "\n").encode()


def _unfit(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} must hold one PEM key on P-256. Make a pair: openssl genpkey -algorithm EC "
        "-pkeyopt ec_paramgen_curve:P-256 -out private.pem; openssl pkey -in private.pem -pubout"
    )
