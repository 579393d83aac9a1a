-- keys: 11
-- use: lanes ended changes counts
-- Ends a run once. KEYS: run, open runs, ended runs, failed runs of the tenant (or of nothing: the run itself),
-- channel, event stream and event channel of the tenant (or of nothing: the run itself), stream of changes, counts of its
-- minute, hour and day.
-- ARGV: id, fence ('' = whoever holds it, 'queued' = only while nobody ever had it in hand), status, now, created_at, ms to keep, prefix,
-- tenant, account, event ('' = none), bytes of its own artifact, what its end is counted by ('' = it is not),
-- then field, value, ...
-- Returns 'ok', or 'lost' when it had ended, is gone, or another holder has it. Other runs are let in in its place: they are returned beside it.
local held = redis.call('HMGET', KEYS[1], 'fence', 'status')
local fence, status = held[1], held[2]
if ARGV[2] == 'queued' then
  if status ~= 'queued' then
    return {'lost', admitted}
  end
elseif status == ARGV[3] and fence and fence == ARGV[2] then
  -- The same end again: the connection broke before the answer to the first came.
  return {'ok', admitted}
elseif not status or (ARGV[2] ~= '' and fence ~= ARGV[2])
  or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return {'lost', admitted}
end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'finished_at', ARGV[4], unpack(ARGV, 13))
redis.call('HINCRBY', ARGV[7] .. 'usage:' .. ARGV[8], 'unfinished_runs', -1)
redis.call('HINCRBY', ARGV[7] .. 'usage:' .. ARGV[8], 'ended_' .. ARGV[3], 1)
if (ARGV[11] or '0') ~= '0' then
  redis.call('HINCRBY', ARGV[7] .. 'usage:' .. ARGV[8], 'artifact_bytes', ARGV[11])
end
redis.call('HDEL', KEYS[1], 'state', 'phases', 'lane', 'trace', 'has_slot', 'throttled_at', 'launches', 'attempts', 'failures', 'error',
  'isolated')
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] == 'failed' and KEYS[4] ~= KEYS[1] then
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[1])
end
list_ended(ARGV[7], ARGV[8], ARGV[1], ARGV[4], ARGV[6])
if ARGV[12] ~= '' then
  count_more({KEYS[9], KEYS[10], KEYS[11]}, ARGV[12], 1)
  -- A day more than the run, which may have been open for long.
  local keep_ms = ARGV[6] + 86400000
  for i = 10, 11 do
    if redis.call('PTTL', KEYS[i]) < keep_ms then
      redis.call('PEXPIRE', KEYS[i], keep_ms)
    end
  end
end
redis.call('PUBLISH', KEYS[5], ARGV[3])
announce(KEYS[8], ARGV[1])
if ARGV[10] ~= '' then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', 10000, '*', 'event', ARGV[10])
  redis.call('PUBLISH', KEYS[7], ARGV[10])
end
leave_hand(ARGV[7], ARGV[8], ARGV[9], ARGV[1])
admit(ARGV[7], ARGV[8], ARGV[4])
return {'ok', admitted}
