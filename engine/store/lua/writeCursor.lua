-- keys: 3
-- race: a person sets the cursor while a page is committed: one of them finds the version of the other.
-- Sets or clears a cursor for a person. KEYS: cursor, history, memory.
-- ARGV: expected version ('' = any), position (JSON, '' = back to the start), now, entry for the history without its version,
-- entries of history to keep.
-- What is in flight loses its hold: its commit compares versions and finds another. What was remembered of the part that was read goes, so
-- that it is delivered again.
-- Returns the new version, or -1 when the expected version was another.
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if ARGV[1] ~= '' and version ~= ARGV[1] then
  return -1
end
local next = tonumber(version) + 1
redis.call('HSET', KEYS[1], 'version', next, 'updated_at', ARGV[3], 'poll', '', 'page', '', 'failures', 0)
redis.call('HDEL', KEYS[1], 'not_before', 'last_error', 'last_hint', 'position', 'backlog')
redis.call('DEL', KEYS[3])
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'position', ARGV[2])
end
local entry = cjson.decode(ARGV[4])
entry.version = next
redis.call('LPUSH', KEYS[2], cjson.encode(entry))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[5]) - 1)
return next
