-- keys: 2
-- Removes a run that has ended, and what its artifacts took of the tenant's quota, once. KEYS: run, usage of the tenant. ARGV: bytes.
if redis.call('UNLINK', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[2], 'artifact_bytes', -tonumber(ARGV[1]))
end
