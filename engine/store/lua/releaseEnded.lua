-- keys: 2
-- use: ended
-- Lets go of runs that were held while the run above them was open. KEYS: held runs, ended runs, of one tenant.
-- ARGV: prefix, tenant, ms to keep, then id, when it ended, ... Those whose topmost run is open still stay.
-- Returns how many stay.
local stay = 0
for i = 4, #ARGV, 2 do
  redis.call('ZREM', KEYS[1], ARGV[i])
  list_ended(ARGV[1], ARGV[2], ARGV[i], ARGV[i + 1], ARGV[3])
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    stay = stay + 1
  end
end
return stay
