-- keys: 3
-- use: lanes changes
-- Takes a run in hand: a new fence, so that an earlier holder's writes are refused, and the record in one round trip.
-- KEYS: run, open runs, channel of its changes. ARGV: id, now, prefix.
-- A run that only starts others (a workflow's, a loop's) gives its place up at once: its own runs need places.
-- Returns the fields of the record (flat; none when it does not exist), and what was let in in its place.
local known = redis.call('HMGET', KEYS[1], 'status', 'fence', 'started_at', 'kind')
local status = known[1]
if not status then
  return {{}, admitted}
end
if status == 'queued' or status == 'waiting' or status == 'running' then
  local fence = string.format('%d', (tonumber(known[2]) or 0) + 1)
  redis.call('HSET', KEYS[1], 'fence', fence, 'status', 'running', 'started_at', known[3] or ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
  if status ~= 'running' then
    redis.call('PUBLISH', KEYS[3], 'running')
    local made = redis.call('HGET', KEYS[1], 'run')
    if made then
      announce(changes_of(ARGV[3], ARGV[1], made), ARGV[1])
    end
  end
  if known[4] == 'workflow' then
    local tenant = cjson.decode(redis.call('HGET', KEYS[1], 'run')).tenant
    leave_hand(ARGV[3], tenant, tenant, ARGV[1])
    admit(ARGV[3], tenant, ARGV[2])
  end
end
return {redis.call('HGETALL', KEYS[1]), admitted}
