-- keys: 1
-- Looks after the items of a loop. KEYS: its run. ARGV: prefix, id, items, how many at once, 'stop' or 'continue' when one fails,
-- '1' when it is canceled. Open items are kept in `loop_open`, so that the work does not grow with the number of items, and a crash
-- before an item's run was written is seen.
-- Returns {open, failed, 1 when all is done, then the items whose runs are to be written}.
local held = redis.call('HMGET', KEYS[1], 'loop_next', 'loop_open', 'loop_failed')
local next, failed = tonumber(held[1] or 0), tonumber(held[3] or 0)
local states = {}
for index in string.gmatch(held[2] or '', '%d+') do
  local status = redis.call('HGET', ARGV[1] .. 'run:' .. ARGV[2] .. '.' .. index, 'status')
  if status == 'failed' or status == 'canceled' then
    failed = failed + 1
  elseif status ~= 'succeeded' then
    states[#states + 1] = {index, status}
  end
end
local is_stopping = ARGV[6] == '1' or (failed > 0 and ARGV[5] == 'stop')
local open, missing = {}, {}
for _, state in ipairs(states) do
  if state[2] then
    open[#open + 1] = state[1]
  elseif not is_stopping then
    open[#open + 1] = state[1]
    missing[#missing + 1] = state[1]
  end
end
while not is_stopping and #open < tonumber(ARGV[4]) and next < tonumber(ARGV[3]) do
  open[#open + 1] = tostring(next)
  missing[#missing + 1] = tostring(next)
  next = next + 1
end
redis.call('HSET', KEYS[1], 'loop_next', next, 'loop_open', table.concat(open, ','), 'loop_failed', failed)
local is_done = #open == 0 and (is_stopping or next >= tonumber(ARGV[3]))
return {#open, failed, is_done and 1 or 0, unpack(missing)}
