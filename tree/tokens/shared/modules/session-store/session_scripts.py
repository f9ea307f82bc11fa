"""What Redis runs for sessions, each script in one step."""

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
