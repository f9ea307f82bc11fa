"""Records of tokens in Redis. Only the hashes of tokens get here, never the tokens themselves."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import redis

from redis_connection import StoreUnavailable, UnfitStore, connect, run_script

__all__ = ["InvalidToken", "SessionRecords", "StoreUnavailable", "UnfitStore", "open_store"]

STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins
PREFIX = "sessions:"  # keeps our keys apart from others in the same Redis
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url
LOGIN_SECONDS = 600  # between `begin` and `start`: a password, a second factor
MARGIN = 60  # seconds that a cut-off outlives what it ends, should clocks differ

# The store's clock, in microseconds: never behind a stamp that it gave, although the clock of the
# machine may be set back. `%.0f`, because Lua would write so long a number as 1.8e+15.
CLOCK = """
local function whole(text) return assert(tonumber(string.match(text, '^%d+$'))) end
local function digits(number) return string.format('%.0f', number) end
local function now()
  local time = redis.call('TIME')
  return math.max(time[1] * 1000000 + time[2], whole(redis.call('GET', KEYS[1]) or '0'))
end
"""
BEGIN = CLOCK + "return now()"
# A full Redis refuses the first write of a script if it takes memory, but none after a write. So a
# new session comes first: it is refused as a whole.
START = (
    CLOCK
    + """
local stamp, begun = now(), tonumber(ARGV[1])
if begun then
  if begun > stamp then return 'this login begins in the future' end
  if stamp - begun > tonumber(ARGV[2]) then return 'this login took too long' end
  local cut_off = redis.call('GET', KEYS[2])
  if cut_off and begun < whole(cut_off) then
    return 'logged out everywhere while this login was under way'
  end
end
redis.call('HSET', KEYS[3], 'stamp', digits(stamp), unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[3], ARGV[3])
redis.call('SET', KEYS[1], digits(stamp))
if KEYS[4] then redis.call('DEL', KEYS[4]) end
"""
)
# One script, so that a logout cannot fall between reading the record and writing it back: the
# write would bring the session to life again. Redis' own expiry clears away what nobody asks for. A
# service that the token is not for learns nothing, and cannot keep the token alive by asking. In a
# full Redis the session goes on, because EXPIRE takes no memory and comes first.
TOUCH = (
    CLOCK
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
local sub, created, seen, stamp, meant = unpack(redis.call(
  'HMGET', KEYS[1], 'sub', 'created', 'seen', 'stamp', 'for ' .. ARGV[5]))
created, seen, stamp = whole(created), whole(seen), whole(stamp)
assert(sub and sub ~= '')
local cut_off = redis.call('GET', ARGV[4] .. sub)
local at, idle = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = math.min(idle, created + tonumber(ARGV[3]) - at)
if left <= 0 or at >= seen + idle or (cut_off and stamp < whole(cut_off)) then
  redis.call('DEL', KEYS[1])
  return nil
end
if not meant then return nil end
seen = math.max(at, seen)
redis.call('EXPIRE', KEYS[1], left)
redis.call('HSET', KEYS[1], 'seen', seen)
return {sub, created, seen}
"""
)
REVOKE = "return redis.call('DEL', KEYS[1])"
# One entry, however many sessions there are. DEL comes first, so that it works in a full Redis.
REVOKE_ALL = (
    CLOCK
    + """
local cut_off = digits(now() + 1)
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], cut_off, 'EX', ARGV[1])
redis.call('SET', KEYS[1], cut_off)
"""
)


class InvalidToken(Exception):
    """No session stands behind this token. Log the reason; the response only says 401."""


@dataclass(frozen=True)
class SessionRecords:
    """`at` is the caller's clock, in whole seconds. Stamps come from the store's clock."""

    server: redis.Redis
    idle: int
    lifetime: int

    def begin(self) -> int:
        """Return the moment at which a login begins."""
        return int(run_script(self.server, BEGIN, [_clock()]))

    def start(
        self,
        subject: str,
        at: int,
        *,
        begun: int | None = None,
        replaces: str | None = None,
        audiences: Sequence[str] = ("",),
    ) -> str:
        """Return the token of a new session, which is the only place where the token is."""
        token = secrets.token_urlsafe(32)
        keys = [_clock(), _cut_off(subject), _record(token)]
        if replaces is not None:
            with suppress(InvalidToken):
                keys.append(_record(replaces))
        login: list[str | int] = ["" if begun is None else begun, LOGIN_SECONDS * 1_000_000]
        fields: list[str | int] = ["sub", subject, "created", at, "seen", at]
        for audience in audiences:
            fields += [f"for {audience}", 1]
        expiry = min(self.idle, self.lifetime)
        refusal = run_script(self.server, START, keys, *login, expiry, *fields)
        if refusal is not None:
            raise InvalidToken(refusal)
        return token

    def touch(self, token: str, at: int, audience: str = "") -> tuple[str, int, int]:
        """Return whose session this is, since when, and when it was last seen: now. Its idle time
        starts anew."""
        limits = (self.idle, self.lifetime)
        keys = [_record(token)]
        entry = run_script(self.server, TOUCH, keys, at, *limits, _cut_off(""), audience)
        if entry is None:
            raise InvalidToken("unknown, revoked, expired or for another audience")
        subject, created, seen = entry
        return subject, created, seen

    def revoke(self, token: str) -> None:
        """Log out. Clear the cookie too, but only this call stops a copy of the token."""
        with suppress(InvalidToken):
            run_script(self.server, REVOKE, [_record(token)])

    def revoke_all(self, subject: str) -> None:
        """Log out everywhere. Save the new password or the account's lock first, then call this."""
        longest = max(self.lifetime, LOGIN_SECONDS) + MARGIN
        run_script(self.server, REVOKE_ALL, [_clock(), _cut_off(subject)], longest)


def open_store(idle: int, lifetime: int) -> SessionRecords:
    return SessionRecords(connect(STORE_URL), idle, lifetime)


def _record(token: object) -> str:
    """Only the hash is stored: a leaked store holds no token. 256 random bits need no salt."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a token")
    return PREFIX + hashlib.sha256(token.encode()).hexdigest()


def _cut_off(subject: str) -> str:
    """Return where the moment stands before which all sessions of the user are over."""
    name = f"{PREFIX}cut-off:{subject}"
    try:
        name.encode()
    except UnicodeEncodeError:  # half a character, which JSON can carry
        raise InvalidToken("the subject is no text") from None
    return name


def _clock() -> str:
    return f"{PREFIX}clock"
