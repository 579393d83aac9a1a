-- keys: 3
-- A worker tells that it lives, or (with an empty beat) that it leaves; those that were silent for long are taken off.
-- KEYS: workers, slots, reserved slots. ARGV: id, beat (JSON with `slots`, `reserved` and `seenAt`), oldest time of a beat that counts.
-- Returns 1 when the number of slots has changed.
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
local slots, reserved = 0, 0
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local beat = cjson.decode(flat[i + 1])
  if beat.seenAt < tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], flat[i])
  else
    slots, reserved = slots + beat.slots, reserved + (beat.reserved or 0)
  end
end
redis.call('SET', KEYS[3], reserved)
local before = redis.call('GETSET', KEYS[2], slots)
return tonumber(before or -1) == slots and 0 or 1
