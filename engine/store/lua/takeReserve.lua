-- keys: 1
-- use: reserve
-- Whether a run that is to be canceled may use the reserve: as many of a tenant's at once as are free there.
-- KEYS: run. ARGV: prefix, tenant. Returns 1 when it may.
local prefix, tenant = ARGV[1], ARGV[2]
local free = free_reserve(prefix)
local held = 0
for _, list in ipairs({prefix .. 'urgent:active', prefix .. 'urgent:wait'}) do
  for _, id in ipairs(free > 0 and redis.call('LRANGE', list, 0, -1) or {}) do
    local made = redis.call('HGET', prefix .. 'run:' .. id, 'run')
    if made and cjson.decode(made).tenant == tenant then
      held = held + 1
    end
  end
end
return held < free and 1 or 0
