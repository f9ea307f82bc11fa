"""What runs inside Redis: each script is one step, which no other call can come between.

Two kinds of time: `at`, `used` and `began` are the issuer's seconds, by which limits are counted.
Stamps and cut-offs are the store's microseconds, which all issuers share. They never go back, even
where the clock of the machine does: `clock` keeps the latest that was given.
"""

# A damaged record is an error, never an answer about a token.
CHECKED = """
local function number(text)
  if not text or #text > 16 or not string.find(text, '^%d+$') then error('damaged') end
  return tonumber(text)
end
local function hash(text)
  if not text or #text ~= 64 or string.find(text, '%X') then error('damaged') end
  return text
end
local function name(text)
  if not text or text == '' then error('damaged') end
  return text
end
local function now(clock)
  local time = redis.call('TIME')
  return math.max(time[1] * 1000000 + time[2], number(redis.call('GET', clock) or '0'))
end
"""

BEGIN = CHECKED + "return now(KEYS[1])"

# Two moments for each user: logins that were opened before `since` are over, and logins that began
# before `cut_off` are not opened. A user without them has no login, so that a store that loses them
# ends logins and revives none.
START = (
    CHECKED
    + """
local family, user, clock = KEYS[1], KEYS[2], KEYS[3]
local subject, client, current, at, left, lifetime = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5],
                                                     ARGV[6]
local moment = now(clock)
local begun = ARGV[7] == '' and moment or tonumber(ARGV[7])
if begun > moment then return 'a login that begins in the future' end
if begun < moment - 600000000 then return 'a login that began more than ten minutes ago' end
local is_new = redis.call('EXISTS', user) == 0
if not is_new and begun < number(redis.call('HGET', user, 'cut_off')) then
  return 'logged out everywhere while this login was under way'
end
redis.call('HSET', family, 'sub', subject, 'client', client, 'current', current,
           'previous', current, 'used', at, 'began', at, 'stamp', moment)
redis.call('EXPIRE', family, left)
if is_new then redis.call('HSET', user, 'since', moment, 'cut_off', 0) end
redis.call('EXPIRE', user, lifetime)
redis.call('SET', clock, moment)
return 'started'
"""
)

# Of many simultaneous calls exactly one sees its token as the current one; the others get what it
# got. Comparing hashes of random secrets leaks no timing worth having.
ROTATE = (
    CHECKED
    + """
local family, retry, users = KEYS[1], KEYS[2], KEYS[3]
local token, successor, nonce, client = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, idle, lifetime, grace = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]),
                                  tonumber(ARGV[8])
if redis.call('EXISTS', family) == 0 then return {'unknown, revoked or expired'} end
local f = redis.call('HMGET', family, 'sub', 'client', 'current', 'previous', 'used', 'began',
                     'stamp')
local subject, owner, current, previous = name(f[1]), name(f[2]), hash(f[3]), hash(f[4])
local used, began, stamp = number(f[5]), number(f[6]), number(f[7])
local function finish(reason)
  redis.call('DEL', family, retry)
  return {reason}
end
local user = users .. subject
if redis.call('EXISTS', user) == 0 or stamp < number(redis.call('HGET', user, 'since')) then
  return finish('logged out everywhere')
end
if at >= math.min(used + idle, began + lifetime) then return finish('expired') end
if client ~= owner then return {'issued to another client'} end
if token == current then
  redis.call('HSET', family, 'current', successor, 'previous', current, 'used', at)
  redis.call('EXPIRE', family, math.min(idle, began + lifetime - at))
  redis.call('EXPIRE', user, lifetime)
  if grace > 0 then redis.call('SET', retry, nonce, 'EX', grace) end
  return {'renewed', subject, successor, nonce}
end
local kept = redis.call('GET', retry)
if token == previous and kept and at < used + grace then
  return {'renewed', subject, current, kept}
end
return finish('used before: a copy is in other hands, so its successors are dead too')
"""
)

# As many writes for a thousand logins as for one: each meets `since` when it is next used. DEL
# first, because a full Redis lets a script go on that has written, and refuses any other write.
CUT_OFF = (
    CHECKED
    + """
local user, clock = KEYS[1], KEYS[2]
local moment = now(clock) + 1
redis.call('DEL', user)
redis.call('HSET', user, 'since', moment, 'cut_off', moment)
redis.call('EXPIRE', user, ARGV[1])
redis.call('SET', clock, moment)
"""
)

DROP = "redis.call('DEL', unpack(KEYS))"
