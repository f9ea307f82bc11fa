"""Access tokens that are signed (Paseto v4.public) and can be ended at once, through a blocklist.

Fits a system that already uses Paseto and needs logout and password change to work at once. Each
check asks Redis, so this is state; where you can choose freely, an opaque token is simpler.

Around it: HTTPS only. The issuer's environment holds PASETO_PRIVATE_KEY, that of each service
PASETO_PUBLIC_KEY (PEM). Both hold REDIS_URL: one Redis for all of them, no replica and no cluster,
that never evicts (`maxmemory-policy noeviction`) and keeps a log on disk (`appendonly yes`),
because a forgotten entry is a token that works again. The issuers' clocks must agree:
`revoke_all` compares their times.

Make a pair: openssl genpkey -algorithm ed25519 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
"""

import base64
import json
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyseto
import redis
from pyseto import KeyInterface
from redis.backoff import NoBackoff
from redis.retry import Retry

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # the longest life of a token, and of a blocklist entry
LEEWAY_SECONDS = 30  # how far the clocks of issuer and services may differ
STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins

# Signed along with each token but not part of it. Paseto names no kind of token, so this keeps
# tokens that the same key signs for other ends out.
KIND = b"access-token"
MAX_LENGTH = 4096  # anything longer is refused unread
# No footer: it is for all to read, and nothing here needs one.
SHAPE = re.compile(r"v4\.public\.([A-Za-z0-9_-]+)")
PREFIX = "blocklist:"  # keeps our keys apart from others in the same Redis
MARGIN = 60  # seconds that an entry outlives its token, should Redis' clock run ahead


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class StoreUnavailable(Exception):
    """Redis cannot say whether the token was revoked. Answer 503; never accept the token."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""


def load_private_key() -> KeyInterface:
    """For the issuer alone."""
    return _key("PASETO_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----")


def load_public_key() -> KeyInterface:
    """For whoever checks tokens. Takes no private key: a service that got one does not start."""
    return _key("PASETO_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----")


def connect() -> redis.Redis:
    """Once per process. The timeouts bound how long a request waits for a dead store."""
    return redis.Redis.from_url(
        os.environ.get("REDIS_URL", STORE_URL),
        decode_responses=True,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 1),
    )


def issue(key: KeyInterface, store: redis.Redis, subject: str) -> str:
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
        "iat": datetime.fromtimestamp(issued, UTC).isoformat(),
        "exp": datetime.fromtimestamp(issued + ACCESS_MINUTES * 60, UTC).isoformat(),
    }
    return pyseto.encode(key, claims, implicit_assertion=KIND).decode()


def verify(token: str, key: KeyInterface, store: redis.Redis) -> dict[str, Any]:
    """The claims of an acceptable token that nobody revoked; InvalidToken for anything else."""
    claims = _signed_claims(token, key)
    with _store_errors():
        entry, cut_off, since = store.mget(
            _entry(claims), _cut_off(claims["sub"]), f"{PREFIX}since"
        )
    if entry is not None:
        raise InvalidToken("revoked")
    # Times are whole seconds: within the second of the cut-off we cannot tell, so we refuse.
    if cut_off is not None and _seconds(claims["iat"]) <= int(cut_off):
        raise InvalidToken("issued before the user's cut-off")
    # An emptied Redis answers "never revoked" to everything. So no token older than it counts.
    if since is None or _seconds(claims["iat"]) < int(since):
        raise InvalidToken("older than the blocklist, which has lost its data or is new")
    return claims


def revoke(token: str, key: KeyInterface, store: redis.Redis) -> None:
    """Logout. The entry goes by iss and jti, never by the token's text, which some decoders read in
    several spellings; it stays until the token would be refused anyway."""
    claims = _signed_claims(token, key)
    with _store_errors():
        left = _seconds(claims["exp"]) + LEEWAY_SECONDS - now()
        store.set(_entry(claims), 1, ex=left + MARGIN)


def revoke_all(subject: str, store: redis.Redis) -> None:
    """Ends all tokens issued until now. Save the new password or the account's lock first."""
    with _store_errors():
        store.set(_cut_off(subject), now(), ex=ACCESS_MINUTES * 60 + 2 * LEEWAY_SECONDS + MARGIN)


def now() -> int:
    """The time by which tokens are issued and cut off; pyseto itself reads the system's clock."""
    return int(time.time())


class _Json:
    """What pyseto reads payloads with. Without a deserializer it would not even look at exp."""

    @staticmethod
    def loads(raw: bytes) -> object:
        return json.loads(raw.decode(), object_pairs_hook=_no_duplicates)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _signed_claims(token: object, key: KeyInterface) -> dict[str, Any]:
    shape = SHAPE.fullmatch(token) if isinstance(token, str) and len(token) <= MAX_LENGTH else None
    if not isinstance(token, str) or shape is None or not _canonical(shape[1]):
        raise InvalidToken("not the shape of a signed Paseto without a footer")
    try:
        reader = pyseto.Paseto.new(leeway=LEEWAY_SECONDS)
        decoded = reader.decode(key, token, KIND, deserializer=_Json, aud=AUDIENCE)
    # pyseto raises its own errors, ValueError and whatever the payload provokes in its checks.
    except Exception as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    claims = decoded.payload
    if not isinstance(claims, dict) or claims.get("iss") != ISSUER:  # pyseto never looks at iss
        raise InvalidToken("wrong or missing iss")
    if not all(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "jti")):
        raise InvalidToken("sub or jti is missing, empty or no string")
    # pyseto checks exp and nbf where they stand, asks for neither, and does not know iat.
    issued, ends = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    if issued > now() + LEEWAY_SECONDS:
        raise InvalidToken("issued in the future")
    # The cut-off is remembered for one token's life, so no token may live longer than that.
    if ends - issued > ACCESS_MINUTES * 60:
        raise InvalidToken("longer life than ACCESS_MINUTES")
    return claims


def _canonical(segment: str) -> bool:
    """Whether this is how base64url spells its bytes: the last character may hold unused bits."""
    try:
        raw = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == segment


def _seconds(value: object) -> int:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidToken("a time is missing, malformed or without a time zone")
    return int(moment.timestamp())


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


def _key(name: str, begin: str) -> KeyInterface:
    # Where a variable can only hold one line, its line breaks may be written as \n.
    pem = os.environ.get(name, "").replace("\\n", "\n").strip()
    try:
        if not pem.startswith(begin):  # pyseto would take either half for either end
            raise ValueError(f"does not begin with {begin}")
        return pyseto.Key.new(4, "public", pem)
    except Exception as error:
        raise ConfigurationError(
            f"{name} must hold one PEM key for Ed25519. Make a pair: openssl genpkey -algorithm "
            "ed25519 -out private.pem; openssl pkey -in private.pem -pubout"
        ) from error
