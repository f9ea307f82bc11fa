"""The blocklist in Redis: which tokens were revoked, and when a user was logged out everywhere.

All processes hold REDIS_URL: one Redis for all of them, no replica and no cluster, that never
evicts (`maxmemory-policy noeviction`) and keeps a log on disk (`appendonly yes`).

Moments are stamps: microseconds by the clock of Redis, never behind an earlier stamp. So no clock
of an issuer counts, and of a login and a logout it is always clear which came first.
"""

import json
import re
from dataclasses import dataclass

import redis

from parsing import InvalidToken
from redis_connection import StoreUnavailable, UnfitStore, connect, run_script, store_errors
from strict_json import is_text

__all__ = ["Blocklist", "StoreUnavailable", "UnfitStore", "connect_blocklist"]

STORE_URL = "redis://127.0.0.1:6379/0"  # REDIS_URL in the environment wins
PREFIX = "blocklist:"  # keeps our keys apart from others in the same Redis
MARGIN = 60  # seconds that an entry outlives its token, should Redis' clock run ahead
LOGIN_SECONDS = 600  # how long a login may take, from `begin` to its token
STAMP = re.compile(r"[0-9]{1,16}")

# KEYS[1] is the latest stamp, KEYS[2] the birthday of the blocklist. Neither expires.
# An emptied Redis has no birthday, which is how we notice that what was revoked is forgotten.
CLOCK = """
local function stamp(name)
  local text = redis.call('GET', name)
  if not text then return nil end
  if #text > 16 or not string.match(text, '^[0-9]+$') then error('a record is no stamp') end
  return tonumber(text)
end
local function write(name, value, ...)
  redis.call('SET', name, string.format('%.0f', value), ...)
end
local time = redis.call('TIME')
local now = math.max(stamp(KEYS[1]) or 0, time[1] * 1000000 + time[2])
"""
# The clock of Redis may be set back, so what was handed out is kept. A full Redis refuses that
# write and no more: logins go on.
BEGIN = """
redis.pcall('SET', KEYS[1], string.format('%.0f', now))
if not stamp(KEYS[2]) then write(KEYS[2], now) end
return now
"""
# KEYS[3] is the logout of the user, ARGV[1] the stamp of the login, ARGV[2] how long it may take.
ADMIT = """
local begun = tonumber(ARGV[1])
if not stamp(KEYS[2]) then write(KEYS[2], now) end
if begun > now then return 'a login that begins in the future' end
if begun < now - ARGV[2] * 1000000 then return 'a login that took too long' end
if begun < stamp(KEYS[2]) then return 'the store lost its data while this login was under way' end
if begun < (stamp(KEYS[3]) or 0) then
  return 'logged out everywhere while this login was under way'
end
return ''
"""
LOG_OUT = """
write(KEYS[1], now + 1)
write(KEYS[3], now + 1, 'EX', ARGV[1])
return now + 1
"""
# Single GETs: MGET takes a record of another type for one that is not there.
LOOK_UP = """
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])}
"""
REVOKE = "return redis.call('SET', KEYS[1], 1, 'EX', ARGV[1])"


@dataclass(frozen=True)
class Blocklist:
    """The first of the stamps in a blocklist is its birthday; no older token counts."""

    server: redis.Redis

    def begin(self) -> int:
        """The stamp of a login that begins now."""
        return int(run_script(self.server, CLOCK + BEGIN, [_latest(), _since()]))

    def admit(self, sub: str, begun: int) -> int:
        """The stamp of the login, which gets its token now; InvalidToken if the user was logged out
        since it began, or if nobody can know."""
        if type(begun) is not int:
            raise ValueError("`begun` is what `begin` returned.")
        keys = [_latest(), _since(), _cut_off(sub)]
        refusal = run_script(self.server, CLOCK + ADMIT, keys, begun, LOGIN_SECONDS)
        if refusal:
            raise InvalidToken(refusal)
        return begun

    def check(self, iss: str, jti: str, sub: str, begun: int) -> None:
        """InvalidToken if this token was revoked, or if nobody can know."""
        keys = [_entry(iss, jti), _cut_off(sub), _since()]
        entry, *records = run_script(self.server, LOOK_UP, keys)
        if entry is not None:
            raise InvalidToken("revoked")
        with store_errors():
            cut_off, since = map(_read_stamp, records)
        if cut_off is not None and begun < cut_off:
            raise InvalidToken("issued before the user was logged out everywhere")
        # An emptied Redis answers "never revoked" to everything. So no token older than it counts.
        if since is None or begun < since:
            raise InvalidToken("older than the blocklist, which has lost its data or is new")

    def add(self, iss: str, jti: str, left: int) -> None:
        """Revokes a token that would be refused anyway once `left` seconds have passed."""
        run_script(self.server, REVOKE, [_entry(iss, jti)], left + MARGIN)

    def log_out(self, sub: str, longest: int) -> None:
        """Ends all logins of a user that have begun, whose tokens live no longer than `longest`."""
        kept = max(longest, LOGIN_SECONDS) + MARGIN
        run_script(self.server, CLOCK + LOG_OUT, [_latest(), _since(), _cut_off(sub)], kept)


def connect_blocklist() -> Blocklist:
    """UnfitStore where Redis evicts or is a replica."""
    return Blocklist(connect(STORE_URL))


def _entry(iss: str, jti: str) -> str:
    # JSON, because joined with a mark the pair (a:b, c) would read like (a, b:c).
    return f"{PREFIX}revoked:{json.dumps([iss, jti])}"


def _cut_off(sub: str) -> str:
    if not is_text(sub):
        raise ValueError("A subject is a string, neither empty nor with half a character in it.")
    return f"{PREFIX}cut-off:{sub}"


def _latest() -> str:
    return f"{PREFIX}latest"


def _since() -> str:
    return f"{PREFIX}since"


def _read_stamp(record: str | None) -> int | None:
    if record is not None and not STAMP.fullmatch(record):
        raise ValueError("a record is no stamp")
    return None if record is None else int(record)
