-- keys: 2
-- Sets or clears a cursor by hand. KEYS: cursor, history. ARGV: expected version ('' = any), value, key, 'set', 'set_value' (every row with the value counts as read) or 'reset', now, by whom, entries to keep.
-- Whatever is in flight loses its hold: its commit compares versions and finds another.
-- Returns the new version, or -1 when the expected version was another.
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if ARGV[1] ~= '' and version ~= ARGV[1] then
  return -1
end
local next = tonumber(version) + 1
redis.call('HSET', KEYS[1], 'version', next, 'updated_at', ARGV[5], 'poll', '', 'page', '', 'failures', 0)
redis.call('HDEL', KEYS[1], 'not_before', 'last_error')
if ARGV[4] == 'reset' then
  redis.call('HDEL', KEYS[1], 'value', 'key')
else
  redis.call('HSET', KEYS[1], 'value', ARGV[2], 'key', ARGV[3])
  if ARGV[4] == 'set_value' then
    redis.call('HDEL', KEYS[1], 'key')
  end
end
local key = ARGV[3]
if ARGV[4] == 'set_value' then
  key = nil
end
redis.call('LPUSH', KEYS[2], cjson.encode({value = ARGV[2], key = key, version = next, by = ARGV[6], at = tonumber(ARGV[5]), action = ARGV[4]}))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[7]) - 1)
return next
