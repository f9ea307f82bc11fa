"""Refresh tokens: one family of them per login, in Redis. Only their hashes get here."""

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass

import redis

from family_scripts import BEGIN, CUT_OFF, DROP, ROTATE, START
from parsing import InvalidToken
from redis_connection import connect, run_script, store_errors

# "handle.secret": all tokens of one login share the handle, and each has a secret of its own. The
# handle shows that a wrong secret is an old token, not a guess, without a list of all old ones.
SHAPE = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")
PREFIX = "refresh:"  # keeps our keys apart from others in the same Redis


@dataclass(frozen=True)
class Families:
    """Times are whole seconds; `at` is the caller's clock."""

    server: redis.Redis
    idle: int
    lifetime: int
    grace: int

    def begin(self) -> int:
        """Return the store's moment, in microseconds; never before an earlier one."""
        with store_errors():
            return int(run_script(self.server, BEGIN, [_clock()]))

    def start(self, subject: str, client: str, at: int, begun: int | None) -> tuple[str, str]:
        """Return the id of a new login and its first refresh token. Raise InvalidToken where its
        user was logged out everywhere since it had begun."""
        token = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
        login, secret = _parts(token)
        keys = [_family(login), _user(subject), _clock()]
        limits = min(self.idle, self.lifetime), self.lifetime
        values = subject, client, _sha256(secret), at, *limits, "" if begun is None else begun
        outcome = run_script(self.server, START, keys, *values)
        if outcome != "started":
            raise InvalidToken(outcome)
        return login, token

    def rotate(self, token: str, client: str, at: int) -> tuple[str, str, str]:
        """Return the login, its subject and its next refresh token: within the grace the same again
        for the token before. Any other that was used before is a copy: the whole login ends,
        whoever holds its successors."""
        login, secret = _parts(token)
        nonce = secrets.token_urlsafe(32)
        hashes = _sha256(secret), _sha256(_successor(secret, nonce))
        limits = self.idle, self.lifetime, self.grace
        keys = [_family(login), _retry(login), _user("")]
        answer = run_script(self.server, ROTATE, keys, *hashes, nonce, client, at, *limits)
        if len(answer) == 1:
            raise InvalidToken(answer[0])
        _, subject, current, nonce = answer
        successor = _successor(secret, nonce)
        with store_errors():
            if _sha256(successor) != current:
                raise ValueError("a damaged nonce")
        return login, subject, f"{token.partition('.')[0]}.{successor}"

    def revoke(self, token: str) -> None:
        """End this login, whichever of its refresh tokens is given."""
        with suppress(InvalidToken):
            login, _ = _parts(token)
            run_script(self.server, DROP, [_family(login), _retry(login)])

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        run_script(self.server, CUT_OFF, [_user(subject), _clock()], self.lifetime)


def open_families(url: str, idle: int, lifetime: int, grace: int) -> Families:
    """Return the families of the Redis at this address. Raise UnfitStore where it is unfit."""
    return Families(connect(url), idle, lifetime, grace)


def _successor(secret: str, nonce: str) -> str:
    """Return the secret that follows this one. Whoever holds this one can compute it again; the
    store, which has the nonce until the grace ends, cannot."""
    # Encrypting a random successor under a key made of this secret would be worth the same: in both
    # a thief needs an old token and what the store kept at every rotation since. HMAC needs no
    # cipher, and what it leaves in the store is no token in any form.
    mac = hmac.digest(secret.encode(), nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _parts(token: object) -> tuple[str, str]:
    """Return the login, which is the hash of the handle, and the secret. Only hashes are stored, so
    that a leaked store holds no token."""
    parts = SHAPE.fullmatch(token) if isinstance(token, str) else None
    if parts is None:
        raise InvalidToken("not the shape of a refresh token")
    return _sha256(parts[1]), parts[2]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _family(login: str) -> str:
    return f"{PREFIX}login:{login}"


def _retry(login: str) -> str:
    return f"{PREFIX}retry:{login}"


def _user(subject: str) -> str:
    return f"{PREFIX}user:{subject}"


def _clock() -> str:
    return f"{PREFIX}clock"
