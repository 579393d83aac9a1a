-- keys: 1
-- use: jobs reserve
-- Moves jobs that wait in `runs` into the reserve while every slot is held: those of tenants that hold less than is free there, in the
-- order of the queue. Called by a worker whose slots do not come free; a run may have come to wait there before the slots were taken,
-- or be resumed. KEYS: jobs that wait, by rank. ARGV: prefix, max jobs to look at, now. Returns how many were moved.
local prefix, most = ARGV[1], tonumber(ARGV[2])
local runs, urgent = prefix .. 'runs:', prefix .. 'urgent:'
local free = free_reserve(prefix)
if free <= 0 or not has_no_slot(prefix) then
  return 0
end
-- BullMQ does this whenever a worker asks for a job, and none with a free slot is there to ask.
promote_due(runs, tonumber(ARGV[3]), most)
local waiting = {}
for _, id in ipairs(redis.call('LRANGE', runs .. 'wait', -most, -1)) do
  table.insert(waiting, 1, id)
end
if #waiting < most then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, most - #waiting - 1)) do
    waiting[#waiting + 1] = id
  end
end
if #waiting == 0 then
  return 0
end

local function tenant_of(id)
  local made = redis.call('HGET', prefix .. 'run:' .. id, 'run')
  return made and cjson.decode(made).tenant
end

local held = {}
for _, list in ipairs({runs .. 'active', urgent .. 'active', urgent .. 'wait'}) do
  for _, id in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local tenant = tenant_of(id)
    if tenant then
      held[tenant] = (held[tenant] or 0) + 1
    end
  end
end

local moved = 0
for _, id in ipairs(waiting) do
  local tenant = free > 0 and tenant_of(id)
  -- A run may have a job in both queues when it is to be canceled.
  if tenant and (held[tenant] or 0) < free and redis.call('EXISTS', urgent .. id) == 0
    and redis.call('EXISTS', runs .. id) == 1 then
    if redis.call('ZREM', KEYS[1], id) == 0 then
      redis.call('LREM', runs .. 'wait', -1, id)
    end
    redis.call('RENAME', runs .. id, urgent .. id)
    redis.call('HSET', urgent .. id, 'priority', 0)
    redis.call('LPUSH', urgent .. 'wait', id)
    redis.call('ZADD', urgent .. 'marker', 0, '0')
    held[tenant] = (held[tenant] or 0) + 1
    free, moved = free - 1, moved + 1
  end
end
return moved
