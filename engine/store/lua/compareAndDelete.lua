-- keys: 1
-- Releases a lock only for the one who holds it.
-- KEYS[1] lock, ARGV[1] owner. Returns 1 when it was deleted.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
