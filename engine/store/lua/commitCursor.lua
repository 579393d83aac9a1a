-- keys: 4
-- use: series
-- race: two runs deliver the same part (a page and a replay of it), or a person moves the cursor while a page is delivered: the first moves
-- the cursor, with history and memory, and the other finds another version.
-- KEYS: cursor, history, memory, series.
-- ARGV: expected version, position (JSON), run that holds the cursor, now, events, entry for the history ('' = the place does not change),
-- entries of history to keep, what is not delivered now (JSON, '' = unknown), field of the series ('' = none), polls that this ends, then
-- what happens to the memory: 'keep', 'set' and its text, or 'next' and the page it was kept with.
-- Returns 1 when it moved and the failures in a row before, 0 when the version was another or the memory of the page is gone.
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] or redis.call('EXISTS', KEYS[1]) == 0 then
  return {0, 0}
end
local isSilent = ARGV[6] == ''
-- The place stays, and the version with it: only the poll that still holds the cursor may say what is known beside it.
if isSilent and redis.call('HGET', KEYS[1], 'poll') ~= ARGV[3] then
  return {0, 0}
end
if ARGV[11] == 'next' then
  local kept = redis.call('HMGET', KEYS[3], 'next', 'next_page')
  if kept[2] ~= ARGV[12] then
    return {0, 0}
  end
  redis.call('HSET', KEYS[3], 'now', kept[1])
elseif ARGV[11] == 'set' then
  redis.call('HSET', KEYS[3], 'now', ARGV[12])
end
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
redis.call('HSET', KEYS[1], 'position', ARGV[2], 'version', tonumber(version) + (isSilent and 0 or 1), 'updated_at', ARGV[4],
  'last_success_at', ARGV[4], 'failures', 0)
redis.call('HINCRBY', KEYS[1], 'events', ARGV[5])
note_series(KEYS[4], ARGV[9], tonumber(ARGV[10]), 0, tonumber(ARGV[5]), '', '')
if tonumber(ARGV[5]) > 0 then
  redis.call('HSET', KEYS[1], 'last_delivery_at', ARGV[4])
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[1], 'backlog', ARGV[8])
end
redis.call('HDEL', KEYS[1], 'not_before', 'last_error', 'last_hint')
for _, name in ipairs({'poll', 'page'}) do
  if redis.call('HGET', KEYS[1], name) == ARGV[3] then
    redis.call('HSET', KEYS[1], name, '')
  end
end
if not isSilent then
  redis.call('LPUSH', KEYS[2], ARGV[6])
  redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[7]) - 1)
end
return {1, failures}
