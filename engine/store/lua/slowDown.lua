-- keys: 4
-- The service refused a tenant's request for its rate. KEYS: throttle, channel (hears `<ms until the stop ends> <tenant> <workspace>`),
-- workers, tenants whose tokens the workspace took (tenant -> when, epoch ms).
-- ARGV: tenant, workspace, per second (0 = none), requests per second that the reporter sent, ms to stop for (0 = none), ms that the
-- other tenants stop for (0 = none), ms after which a tenant no longer counts among those, prefix.
-- Halves the tenant's rate, once per second however many refusals one burst brings; a stop is never shortened. Returns ms until the
-- stop ends.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local known = redis.call('HMGET', KEYS[1], 'stop', 'factor', 'factor_at', 'base')
local factor, at = tonumber(known[2] or 1), tonumber(known[3] or 0)
if now - at >= 1000 then
  factor = known[3] and factor * 1.2 ^ ((now - at) / 1000) or 1
  if tonumber(ARGV[3]) > 0 then
    factor = math.min(1, factor)
  elseif not known[4] or factor >= 4 then
    -- Others are taken to have sent as much as the reporter.
    redis.call('HSET', KEYS[1], 'base', tonumber(ARGV[4]) * math.max(1, redis.call('HLEN', KEYS[3])))
    factor = 1
  end
  redis.call('HSET', KEYS[1], 'factor', string.format('%.4f', math.max(0.1, factor / 2)), 'factor_at', string.format('%d', now))
end
local stop = math.max(tonumber(known[1] or 0), now + tonumber(ARGV[5]))
redis.call('HSET', KEYS[1], 'stop', string.format('%d', math.ceil(stop)))
redis.call('PEXPIRE', KEYS[1], 600000 + math.ceil(stop - now))
local left = math.ceil(stop - now)
redis.call('PUBLISH', KEYS[2], string.format('%d %s %s', left, ARGV[1], ARGV[2]))

local shared = tonumber(ARGV[6])
if shared > 0 then
  local flat = redis.call('HGETALL', KEYS[4])
  for i = 1, #flat, 2 do
    if tonumber(flat[i + 1]) < now - tonumber(ARGV[7]) then
      redis.call('HDEL', KEYS[4], flat[i])
    elseif flat[i] ~= ARGV[1] then
      local name = flat[i] .. ' ' .. ARGV[2]
      local key = ARGV[8] .. 'throttle:' .. name
      local its = math.max(tonumber(redis.call('HGET', key, 'stop') or 0), now + shared)
      redis.call('HSET', key, 'stop', string.format('%d', math.ceil(its)))
      redis.call('PEXPIRE', key, 600000 + math.ceil(its - now))
      redis.call('PUBLISH', KEYS[2], string.format('%d %s', math.ceil(its - now), name))
    end
  end
end
return left
