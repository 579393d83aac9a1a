-- keys: 1
-- race: a worker that sees an attempt die, and one that begins the next attempt, count one death once; and what executes meanwhile moves the
-- progress that deaths are compared with.
-- Records that a run is about to execute alone, before it does, so that its death is known even when its worker dies with it.
-- KEYS: run. ARGV: digest of what else tells of its progress, '1' when the caller saw the last attempt die.
-- `isolated` is `<1 while it executes> <deaths in a row without progress> <progress at the last death>`. Progress is what the record
-- has of the action's state and launches, or of a loop's items: a death is counted on top of the last one only where it is the same.
-- Returns the deaths in a row, or -1 when there is no such run.
local known = redis.call('HMGET', KEYS[1], 'isolated', 'status', 'state', 'launches', 'attempts', 'retried',
  'loop_next', 'loop_open', 'loop_failed')
if not known[2] then
  return -1
end
local parts = {ARGV[1]}
for i = 3, 9 do
  parts[#parts + 1] = known[i] or ''
end
local progress = redis.sha1hex(table.concat(parts, '\n'))
local open, deaths, last = string.match(known[1] or '', '^(%d) (%d+) (%x*)$')
deaths = tonumber(deaths or 0)
if open == '1' or ARGV[2] == '1' then
  deaths = last == progress and deaths + 1 or 1
  last = progress
end
redis.call('HSET', KEYS[1], 'isolated', '1 ' .. deaths .. ' ' .. (last or ''))
return deaths
