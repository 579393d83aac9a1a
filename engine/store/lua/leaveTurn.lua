-- keys: 2
-- race: a run leaves its turn while another takes it: only the holder's own turn may be removed.
-- A run needs its turn no longer, or will never take it. KEYS: holder, waiting runs. ARGV: id. Doing it twice does it once.
-- Returns the run that may take the turn now, or nothing.
redis.call('ZREM', KEYS[2], ARGV[1])
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
  redis.call('DEL', KEYS[1])
elseif holder then
  return false
end
return redis.call('ZRANGE', KEYS[2], 0, 0)[1]
