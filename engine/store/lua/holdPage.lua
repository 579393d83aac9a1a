-- keys: 1
-- Gives the cursor to a run that delivers a page once more. KEYS: cursor. ARGV: version the page was read at, run, now.
-- Returns {'held'}; {'moved'} when the page was delivered, or the cursor set, since; {'busy', run} while another run delivers.
local held = redis.call('HMGET', KEYS[1], 'version', 'page')
if (held[1] or '0') ~= ARGV[1] or redis.call('EXISTS', KEYS[1]) == 0 then
  return {'moved'}
end
if held[2] and held[2] ~= '' and held[2] ~= ARGV[2] then
  return {'busy', held[2]}
end
redis.call('HSET', KEYS[1], 'poll', '', 'page', ARGV[2], 'page_at', ARGV[3])
return {'held'}
