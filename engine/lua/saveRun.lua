-- keys: 3
-- Saves fields of a run in hand. KEYS: run, open runs, channel. ARGV: id, fence, now, then field, value, ...
-- Returns 'ok'; 'canceled' when the fields were saved and a cancel is wanted; 'lost' when another holder has the run or it ended.
local held = redis.call('HMGET', KEYS[1], 'fence', 'cancel_requested_at', 'status')
local status = held[3]
if held[1] ~= ARGV[2] or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return 'lost'
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local now = redis.call('HGET', KEYS[1], 'status')
if now ~= status then
  redis.call('PUBLISH', KEYS[3], now)
end
if held[2] then
  return 'canceled'
end
return 'ok'
