"""The connection to Redis, and the check that Redis keeps what it is given."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# The start of every script, so that no command runs in a store that may have dropped an entry: a
# look at the store beside the commands would leave a window between the two. The count of evicted
# keys tells of a policy that was another one for a while, since nobody looks all the time.
FIT_OR_ERROR = """
do
  local policy = string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:([%w-]+)')
  local role = string.match(redis.call('INFO', 'replication'), 'role:(%w+)')
  local evicted = string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')
  if policy ~= 'noeviction' or role ~= 'master' or evicted ~= '0' then
    local found = 'maxmemory_policy:' .. (policy or 'unknown') .. ' role:' .. (role or 'unknown')
    return redis.error_reply('UNFIT ' .. found .. ' evicted_keys:' .. (evicted or 'unknown'))
  end
end
"""
REPAIR = (
    "A Redis that evicts or lags accepts again what was revoked. Let REDIS_URL name a primary, and "
    "run: redis-cli CONFIG SET maxmemory-policy noeviction (keep the line in redis.conf too). Once "
    "it has evicted keys, end all logins (FLUSHDB) and then run: redis-cli CONFIG RESETSTAT"
)

store_log = logging.getLogger("tokens")


class StoreUnavailable(Exception):
    """Redis cannot answer, or may have lost an entry. Answer 503: neither accept nor refuse."""


class UnfitStore(Exception):
    """Redis evicts entries or has done so, is a replica, or does not say. Raised at the start."""


def connect(url: str) -> redis.Redis:
    """Return a client of a Redis that is fit. Raise UnfitStore for another; go on where Redis does
    not answer yet, since every `run_script` checks again. REDIS_URL in the environment wins."""
    server = redis.Redis.from_url(
        os.environ.get("REDIS_URL", url),
        decode_responses=True,
        # They bound how long a request waits for a dead store.
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        # A script whose answer was lost may have run: sent again, it would run twice.
        retry=Retry(NoBackoff(), 0),
    )
    try:
        server.eval(FIT_OR_ERROR + "return 1", 0)
    except redis.ResponseError as error:
        store_log.critical("Redis is unfit (%s). %s", error, REPAIR)
        raise UnfitStore(f"Redis is unfit ({error}). {REPAIR}") from error
    except redis.RedisError as error:
        store_log.warning("Redis does not answer yet: %s", error)
    return server


def run_script(server: redis.Redis, script: str, keys: Sequence[str], *arguments: str | int) -> Any:
    """Return the answer of a Lua script. Raise StoreUnavailable where Redis does not answer, or is
    unfit now: then nothing of the script was run."""
    with store_errors():
        return server.eval(FIT_OR_ERROR + script, len(keys), *keys, *arguments)


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise StoreUnavailable for whatever Redis or the reading of its answer raises. Damaged data
    is a ValueError, TypeError or LookupError: what should be a number or stand there does not."""
    try:
        yield
    except (redis.RedisError, OSError, ValueError, TypeError, LookupError) as error:
        if str(error).startswith("UNFIT"):
            store_log.critical("Redis is unfit (%s). %s", error, REPAIR)
        raise StoreUnavailable(
            f"Redis did not answer as it should: {type(error).__name__}"
        ) from error
