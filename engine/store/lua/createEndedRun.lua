-- keys: 3
-- use: ended changes
-- Writes the run of a step that has ended as soon as it is there, once. KEYS: run, ended runs, stream of changes.
-- ARGV: id, created_at, now, ms to keep, prefix, tenant, then field, value, ...
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
redis.call('HINCRBY', ARGV[5] .. 'usage:' .. ARGV[6], 'input_bytes', redis.call('HSTRLEN', KEYS[1], 'input'))
list_ended(ARGV[5], ARGV[6], ARGV[1], ARGV[3], ARGV[4])
announce(KEYS[3], ARGV[1])
return 1
