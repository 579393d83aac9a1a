-- keys: 1
-- Counts in a window that begins with the first count. KEYS[1] counter, ARGV[1] window in ms. Returns {count, ms left}.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return { count, redis.call('PTTL', KEYS[1]) }
