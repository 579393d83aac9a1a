-- keys: 2
-- Moves a cursor forward by compare-and-set on its version. KEYS: cursor, history.
-- ARGV: expected version, value, key, page run id, now, events, entries of history to keep.
-- Returns 1 when it moved, 0 when the version was another.
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'key', ARGV[3], 'version', tonumber(version) + 1, 'updated_at', ARGV[5],
  'last_success_at', ARGV[5], 'failures', 0)
redis.call('HINCRBY', KEYS[1], 'events', ARGV[6])
redis.call('HDEL', KEYS[1], 'not_before', 'last_error')
if redis.call('HGET', KEYS[1], 'page') == ARGV[4] then
  redis.call('HSET', KEYS[1], 'page', '')
end
redis.call('LPUSH', KEYS[2], cjson.encode({value = ARGV[2], key = ARGV[3], version = tonumber(version) + 1, run = ARGV[4], at = tonumber(ARGV[5]), events = tonumber(ARGV[6])}))
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[7]) - 1)
return 1
