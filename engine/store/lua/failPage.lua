-- keys: 2
-- use: series
-- race: a page that fails while a person moves the cursor, or while the next page is in flight, must not begin a backoff for that one.
-- A poll or a page failed: the cursor stays and the next try waits, twice as long after each failure.
-- KEYS: cursor, series. ARGV: run id, now, first wait in ms, longest wait in ms, error text, what to do about it ('' = nothing is known),
-- field of the series ('' = none).
-- Returns the number of failures in a row, or 0 when the run does not hold the cursor.
local held = redis.call('HMGET', KEYS[1], 'poll', 'page')
if held[1] ~= ARGV[1] and held[2] ~= ARGV[1] then
  return 0
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HINCRBY', KEYS[1], 'failures_total', 1)
note_series(KEYS[2], ARGV[7], 0, 1, 0, '', '')
local wait = math.min(tonumber(ARGV[3]) * 2 ^ math.min(failures - 1, 20), tonumber(ARGV[4]))
redis.call('HSET', KEYS[1], 'poll', '', 'page', '', 'not_before', string.format('%.0f', tonumber(ARGV[2]) + wait),
  'last_error', ARGV[5], 'last_hint', ARGV[6], 'last_failure_at', ARGV[2])
return failures
