-- keys: 2
-- use: lanes
-- Takes a run away with its place; returns what was let in instead. KEYS: run, open runs. ARGV: id, now, prefix, tenant, account, bytes of its own artifact.
local status, finished = unpack(redis.call('HMGET', KEYS[1], 'status', 'finished_at'))
if status and ARGV[6] ~= '0' then
  redis.call('HINCRBY', ARGV[3] .. 'usage:' .. ARGV[4], 'artifact_bytes', '-' .. ARGV[6])
end
if status and not finished then
  redis.call('HINCRBY', ARGV[3] .. 'usage:' .. ARGV[4], 'unfinished_runs', -1)
end
redis.call('HINCRBY', ARGV[3] .. 'usage:' .. ARGV[4], 'input_bytes', 0 - redis.call('HSTRLEN', KEYS[1], 'input'))
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
leave_hand(ARGV[3], ARGV[4], ARGV[5], ARGV[1])
admit(ARGV[3], ARGV[4], ARGV[2])
return admitted
