-- keys: 4
-- Writes a run once; a second call with the same id changes nothing, so deterministic child ids are safe to repeat.
-- KEYS: run, index of the tenant (or of nothing: the run itself), open runs, index of the workflow (or the run itself).
-- ARGV: id, created_at, now, then field, value, ...
-- Returns 1 when it was written, 0 when it was there.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if KEYS[2] ~= KEYS[1] then
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
end
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
if KEYS[4] ~= KEYS[1] then
  redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
end
return 1
