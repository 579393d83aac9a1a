-- keys: 1
-- race: the next attempt begins between the read and the write: its mark would be overwritten, and its death not counted.
-- The attempt of beginIsolated ended without a death. KEYS: run. What died before stays known: without progress, the next death counts
-- on top. A run that never died alone loses the mark: nothing tells it from others any more.
-- Returns 1 when it never died alone.
local deaths, last = string.match(redis.call('HGET', KEYS[1], 'isolated') or '', '^%d (%d+) (%x*)$')
if not deaths or deaths == '0' then
  redis.call('HDEL', KEYS[1], 'isolated')
  return 1
end
redis.call('HSET', KEYS[1], 'isolated', '0 ' .. deaths .. ' ' .. last)
return 0
