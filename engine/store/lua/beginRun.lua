-- keys: 3
-- race: two workers claim a run at once: each gets another fencing token, and the writes of the one with the lower token are refused.
-- KEYS: run, open runs, channel of its changes. ARGV: id, now.
-- Returns the fields of the record (flat; none when it does not exist), in the same round trip.
local known = redis.call('HMGET', KEYS[1], 'status', 'fencing_token', 'started_at')
local status = known[1]
if status == 'queued' or status == 'waiting' or status == 'running' then
  local token = string.format('%d', (tonumber(known[2]) or 0) + 1)
  redis.call('HSET', KEYS[1], 'fencing_token', token, 'status', 'running', 'started_at', known[3] or ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
  if status ~= 'running' then
    redis.call('PUBLISH', KEYS[3], 'running')
  end
end
return redis.call('HGETALL', KEYS[1])
