"""Refresh tokens: one family of them per login, in Redis. Only their hashes get here."""

import secrets
from contextlib import suppress
from dataclasses import dataclass

import redis

from family_scripts import BEGIN, CUT_OFF, DROP, ROTATE, START
from parsing import InvalidToken
from redis_connection import StoreUnavailable, UnfitStore, connect, run_script, store_errors
from refresh_tokens import first_token, next_token, token_hashes

__all__ = ["Families", "StoreUnavailable", "UnfitStore", "open_store"]

STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins
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
        token = first_token()
        login, current = token_hashes(token)
        keys = [_family(login), _user(subject), _clock()]
        limits = min(self.idle, self.lifetime), self.lifetime
        values = subject, client, current, at, *limits, "" if begun is None else begun
        outcome = run_script(self.server, START, keys, *values)
        if outcome != "started":
            raise InvalidToken(outcome)
        return login, token

    def rotate(self, token: str, client: str, at: int) -> tuple[str, str, str]:
        """Return the login, its subject and its next refresh token: within the grace the same again
        for the token before. Any other that was used before is a copy: the whole login ends,
        whoever holds its successors."""
        login, current = token_hashes(token)
        nonce = secrets.token_urlsafe(32)
        _, planned = token_hashes(next_token(token, nonce))
        limits = self.idle, self.lifetime, self.grace
        keys = [_family(login), _retry(login), _user("")]
        answer = run_script(self.server, ROTATE, keys, current, planned, nonce, client, at, *limits)
        if len(answer) == 1:
            raise InvalidToken(answer[0])
        _, subject, current, nonce = answer
        successor = next_token(token, nonce)
        with store_errors():
            if token_hashes(successor) != (login, current):
                raise ValueError("a damaged nonce")
        return login, subject, successor

    def revoke(self, token: str) -> None:
        """End this login, whichever of its refresh tokens is given."""
        with suppress(InvalidToken):
            login, _ = token_hashes(token)
            run_script(self.server, DROP, [_family(login), _retry(login)])

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        run_script(self.server, CUT_OFF, [_user(subject), _clock()], self.lifetime)


def open_store(idle: int, lifetime: int, grace: int) -> Families:
    """Return the families of the Redis at STORE_URL. Raise UnfitStore where it is unfit."""
    return Families(connect(STORE_URL), idle, lifetime, grace)


def _family(login: str) -> str:
    return f"{PREFIX}login:{login}"


def _retry(login: str) -> str:
    return f"{PREFIX}retry:{login}"


def _user(subject: str) -> str:
    return f"{PREFIX}user:{subject}"


def _clock() -> str:
    return f"{PREFIX}clock"
