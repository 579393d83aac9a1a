-- keys: 4
-- use: lanes changes
-- Saves fields of a run in hand. KEYS: run, open runs, channel, stream of changes (or the run itself).
-- ARGV: id, fence, now, '1' when the run leaves the hand, prefix, tenant, account, then field, value, ...
-- Returns 'ok'; 'canceled' when the fields were saved and a cancel is wanted; 'lost' when another holder has the run or it ended.
-- When it leaves, other runs are let in in its place: they are returned beside it.
local held = redis.call('HMGET', KEYS[1], 'fence', 'cancel_requested_at', 'status')
local status = held[3]
if held[1] ~= ARGV[2] or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return {'lost', admitted}
end
redis.call('HSET', KEYS[1], unpack(ARGV, 8))
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
for i = 8, #ARGV, 2 do
  if ARGV[i] == 'status' and ARGV[i + 1] ~= status then
    redis.call('PUBLISH', KEYS[3], ARGV[i + 1])
    if KEYS[4] ~= KEYS[1] then
      announce(KEYS[4], ARGV[1])
    end
  end
end
if ARGV[4] == '1' then
  leave_hand(ARGV[5], ARGV[6], ARGV[7], ARGV[1])
  admit(ARGV[5], ARGV[6], ARGV[3])
end
return {held[2] and 'canceled' or 'ok', admitted}
