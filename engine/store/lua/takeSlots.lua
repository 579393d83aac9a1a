-- keys: 2
-- Leases times to send at, and permits to have requests open, to one process for one workspace, in one round trip.
-- KEYS: throttle, permits. ARGV: process, per second (0 = none), concurrent (0 = none); then for each of the three ranks how many times
-- are needed however late, and how many if they lie within the horizon; how many more of rank 2 if they are due within so many ms;
-- the horizon in ms; permits in use, permits wanted, ms that the permits are leased for.
-- Returns {0} when nothing limits the workspace, else {1, permits, ms until the stop ends, then for each rank: µs until the
-- first time (negative: past), µs between two times, how many}. A rank that others share the rate with gets its part of it.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local process = ARGV[1]
local per_second, concurrent = tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'stop', 'factor', 'factor_at', 'base', 'next1', 'next2', 'next3')
local stop = tonumber(known[1] or 0)
local factor = tonumber(known[2] or 1)
if known[3] then
  -- Half the rate is back after four seconds, a tenth after thirteen.
  factor = factor * 1.2 ^ ((now - tonumber(known[3])) / 1000)
end
local rate = per_second
if per_second > 0 then
  rate = per_second * math.min(1, factor)
elseif known[4] and factor < 4 then
  -- Nobody set a rate, but the service refused: the rate it refused at is the measure until four times as much was fine.
  rate = tonumber(known[4]) * factor
end

local permits = 0
if concurrent > 0 then
  local in_use, wanted = tonumber(ARGV[13]), tonumber(ARGV[14])
  local held, alive, starving = 0, 0, false
  local flat = redis.call('HGETALL', KEYS[2])
  for i = 1, #flat, 2 do
    if flat[i] ~= process then
      local has, wants, till = string.match(flat[i + 1], '^(%d+) (%d+) (%d+)')
      if tonumber(till) < now then
        redis.call('HDEL', KEYS[2], flat[i])
      else
        held, alive = held + tonumber(has), alive + 1
        starving = starving or tonumber(wants) > tonumber(has)
      end
    end
  end
  permits = math.max(0, math.min(wanted, concurrent - held))
  if starving then
    permits = math.min(permits, math.max(1, math.floor(concurrent / (alive + 1))))
  end
  if wanted == 0 and in_use == 0 then
    redis.call('HDEL', KEYS[2], process)
  else
    local till = string.format('%d', now + tonumber(ARGV[15]))
    redis.call('HSET', KEYS[2], process, math.max(permits, in_use) .. ' ' .. wanted .. ' ' .. till)
    redis.call('PEXPIRE', KEYS[2], ARGV[15])
  end
end

if rate == 0 and stop <= now then
  redis.call('DEL', KEYS[1])
  return concurrent > 0 and {1, permits, 0, 0, 0, -1, 0, 0, -1, 0, 0, -1} or {0}
end

local answer = {1, permits, math.max(0, math.ceil(stop - now))}
local next_at = {tonumber(known[5] or 0), tonumber(known[6] or 0), tonumber(known[7] or 0)}
for rank = 1, 3 do
  local needed, asked = tonumber(ARGV[2 + 2 * rank]), tonumber(ARGV[3 + 2 * rank])
  local sharing = 1
  for other = 1, 3 do
    if other ~= rank and next_at[other] > now then
      sharing = sharing + 1
    end
  end
  local spacing = rate > 0 and 1000 / rate * sharing or 0
  -- Half a second's worth may go at once after a pause, but not after a stop.
  local burst = math.max(0, rate / 2 - 1) * spacing
  local first = math.max(next_at[rank], now - burst, stop)
  local function within(ms)
    if first > now + ms then
      return 0
    end
    return spacing > 0 and math.floor((now + ms - first) / spacing) + 1 or needed + asked
  end
  local count = needed + math.min(asked, math.max(0, within(tonumber(ARGV[12])) - needed))
  if rank == 2 and count == needed + asked then
    count = math.max(count, math.min(count + tonumber(ARGV[10]), within(tonumber(ARGV[11]))))
  end
  if count > 0 then
    next_at[rank] = first + count * spacing
    redis.call('HSET', KEYS[1], 'next' .. rank, string.format('%.3f', next_at[rank]))
  end
  answer[#answer + 1] = math.floor((first - now) * 1000)
  answer[#answer + 1] = math.floor(spacing * 1000)
  answer[#answer + 1] = count
end
redis.call('PEXPIRE', KEYS[1], math.max(600000, math.ceil(math.max(stop, next_at[1], next_at[2], next_at[3]) - now) + 60000))
return answer
