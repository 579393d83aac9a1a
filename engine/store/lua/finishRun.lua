-- keys: 17
-- use: places changes counts
-- race: two ends of one run (a worker and a cancel, or two workers) count, list and announce it once; a worker that lost its claim ends
-- nothing.
-- KEYS: run, open runs, index of ended runs, failed runs of the tenant (or of nothing: the run itself), channel of its changes, event
-- stream and event channel of the tenant (or of nothing: the run itself), usage of the tenant, stream of changes,
-- counts of its minute, hour and day (or the run itself); in flight of the account, in flight of the tenant, backlogs, round robin of the
-- tenant, slots.
-- ARGV: id, fencing token ('' = any holder, 'queued' = only while it was never claimed), status, now, created_at, ms to keep ('' = until
-- the run above it has ended), account, event ('' = none), bytes of its own artifact, what its end is counted by
-- ('' = it is not), ms that counts are kept for at least ('' = they are, as the run is young), then field, value, ...
-- Returns {'ok', or 'lost' when it had ended, does not exist, or another holder has it; then the accounts whose backlogs are to be looked at}.
local held = redis.call('HMGET', KEYS[1], 'fencing_token', 'status')
local token, status = held[1], held[2]
if ARGV[2] == 'queued' then
  if status ~= 'queued' then
    return {'lost', {}}
  end
elseif status == ARGV[3] and token and token == ARGV[2] then
  -- The same end again: the connection broke before the answer to the first came.
  return {'ok', {}}
elseif not status or (ARGV[2] ~= '' and token ~= ARGV[2])
  or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return {'lost', {}}
end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'finished_at', ARGV[4], unpack(ARGV, 12))
redis.call('HINCRBY', KEYS[8], 'unfinished_runs', '-1')
redis.call('HINCRBY', KEYS[8], 'ended_' .. ARGV[3], '1')
if ARGV[9] ~= '0' then
  redis.call('HINCRBY', KEYS[8], 'artifact_bytes', ARGV[9])
end
redis.call('HDEL', KEYS[1], 'state', 'phases', 'trace', 'has_slot', 'throttled_at', 'launches', 'attempts', 'failures', 'error',
  'isolated', 'pending_approvals')
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[3] == 'failed' and KEYS[4] ~= KEYS[1] then
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[1])
end
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
if ARGV[6] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
end
if ARGV[10] ~= '' then
  count_more({KEYS[10], KEYS[11], KEYS[12]}, ARGV[10], '1')
  -- Counts of hours and days outlive the run, which may have been open for long.
  for i = 11, ARGV[11] ~= '' and 12 or 0 do
    if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[11]) then
      redis.call('PEXPIRE', KEYS[i], ARGV[11])
    end
  end
end
redis.call('PUBLISH', KEYS[5], ARGV[3])
announce(KEYS[9], ARGV[1])
if ARGV[8] ~= '' then
  redis.call('XADD', KEYS[6], 'MAXLEN', '~', 10000, '*', 'event', ARGV[8])
  redis.call('PUBLISH', KEYS[7], ARGV[8])
end
return {'ok', leave_place(13, ARGV[7], ARGV[1])}
