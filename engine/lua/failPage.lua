-- keys: 1
-- A poll or a page failed: the cursor stays and the next try waits. KEYS: cursor. ARGV: run id, not before, error text, now.
-- Returns the number of failures in a row, or 0 when the run does not hold the cursor.
local held = redis.call('HMGET', KEYS[1], 'poll', 'page')
if held[1] ~= ARGV[1] and held[2] ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'poll', '', 'page', '', 'not_before', ARGV[2], 'last_error', ARGV[3], 'last_failure_at', ARGV[4])
return redis.call('HINCRBY', KEYS[1], 'failures', 1)
