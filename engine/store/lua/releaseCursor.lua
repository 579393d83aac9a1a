-- keys: 1
-- Frees a cursor from a run that ended without saying so. KEYS: cursor. ARGV: run id. Returns 1 when it was held by that run.
local held = redis.call('HMGET', KEYS[1], 'poll', 'page')
local freed = 0
if held[1] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'poll', '')
  freed = 1
end
if held[2] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'page', '')
  freed = 1
end
return freed
