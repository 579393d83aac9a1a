-- keys: 1
-- use: changes
-- Sets fields of a run that is there, whoever holds it. KEYS: run. ARGV: id, prefix, then field, value, ...
-- A record that retention takes must not come back as a field of nothing. Returns 1 when they were set.
local made = redis.call('HGET', KEYS[1], 'run')
if not made then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
announce(changes_of(ARGV[2], ARGV[1], made), ARGV[1])
return 1
