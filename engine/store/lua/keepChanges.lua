-- keys: 1
-- race: two listeners make a stream at once, or it lapses between the look and the first entry: its first entry is written once, and the
-- positions that are returned are those of the stream with its new life.
-- Makes a stream of changes, or prolongs its life. KEYS: the stream. ARGV: ms to keep it. Returns its oldest and its last position. The
-- first entry names nothing: it is a position to continue from.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XADD', KEYS[1], '*', 'id', '')
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return {oldest[1], last[1]}
