-- Puts a job where a worker takes it from. `queue` is the prefix of the queue's keys.
local function enqueue(queue, id, rank)
  if rank > 0 then
    redis.call('ZADD', queue .. 'prioritized', rank * 0x100000000 + redis.call('INCR', queue .. 'pc') % 0x100000000, id)
  else
    redis.call('LPUSH', queue .. 'wait', id)
  end
  redis.call('ZADD', queue .. 'marker', 0, '0')
end

-- Gives a run its job, in the script that writes its record or lets it in: no crash can come between the two, and it costs no
-- command of its own. Writes what BullMQ's addStandardJob and addPrioritizedJob do for a job with an id and no data, but for the
-- events, which nobody reads, and the counter, from which ids without a name are made. test/engine/queue/jobs.test.ts holds one
-- against the other. `name` is the queue's; `rank` 0 goes first; `trace` is what the worker's span goes on from. A job that is there
-- is left as it is.
local function add_job(prefix, name, id, rank, now, trace)
  local queue = prefix .. name .. ':'
  if redis.call('EXISTS', queue .. id) == 1 then
    return
  end
  local opts = (rank > 0 and '{"priority":' .. rank .. ',' or '{')
    .. (trace and '"tm":' .. cjson.encode(trace) .. ',' or '')
    .. '"jobId":"' .. id .. '","removeOnComplete":true,"removeOnFail":true,"attempts":0}'
  redis.call('HSET', queue .. id, 'name', 'run', 'data', 'null', 'opts', opts, 'timestamp', now, 'delay', 0, 'priority', rank)
  enqueue(queue, id, rank)
end

-- What BullMQ's promoteDelayedJobs does: jobs whose time has come wait for a worker.
local function promote_due(queue, now, most)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', queue .. 'delayed', 0, (now + 1) * 0x1000 - 1, 'LIMIT', 0, most)) do
    redis.call('ZREM', queue .. 'delayed', id)
    enqueue(queue, id, tonumber(redis.call('HGET', queue .. id, 'priority')) or 0)
    redis.call('HSET', queue .. id, 'delay', 0)
  end
end
