"""Access tokens that are signed (JWT, ES256) and can still be ended at once, through a blocklist.

Fits a system that already runs JWT well and needs logout and password change to work at once. Each
check asks Redis, so this is state; where you can choose freely, an opaque token is simpler.

Around it: HTTPS only. The issuer's environment holds JWT_PRIVATE_KEY, that of each service
JWT_PUBLIC_KEY (PEM). Both hold REDIS_URL: one Redis for all of them, no replica and no cluster,
that never evicts (`maxmemory-policy noeviction`) and keeps a log on disk (`appendonly yes`),
because a forgotten entry is a token that works again. The issuers' clocks must agree:
`revoke_all` compares their times.

Make a pair: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
"""

import json
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.backoff import NoBackoff
from redis.retry import Retry

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # the longest life of a token, and of a blocklist entry
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread
# One spelling only: PyJWT would also take a copy padded with "=".
SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
PREFIX = "blocklist:"  # keeps our keys apart from others in the same Redis
MARGIN = 60  # seconds that an entry outlives its token, should Redis' clock run ahead


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class StoreUnavailable(Exception):
    """Redis cannot say whether the token was revoked. Answer 503; never accept the token."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""


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
        retry=Retry(NoBackoff(), 1),
    )


def issue(key: ec.EllipticCurvePrivateKey, store: redis.Redis, subject: str) -> str:
    if not subject:
        raise ValueError("A token needs a subject.")
    issued = now()
    # The blocklist's birthday, written once. It has no expiry: losing it means data was lost.
    with _store_errors():
        store.set(f"{PREFIX}since", issued, nx=True)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "jti": str(uuid.uuid4()),
        "iat": issued,
        "exp": issued + ACCESS_MINUTES * 60,
    }
    return jwt.encode(claims, key, "ES256", {"typ": TYPE})


def verify(token: str, key: ec.EllipticCurvePublicKey, store: redis.Redis) -> dict[str, Any]:
    """The claims of an acceptable token that nobody revoked; InvalidToken for anything else."""
    claims = _signed_claims(token, key)
    with _store_errors():
        entry, cut_off, since = store.mget(
            _entry(claims), _cut_off(claims["sub"]), f"{PREFIX}since"
        )
    if entry is not None:
        raise InvalidToken("revoked")
    # Times are whole seconds: within the second of the cut-off we cannot tell, so we refuse.
    if cut_off is not None and claims["iat"] <= int(cut_off):
        raise InvalidToken("issued before the user's cut-off")
    # An emptied Redis answers "never revoked" to everything. So no token older than it counts.
    if since is None or claims["iat"] < int(since):
        raise InvalidToken("older than the blocklist, which has lost its data or is new")
    return claims


def revoke(token: str, key: ec.EllipticCurvePublicKey, store: redis.Redis) -> None:
    """Logout. The entry goes by iss and jti, because a signature can be rewritten so that another
    text of the same token verifies; it stays until the token would be refused anyway."""
    claims = _signed_claims(token, key)
    with _store_errors():
        store.set(_entry(claims), 1, ex=claims["exp"] + LEEWAY_SECONDS + MARGIN - now())


def revoke_all(subject: str, store: redis.Redis) -> None:
    """Ends all tokens issued until now. Save the new password or the account's lock first."""
    with _store_errors():
        store.set(_cut_off(subject), now(), ex=ACCESS_MINUTES * 60 + 2 * LEEWAY_SECONDS + MARGIN)


def now() -> int:
    """The time by which tokens are issued and cut off; PyJWT itself reads the system's clock."""
    return int(time.time())


def _signed_claims(token: object, key: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    if not isinstance(token, str) or len(token) > MAX_LENGTH or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a compact JWT")
    try:
        decoded = jwt.decode_complete(
            token,
            key,
            algorithms=["ES256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"], "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    claims: dict[str, Any] = decoded["payload"]
    if decoded["header"].get("typ") != TYPE:
        raise InvalidToken("wrong typ")
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not claims["sub"] or not claims["jti"]:
        raise InvalidToken("empty sub or jti")
    # The cut-off is remembered for one token's life, so no token may live longer than that.
    if claims["exp"] - claims["iat"] > ACCESS_MINUTES * 60:
        raise InvalidToken("longer life than ACCESS_MINUTES")
    return claims


def _entry(claims: dict[str, Any]) -> str:
    # JSON, because joined with a mark the pair (a:b, c) would read like (a, b:c).
    return f"{PREFIX}revoked:{json.dumps([claims['iss'], claims['jti']])}"


def _cut_off(subject: str) -> str:
    return f"{PREFIX}cut-off:{subject}"


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
