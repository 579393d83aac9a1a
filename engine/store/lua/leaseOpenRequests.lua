-- keys: 1
-- race: two processes that read how many are left and then took them would together have too many open.
-- Leases open requests of one workspace to one process. The lease of a process that died ends by itself.
-- KEYS: leases (process -> 'granted wanted until'). ARGV: now in epoch ms ('' = the clock of Redis), process, how many may be open in
-- all, how many the process has open, how many it wants, ms of the lease.
-- Returns how many the process may have open.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local process, maximum, open, wanted = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local held, others, is_short = 0, 0, false
local leases = redis.call('HGETALL', KEYS[1])
for i = 1, #leases, 2 do
  if leases[i] ~= process then
    local has, wants, till = string.match(leases[i + 1], '^(%d+) (%d+) (%d+)')
    if tonumber(till) < now then
      redis.call('HDEL', KEYS[1], leases[i])
    else
      held, others = held + tonumber(has), others + 1
      is_short = is_short or tonumber(wants) > tonumber(has)
    end
  end
end
if wanted == 0 then
  redis.call('HDEL', KEYS[1], process)
  return 0
end
local granted = math.max(0, math.min(wanted, maximum - held))
if is_short then
  -- Another one wants more than it has: each keeps an even part, and frees the rest as its requests end.
  granted = math.min(granted, math.max(1, math.floor(maximum / (others + 1))))
end
local till = string.format('%d', now + tonumber(ARGV[6]))
redis.call('HSET', KEYS[1], process, math.max(granted, open) .. ' ' .. wanted .. ' ' .. till)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return granted
