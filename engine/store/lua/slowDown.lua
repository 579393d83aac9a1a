-- keys: 2
-- race: two refusals of one burst that both read the share would halve it twice, and a shorter stop that was read before a longer one
-- would replace it.
-- Notes that a workspace refused a tenant's request for its rate, or that it stops.
-- KEYS: rate, workers. ARGV: now in epoch ms ('' = the clock of Redis), ms to stop for (0 = none), 1 to halve the share or 0, per second
-- (0 = none), requests per second that this process sent.
-- Halves the share once per second, however many refusals a burst brings; never shortens a stop. Returns ms until the stop ends.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local known = redis.call('HMGET', KEYS[1], 'stop', 'share', 'share_at', 'base')
local share, at = tonumber(known[2] or 1), tonumber(known[3] or 0)
if ARGV[3] == '1' and now - at >= 1000 then
  share = known[3] and share * 1.2 ^ ((now - at) / 1000) or 1
  if tonumber(ARGV[4]) > 0 then
    share = math.min(1, share)
  elseif not known[4] or share >= 4 then
    -- No limit is set: the rate is what was sent. The other workers are taken to have sent as much.
    redis.call('HSET', KEYS[1], 'base', tonumber(ARGV[5]) * math.max(1, redis.call('HLEN', KEYS[2])))
    share = 1
  end
  redis.call('HSET', KEYS[1], 'share', string.format('%.4f', math.max(0.1, share / 2)), 'share_at', string.format('%d', now))
end
local stop = math.max(tonumber(known[1] or 0), now + tonumber(ARGV[2]))
local left = math.ceil(stop - now)
redis.call('HSET', KEYS[1], 'stop', string.format('%d', math.ceil(stop)))
redis.call('PEXPIRE', KEYS[1], 600000 + left)
return left
