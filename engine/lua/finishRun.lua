-- keys: 5
-- Ends a run once. KEYS: run, open runs, ended runs, failed runs of the tenant, channel.
-- ARGV: id, fence ('' = whoever holds it), status, now, created_at, ms to keep, then field, value, ...
-- Returns 'ok', or 'lost' when it had ended, is gone, or another holder has it.
local held = redis.call('HMGET', KEYS[1], 'fence', 'status')
local status = held[2]
if not status or (ARGV[2] ~= '' and held[1] ~= ARGV[2]) or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return 'lost'
end
redis.call('HSET', KEYS[1], 'status', ARGV[3], 'finished_at', ARGV[4], unpack(ARGV, 7))
redis.call('HDEL', KEYS[1], 'state', 'fence')
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
if ARGV[3] == 'failed' then
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PUBLISH', KEYS[5], ARGV[3])
return 'ok'
