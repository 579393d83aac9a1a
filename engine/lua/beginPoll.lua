-- keys: 1
-- Takes the right to poll, unless a page is in flight. KEYS: cursor. ARGV: poll run id, now.
-- Returns {'busy', run id} while a poll or a page is in hand or a pause or a backoff holds, else {'ok', value, key, version, '1' when there is a value, '1' when there is a key}.
local held = redis.call('HMGET', KEYS[1], 'poll', 'page', 'not_before', 'value', 'key', 'version')
if held[1] and held[1] ~= '' and held[1] ~= ARGV[1] then
  return {'busy', held[1]}
end
if held[2] and held[2] ~= '' then
  return {'busy', held[2]}
end
if held[3] and tonumber(held[3]) > tonumber(ARGV[2]) then
  return {'later', held[3]}
end
redis.call('HSET', KEYS[1], 'poll', ARGV[1], 'last_tick_at', ARGV[2])
return {'ok', held[4] or '', held[5] or '', held[6] or '0', held[4] and '1' or '0', held[5] and '1' or '0'}
