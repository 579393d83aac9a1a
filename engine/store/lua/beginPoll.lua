-- keys: 1
-- race: two ticks at once (two workers, or a schedule and a person) must not both poll the same part of a source.
-- Takes the right to poll, unless a page is in flight. KEYS: cursor. ARGV: poll run id, now.
-- Returns {'busy', run id, when the page was given to it ('' for a poll)}, {'paused'}, {'later', not before}, or {'go', position ('' = none),
-- version}.
redis.call('HSET', KEYS[1], 'last_tick_at', ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'poll', 'page', 'not_before', 'position', 'version', 'paused', 'page_at')
if held[6] then
  return {'paused'}
end
if held[1] and held[1] ~= '' and held[1] ~= ARGV[1] then
  return {'busy', held[1], ''}
end
if held[2] and held[2] ~= '' then
  return {'busy', held[2], held[7] or ''}
end
if held[3] and tonumber(held[3]) > tonumber(ARGV[2]) then
  return {'later', held[3]}
end
redis.call('HSET', KEYS[1], 'poll', ARGV[1])
return {'go', held[4] or '', held[5] or '0'}
