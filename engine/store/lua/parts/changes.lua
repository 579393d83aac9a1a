-- Changes of runs are written to the stream of their owner (the tenant; of a step or an item, the run above it) while somebody listens to
-- it: listeners make the stream and prolong its life. Without one, nothing is written and nothing is published.

-- Entries kept of one stream; a listener that was away for longer is told so. See engine/events/change-stream.ts.
local MAX_CHANGES = 10000

-- Announces a change of a run or a bulk replay. `stream` is the channel of its listeners as well.
local function announce(stream, id)
  local at = redis.call('XADD', stream, 'NOMKSTREAM', 'MAXLEN', '~', MAX_CHANGES, '*', 'id', id)
  if at then
    redis.call('PUBLISH', stream, at)
  end
end

-- The stream that tells of a run. `made`: its field `run`, which begins with its id and its tenant.
local function changes_of(prefix, id, made)
  local owner = string.match(id, '^(.+)%.[^.]+$') or string.match(made, '^{"id":"[^"]*","tenant":"([^"\\]*)"')
  return prefix .. 'changes:' .. (owner or cjson.decode(made).tenant)
end
