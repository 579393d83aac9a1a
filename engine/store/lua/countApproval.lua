-- keys: any
-- use: changes
-- race: an approval is noted and forgotten by workers, people and lists at once: it is counted as often as it is in the index, once or not.
-- Notes that a run waits for a person, or that it waits no more, and counts it for the run itself and for each run above it. KEYS: the
-- index of what waits in the tenant; then of each of those runs, the waiting one first, its hash, the channel of its changes and the stream
-- of changes (or the hash).
-- ARGV: now ('' = it waits no more), then the ids of the runs. Returns 1 when something changed.
local function is_open(status)
  return status == 'queued' or status == 'running' or status == 'waiting'
end
if ARGV[1] == '' then
  if redis.call('ZREM', KEYS[1], ARGV[2]) == 0 then
    return 0
  end
else
  local status, decision = unpack(redis.call('HMGET', KEYS[2], 'status', 'decision'))
  if not is_open(status) or decision or redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2]) == 0 then
    return 0
  end
end
for i = 2, #KEYS, 3 do
  local status, held = unpack(redis.call('HMGET', KEYS[i], 'status', 'pending_approvals'))
  local count = (tonumber(held) or 0) + (ARGV[1] == '' and -1 or 1)
  -- The end of a run takes its count with it.
  if is_open(status) then
    if count > 0 then
      redis.call('HSET', KEYS[i], 'pending_approvals', string.format('%d', count))
    else
      redis.call('HDEL', KEYS[i], 'pending_approvals')
    end
    redis.call('PUBLISH', KEYS[i + 1], status)
    if KEYS[i + 2] ~= KEYS[i] then
      announce(KEYS[i + 2], ARGV[(i - 2) / 3 + 2])
    end
  end
end
return 1
