"""The Lua scripts of the mailbox: everything that must happen at once or not at all.

A conversation has a list of job ids, a hash per job, and a hash `box` with the token (the id of its entry in the stream
`ready`, or "due" while it waits for a time), the fence and the owner. All keys of a script are in one partition.

The sorted set `owned` names what else a conversation has, with the time at which each of it goes by itself: "j" and the
id of a job, "b" and the token of a button. It is what is looked through when everything is to be forgotten. Every key
has a lifetime; only the streams and their groups, a fixed number, stay.
"""

_OWN = """
local function own(index, member, seconds)
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
  redis.call('ZADD', index, now + seconds, member)
  if redis.call('TTL', index) < tonumber(seconds) then redis.call('EXPIRE', index, seconds) end
end
"""

# KEYS: seen, job, jobs, box, ready, due, owned
# ARGV: job id, conversation, message, now, seen ttl, cap, job ttl, schema number
# → -1 seen before, -2 mailbox full, else how many jobs stand in front.
ENQUEUE = (
    _OWN
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[5]) then return -1 end
if redis.call('LLEN', KEYS[3]) >= tonumber(ARGV[6]) then redis.call('DEL', KEYS[1]) return -2 end
redis.call('HSET', KEYS[2], 'message', ARGV[3], 'phase', 'accepted', 'at', ARGV[4], 'v', ARGV[8])
redis.call('EXPIRE', KEYS[2], ARGV[7])
own(KEYS[7], 'j' .. ARGV[1], ARGV[7])
local ahead = redis.call('RPUSH', KEYS[3], ARGV[1]) - 1
local token = redis.call('HGET', KEYS[4], 'token')
if token == 'due' and redis.call('HGET', KEYS[4], 'stirs') == '1' then
  redis.call('ZREM', KEYS[6], ARGV[2])
  token = false
end
if not token then
  redis.call('HSET', KEYS[4], 'token', redis.call('XADD', KEYS[5], '*', 'c', ARGV[2]))
end
redis.call('EXPIRE', KEYS[3], ARGV[7])
redis.call('EXPIRE', KEYS[4], ARGV[7])
return ahead
"""
)

# KEYS: box, jobs, ready · ARGV: entry, conversation, owner, prefix of job keys, lifetime
# A box that is new starts its fences at the time of day: never at one that an owner of before may still hold.
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
    if fence == 1 then
      local time = redis.call('TIME')
      fence = time[1] * 1000000 + time[2]
      redis.call('HSET', KEYS[1], 'fence', string.format('%.0f', fence))
    end
    redis.call('HSET', KEYS[1], 'owner', ARGV[3])
    redis.call('EXPIRE', KEYS[1], ARGV[5])
    redis.call('EXPIRE', KEYS[2], ARGV[5])
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
# An empty value removes a field of the record. A job that ran out of its lifetime is nobody's any more.
SAVE = (
    OWNED
    + """
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
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
EXCUSE = (
    OWNED
    + """
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HINCRBY', KEYS[2], 'attempts', -1) end
return 1
"""
)

# KEYS: box, job, jobs, owned · ARGV: fence, prefix of job keys, lifetime, ids … → 1, or 0 when not the owner
ABSORB = (
    _OWN
    + OWNED
    + """
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
for i = 4, #ARGV do
  local part = ARGV[2] .. ARGV[i]
  if redis.call('LREM', KEYS[3], 1, ARGV[i]) == 1 and redis.call('EXISTS', part) == 1 then
    local place = string.format('part:%04d', redis.call('HINCRBY', KEYS[2], 'parts', 1))
    redis.call('HSET', KEYS[2], place, redis.call('HGET', part, 'message'))
    redis.call('HSET', part, 'phase', 'done', 'into', KEYS[2])
    redis.call('EXPIRE', part, ARGV[3])
    own(KEYS[4], 'j' .. ARGV[i], ARGV[3])
  end
end
return 1
"""
)

# KEYS: box, job, jobs, owned · ARGV: fence, prefix of job keys, now, job ttl, schema number, then for each follower:
# id, message, phase, number of note fields and values, those …
# → 1, 0 when not the owner, 2 when asked to stop: then nothing follows. One that is there already is left as it is.
FOLLOW = (
    _OWN
    + OWNED
    + """
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
if redis.call('HGET', KEYS[2], 'cancel') == '1' then return 2 end
local place = redis.call('LINDEX', KEYS[3], 0)
local at = 6
while at <= #ARGV do
  local id, notes = ARGV[at], tonumber(ARGV[at + 3])
  local job = ARGV[2] .. id
  if redis.call('EXISTS', job) == 0 then
    redis.call('HSET', job, 'message', ARGV[at + 1], 'phase', ARGV[at + 2], 'at', ARGV[3], 'v', ARGV[5])
    for note = at + 4, at + 3 + notes, 2 do redis.call('HSET', job, ARGV[note], ARGV[note + 1]) end
    redis.call('EXPIRE', job, ARGV[4])
    own(KEYS[4], 'j' .. id, ARGV[4])
    redis.call('LINSERT', KEYS[3], 'AFTER', place, id)
  end
  place, at = id, at + 4 + notes
end
return 1
"""
)

# KEYS: box, job, jobs, ready, owned · ARGV: fence, entry, conversation, job id, phase, lifetime, fields to drop …
# → 1, or 0 when not the owner
FINISH = (
    _OWN
    + OWNED
    + """
if redis.call('LINDEX', KEYS[3], 0) == ARGV[4] then redis.call('LPOP', KEYS[3]) end
redis.call('HSET', KEYS[2], 'phase', ARGV[5])
if #ARGV > 6 then redis.call('HDEL', KEYS[2], unpack(ARGV, 7)) end
redis.call('EXPIRE', KEYS[2], ARGV[6])
own(KEYS[5], 'j' .. ARGV[4], ARGV[6])
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
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HINCRBY', KEYS[2], 'attempts', -1) end
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
  if redis.call('HGET', ARGV[3] .. name, 'token') == 'due' then
    redis.call('HSET', ARGV[3] .. name, 'token', redis.call('XADD', KEYS[2], '*', 'c', name))
  end
end
local next = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {#names, next[2] or '-1'}
"""

# KEYS: box, jobs, ready, due · ARGV: conversation, prefix of job keys → ids that were asked to stop
CANCEL = """
local ids = redis.call('LRANGE', KEYS[2], 0, -1)
for _, id in ipairs(ids) do
  if redis.call('EXISTS', ARGV[2] .. id) == 1 then redis.call('HSET', ARGV[2] .. id, 'cancel', '1') end
end
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

# KEYS: button, owned, box · ARGV: value, lifetime, member of `owned`, fence or 0 for what belongs to no job
# → 1, or 0 when not the owner
KEEP_BUTTONS = (
    _OWN
    + """
if ARGV[4] ~= '0' and redis.call('HGET', KEYS[3], 'fence') ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
own(KEYS[2], ARGV[3], ARGV[2])
return 1
"""
)

# KEYS: pressed, owned · ARGV: press id, lifetime, member of `owned` → the id of the press that counts
PRESS_ONCE = (
    _OWN
    + """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  own(KEYS[2], ARGV[3], ARGV[2])
  return ARGV[1]
end
return redis.call('GET', KEYS[1])
"""
)

# KEYS: box, jobs, ready, due, record, owned, leaving · ARGV: conversation, prefixes of job and button keys, seconds,
# members of `owned` to leave …
# → {ids of the jobs that were erased, the hash of the first, the fence of a worker that has to leave if there is one}
# `leaving` is there until that worker has, or its time is over.
FORGET = """
local spared = {}
for i = 5, #ARGV do spared[ARGV[i]] = true end
local token = redis.call('HGET', KEYS[1], 'token')
if token and token ~= 'due' then
  redis.call('XACK', KEYS[3], 'work', token) redis.call('XDEL', KEYS[3], token)
end
redis.call('ZREM', KEYS[4], ARGV[1])
local fence = redis.call('HGET', KEYS[1], 'owner') and redis.call('HGET', KEYS[1], 'fence')
if fence then redis.call('SET', KEYS[7], fence, 'EX', ARGV[4]) end
local ids = redis.call('LRANGE', KEYS[2], 0, -1)
local front = ids[1] and redis.call('HGETALL', ARGV[2] .. ids[1]) or {}
for _, id in ipairs(ids) do redis.call('DEL', ARGV[2] .. id) end
for _, member in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
  if not spared[member] then
    redis.call('DEL', ARGV[member:sub(1, 1) == 'j' and 2 or 3] .. member:sub(2))
    redis.call('ZREM', KEYS[6], member)
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[5])
return {ids, front, fence}
"""

# KEYS: leaving · ARGV: fence
LEFT = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
