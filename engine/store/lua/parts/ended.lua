-- The list by which an ended run is found by retention. Keys are made from the prefix here, as in engine/store/redis-keys.ts.

-- Lists a run that has ended. The id of a run below another begins with that of the topmost, and a dot: while that one is open, its
-- steps and items may be read, so such a run is held, for retention to let go later.
local function list_ended(prefix, tenant, id, now, keep_ms)
  local root = string.match(id, '^([^.]+)%.')
  local status = root and redis.call('HGET', prefix .. 'run:' .. root, 'status')
  if status == 'queued' or status == 'running' or status == 'waiting' then
    redis.call('ZADD', prefix .. 'runs-held:' .. tenant, now, id)
    return
  end
  redis.call('ZADD', prefix .. 'runs-ended:' .. tenant, now, id)
  redis.call('PEXPIRE', prefix .. 'run:' .. id, keep_ms)
end
