-- Changes of runs are written to the stream of their owner (the tenant; of a step or an item, the run above it) while somebody listens to
-- it: listeners make the stream and prolong its life. Without one, nothing is written and nothing is published.

-- Entries kept of one stream; a listener that was away for longer is told so. See engine/events/change-stream.ts.
local MAX_CHANGES = '10000'

-- Announces a change of a run or a bulk replay. `stream` is the channel of its listeners as well.
local function announce(stream, id)
  local at = redis.call('XADD', stream, 'NOMKSTREAM', 'MAXLEN', '~', MAX_CHANGES, '*', 'id', id)
  if at then
    redis.call('PUBLISH', stream, at)
  end
end
