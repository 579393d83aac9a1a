-- keys: 2
-- Writes the run of a step that has ended as soon as it is there, once. KEYS: run, ended runs.
-- ARGV: id, created_at, now, ms to keep, then field, value, ...
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1
