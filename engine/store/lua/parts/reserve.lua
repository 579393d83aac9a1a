-- Every worker keeps slots in reserve, those of its queue `urgent`. A slot that is held cannot be taken away, so the reserve is what
-- lets a tenant begin while another holds all others. It is given out by a dynamic threshold: a tenant may have as many runs in flight
-- as there are free slots in the reserve, so some are always left, however many tenants ask. Jobs in `urgent` never wait for a slot
-- there: none is added beyond their number. Keys are made from the prefix here, as in engine/store/redis-keys.ts.

-- Free slots of the reserve, over all workers.
local function free_reserve(prefix)
  local urgent = prefix .. 'urgent:'
  local used = redis.call('LLEN', urgent .. 'active') + redis.call('LLEN', urgent .. 'wait')
  return tonumber(redis.call('GET', prefix .. 'reserved-slots') or 0) - used
end

-- Whether runs wait for a slot: all are held.
local function has_no_slot(prefix)
  return redis.call('LLEN', prefix .. 'runs:active') >= tonumber(redis.call('GET', prefix .. 'slots') or math.huge)
end

-- The queue for the job of a run that may begin: `urgent` when it would wait in `runs` and its tenant may use the reserve.
local function queue_for(prefix, in_flight)
  return has_no_slot(prefix) and in_flight < free_reserve(prefix) and 'urgent' or 'runs'
end
