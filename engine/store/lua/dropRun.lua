-- keys: 8
-- use: places
-- race: two workers that remove the same run subtract it from the usage of the tenant once.
-- KEYS: run, open runs, usage of the tenant; in flight of the account, in flight of the tenant, backlogs, round robin of the tenant, slots.
-- ARGV: id, account, bytes of its own artifact. Returns the accounts whose backlogs are to be looked at.
local status, finished = unpack(redis.call('HMGET', KEYS[1], 'status', 'finished_at'))
if status and ARGV[3] ~= '0' then
  redis.call('HINCRBY', KEYS[3], 'artifact_bytes', '-' .. ARGV[3])
end
if status and not finished then
  redis.call('HINCRBY', KEYS[3], 'unfinished_runs', -1)
end
redis.call('HINCRBY', KEYS[3], 'input_bytes', 0 - redis.call('HSTRLEN', KEYS[1], 'input') - redis.call('HSTRLEN', KEYS[1], 'metadata'))
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return leave_place(4, ARGV[2], ARGV[1])
