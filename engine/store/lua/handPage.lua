-- keys: 3
-- use: series
-- race: the cursor is moved, or the poll is replaced, while the source is asked: its page must not be delivered then. A repeat after a crash
-- finds that the page was handed over.
-- A poll has its answer: the page's run takes over from the poll. KEYS: cursor, memory, series.
-- ARGV: poll run id, page run id ('' = nothing new), now, version the poll read, what is not delivered (JSON, '' = unknown), ms that the
-- poll took, field of the series ('' = none), its lag in s and rows that are not delivered ('' = unknown), then the memory to keep with the
-- page, if any.
-- Returns 1 and the failures in a row before, or 0 when the poll no longer holds the cursor (it was moved, or the page was committed already).
local held = redis.call('HMGET', KEYS[1], 'poll', 'version', 'page', 'failures')
if held[1] ~= ARGV[1] then
  -- A repeat after a crash: the page was handed over already, its run may still have to be written.
  return ARGV[2] ~= '' and held[3] == ARGV[2] and {1, 0} or {0, 0}
end
if (held[2] or '0') ~= ARGV[4] then
  redis.call('HSET', KEYS[1], 'poll', '')
  return {0, 0}
end
redis.call('HSET', KEYS[1], 'poll', '', 'page', ARGV[2], 'page_at', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'polls', 1)
redis.call('HINCRBY', KEYS[1], 'poll_ms', ARGV[6])
note_series(KEYS[3], ARGV[7], 1, 0, 0, ARGV[8], ARGV[9])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[1], 'backlog', ARGV[5])
end
if ARGV[2] == '' then
  redis.call('HSET', KEYS[1], 'last_success_at', ARGV[3], 'failures', 0)
  redis.call('HDEL', KEYS[1], 'not_before', 'last_error', 'last_hint')
elseif ARGV[10] then
  redis.call('HSET', KEYS[2], 'next', ARGV[10], 'next_page', ARGV[2])
end
return {1, tonumber(held[4] or 0)}
