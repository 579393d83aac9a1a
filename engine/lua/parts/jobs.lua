-- Gives a run its job, in the script that writes its record or lets it in: no crash can come between the two, and it costs no
-- command of its own. Writes what BullMQ's addStandardJob and addPrioritizedJob do for a job with an id and no data, but for the
-- events, which nobody reads, and the counter, from which ids without a name are made. test/engine/load/jobs.test.ts holds one
-- against the other. `rank` 0 goes first; `trace` is what the worker's span goes on from. A job that is there is left as it is.
local function add_job(prefix, id, rank, now, trace)
  local queue = prefix .. 'runs:'
  if redis.call('EXISTS', queue .. id) == 1 then
    return
  end
  local opts = (rank > 0 and '{"priority":' .. rank .. ',' or '{')
    .. (trace and '"tm":' .. cjson.encode(trace) .. ',' or '')
    .. '"jobId":"' .. id .. '","removeOnComplete":true,"removeOnFail":true,"attempts":0}'
  redis.call('HSET', queue .. id, 'name', 'run', 'data', 'null', 'opts', opts, 'timestamp', now, 'delay', 0, 'priority', rank)
  if rank > 0 then
    redis.call('ZADD', queue .. 'prioritized', rank * 0x100000000 + redis.call('INCR', queue .. 'pc') % 0x100000000, id)
  else
    redis.call('LPUSH', queue .. 'wait', id)
  end
  redis.call('ZADD', queue .. 'marker', 0, '0')
end
