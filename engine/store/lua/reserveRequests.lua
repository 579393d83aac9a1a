-- keys: 1
-- race: two processes that read the next free time and then wrote it would both take the same one.
-- Reserves times at which one process may send requests to one workspace (GCRA, the generic cell rate algorithm).
-- KEYS: rate. ARGV: now in epoch ms ('' = the clock of Redis), per second (0 = none), then pairs, the longest way ahead first: how many
-- times, and within how many ms they must lie.
-- Returns {0} when nothing limits the workspace, else {1, ms until the stop ends, µs until the first time, µs between two, how many,
-- µs between two at the full rate}.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local full = tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'next', 'stop', 'share', 'share_at', 'base')
local stop, share = tonumber(known[2] or 0), tonumber(known[3] or 1)
if known[4] then
  -- Half the rate is back after four seconds, a tenth after thirteen.
  share = share * 1.2 ^ ((now - tonumber(known[4])) / 1000)
end
if full > 0 then
  share = math.min(1, share)
elseif known[5] and share < 4 then
  -- No limit is set, but the service refused: the rate at that time is the measure until four times as much was accepted.
  full = tonumber(known[5])
end
if full == 0 and stop <= now then
  redis.call('DEL', KEYS[1])
  return {0}
end

local rate = full * share
local spacing = rate > 0 and 1000 / rate or 0
-- Half a second's worth may go at once after a pause, but not after a stop.
local first = math.max(tonumber(known[1] or 0), now - math.max(0, rate / 2 - 1) * spacing, stop)
local granted = 0
for i = 3, #ARGV, 2 do
  -- A hundredth of a millisecond is for rounding: a caller that waited until this moment must not find it too early.
  local room = now + tonumber(ARGV[i + 1]) + 0.01 - first - granted * spacing
  if room >= 0 then
    local wanted = tonumber(ARGV[i])
    granted = granted + (spacing > 0 and math.min(wanted, math.floor(room / spacing) + 1) or wanted)
  end
end
local following = first + granted * spacing
if granted > 0 then
  redis.call('HSET', KEYS[1], 'next', string.format('%.3f', following))
  -- Kept until it no longer matters: the share recovers fully within that time.
  redis.call('PEXPIRE', KEYS[1], 600000 + math.ceil(following - now))
end
return {1, math.max(0, math.ceil(stop - now)), math.ceil((first - now) * 1000), math.floor(spacing * 1000), granted,
  full > 0 and math.floor(1000000 / full) or 0}
