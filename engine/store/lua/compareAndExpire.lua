-- keys: 1
-- Prolongs a lock for the one who holds it. KEYS[1] lock, ARGV[1] owner, ARGV[2] ms. Returns 1 when it was prolonged.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
