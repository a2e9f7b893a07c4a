"""The Lua scripts of the mailbox: everything that must happen at once or not at all.

A conversation has a list of job ids, a hash per job, and a hash `box` with the token (the id of its entry in the stream
`ready`, or "due" while it waits for a time), the fence and the owner. All keys of a script are in one partition.
"""

# KEYS: seen, job, jobs, box, ready, due · ARGV: job id, conversation, message, now, seen ttl, cap, job ttl
# → -1 seen before, -2 mailbox full, else how many jobs stand in front.
ENQUEUE = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[5]) then return -1 end
if redis.call('LLEN', KEYS[3]) >= tonumber(ARGV[6]) then redis.call('DEL', KEYS[1]) return -2 end
redis.call('HSET', KEYS[2], 'message', ARGV[3], 'phase', 'accepted', 'at', ARGV[4], 'v', '1')
redis.call('EXPIRE', KEYS[2], ARGV[7])
local ahead = redis.call('RPUSH', KEYS[3], ARGV[1]) - 1
local token = redis.call('HGET', KEYS[4], 'token')
if token == 'due' and redis.call('HGET', KEYS[4], 'stirs') == '1' then
  redis.call('ZREM', KEYS[6], ARGV[2])
  token = false
end
if not token then
  redis.call('HSET', KEYS[4], 'token', redis.call('XADD', KEYS[5], '*', 'c', ARGV[2]))
end
return ahead
"""

# KEYS: box, jobs, ready · ARGV: entry, conversation, owner, prefix of job keys
# → nil when there is nothing to do for this entry, else {fence, job id, job hash}
BEGIN = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  redis.call('XACK', KEYS[3], 'work', ARGV[1]) redis.call('XDEL', KEYS[3], ARGV[1])
  return nil
end
while true do
  local id = redis.call('LINDEX', KEYS[2], 0)
  if not id then
    redis.call('XACK', KEYS[3], 'work', ARGV[1]) redis.call('XDEL', KEYS[3], ARGV[1])
    redis.call('HDEL', KEYS[1], 'token', 'owner', 'stirs')
    return nil
  end
  local job = ARGV[4] .. id
  if redis.call('EXISTS', job) == 1 then
    local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
    redis.call('HSET', KEYS[1], 'owner', ARGV[3])
    redis.call('HDEL', KEYS[1], 'stirs')
    redis.call('HINCRBY', job, 'attempts', 1)
    return {fence, id, redis.call('HGETALL', job)}
  end
  redis.call('LPOP', KEYS[2])
end
"""

# What follows is only for the owner: the fence must still be the one that `begin` gave.
OWNED = "if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end\n"

# KEYS: box, ready, job · ARGV: fence, entry, consumer → 0 lost, 1 held, 2 held and cancelled
RENEW = (
    OWNED
    + """
if #redis.call('XCLAIM', KEYS[2], 'work', ARGV[3], 0, ARGV[2], 'JUSTID') == 0 then return 0 end
if redis.call('HGET', KEYS[3], 'cancel') == '1' then return 2 end
return 1
"""
)

# KEYS: box, job, record · ARGV: fence, number of job values, job fields and values …, record fields and values …
# An empty value removes a field of the record.
SAVE = (
    OWNED
    + """
local n = tonumber(ARGV[2])
for i = 3, 2 + n, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
for i = 3 + n, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[3], ARGV[i])
  else redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1]) end
end
return 1
"""
)

# KEYS: box, job · ARGV: fence → 1, or 0 when not the owner
EXCUSE = OWNED + "redis.call('HINCRBY', KEYS[2], 'attempts', -1) return 1"

# KEYS: box, job, jobs · ARGV: fence, prefix of job keys, lifetime, ids … → 1, or 0 when not the owner
ABSORB = (
    OWNED
    + """
for i = 4, #ARGV do
  local part = ARGV[2] .. ARGV[i]
  if redis.call('LREM', KEYS[3], 1, ARGV[i]) == 1 then
    local place = string.format('part:%04d', redis.call('HINCRBY', KEYS[2], 'parts', 1))
    redis.call('HSET', KEYS[2], place, redis.call('HGET', part, 'message'))
    redis.call('HSET', part, 'phase', 'done', 'into', KEYS[2])
    redis.call('EXPIRE', part, ARGV[3])
  end
end
return 1
"""
)

# KEYS: box, job, jobs, ready · ARGV: fence, entry, conversation, job id, phase, lifetime → 1, or 0 when not the owner
FINISH = (
    OWNED
    + """
if redis.call('LINDEX', KEYS[3], 0) == ARGV[4] then redis.call('LPOP', KEYS[3]) end
redis.call('HSET', KEYS[2], 'phase', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[6])
redis.call('XACK', KEYS[4], 'work', ARGV[2])
redis.call('XDEL', KEYS[4], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HDEL', KEYS[1], 'owner')
if redis.call('LLEN', KEYS[3]) > 0 then
  redis.call('HSET', KEYS[1], 'token', redis.call('XADD', KEYS[4], '*', 'c', ARGV[3]))
else
  redis.call('HDEL', KEYS[1], 'token')
end
return 1
"""
)

# KEYS: box, job, ready, due, jobs · ARGV: fence, entry, conversation, due in ms, stirs, mailbox length when decided
# → 1, or 0 when not the owner. Due 0 gives the token back at once; so do a cancel or a message that came meanwhile.
PARK = (
    OWNED
    + """
redis.call('XACK', KEYS[3], 'work', ARGV[2])
redis.call('XDEL', KEYS[3], ARGV[2])
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HDEL', KEYS[1], 'owner')
redis.call('HINCRBY', KEYS[2], 'attempts', -1)
local came = ARGV[5] == '1' and redis.call('LLEN', KEYS[5]) > tonumber(ARGV[6])
if ARGV[4] == '0' or came or redis.call('HGET', KEYS[2], 'cancel') == '1' then
  redis.call('HSET', KEYS[1], 'token', redis.call('XADD', KEYS[3], '*', 'c', ARGV[3]))
else
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[3])
  redis.call('HSET', KEYS[1], 'token', 'due', 'stirs', ARGV[5])
end
return 1
"""
)

# KEYS: due, ready · ARGV: now in ms, most, prefix of box keys → {woken, next due in ms or -1}
WAKE = """
local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, name in ipairs(names) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HSET', ARGV[3] .. name, 'token', redis.call('XADD', KEYS[2], '*', 'c', name))
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {#names, next[2] or '-1'}
"""

# KEYS: box, jobs, ready, due · ARGV: conversation, prefix of job keys → ids that were asked to stop
CANCEL = """
local ids = redis.call('LRANGE', KEYS[2], 0, -1)
for _, id in ipairs(ids) do redis.call('HSET', ARGV[2] .. id, 'cancel', '1') end
if #ids > 0 and redis.call('HGET', KEYS[1], 'token') == 'due' then
  redis.call('ZREM', KEYS[4], ARGV[1])
  redis.call('HSET', KEYS[1], 'token', redis.call('XADD', KEYS[3], '*', 'c', ARGV[1]))
end
return ids
"""

# KEYS: seen, control · ARGV: inbound, seen ttl → 1 when new
POST_CONTROL = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('XADD', KEYS[2], '*', 'i', ARGV[1])
return 1
"""

# KEYS: job · ARGV: field, value → 1 when the job exists and nothing was said to the agent yet
EDIT = """
local phase = redis.call('HGET', KEYS[1], 'phase')
if phase ~= 'accepted' and phase ~= 'uploading' then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
