-- keys: 1
-- use: lanes
-- Looks after the lanes of one tenant: takes out of `in hand` what is not (any more), gives parked accounts another look, and admits.
-- KEYS: laned. ARGV: prefix, tenant, now. Returns how many runs were admitted, and them.
local prefix, tenant = ARGV[1], ARGV[2]
for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'in-hand:' .. tenant)) do
  local run = redis.call('HMGET', prefix .. 'run:' .. id, 'status', 'run')
  if run[1] ~= 'queued' and run[1] ~= 'running' then
    leave_hand(prefix, tenant, run[2] and cjson.decode(run[2]).linked_account or tenant, id)
  end
end
local flat = redis.call('HGETALL', KEYS[1])
local ring = {}
for _, account in ipairs(redis.call('LRANGE', prefix .. 'ring:' .. tenant, 0, -1)) do
  ring[account] = true
end
for i = 1, #flat, 2 do
  local account, known = flat[i], flat[i + 1]
  if string.match(known, '^%S+') == tenant and not ring[account] then
    for _, id in ipairs(redis.call('SMEMBERS', prefix .. 'in-hand:' .. account)) do
      if redis.call('SISMEMBER', prefix .. 'in-hand:' .. tenant, id) == 0 then
        redis.call('SREM', prefix .. 'in-hand:' .. account, id)
      end
    end
    redis.call('HSET', KEYS[1], account, (string.gsub(known, 'parked$', 'ready')))
    redis.call('RPUSH', prefix .. 'ring:' .. tenant, account)
  end
end
return {admit(prefix, tenant, ARGV[3]), admitted}
