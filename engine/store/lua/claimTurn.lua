-- keys: 2
-- race: two runs that look at once must not both find the turn free, and none may pass one that was made before it.
-- Gives a turn to the run that asked first, or says which run is before it. KEYS: holder, waiting runs by when they were made.
-- ARGV: id, created_at. Returns the id of the run that has the turn, or that must take it first.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  return holder
end
redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
if holder then
  return holder
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
if first == ARGV[1] then
  redis.call('SET', KEYS[1], first)
  redis.call('ZREM', KEYS[2], first)
end
return first
