-- keys: 3
-- race: two workers start or leave at once: the number of slots that is written last must count both.
-- A worker sends a heartbeat, or leaves with an empty one; those that were silent for long are removed.
-- KEYS: workers, slots, reserved slots. ARGV: id, heartbeat (JSON with `slots`, `reserved` and `seenAt`), oldest time that counts.
-- Returns 1 when the number of slots has changed.
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
local slots, reserved = 0, 0
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  local heartbeat = cjson.decode(flat[i + 1])
  if heartbeat.seenAt < tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], flat[i])
  else
    slots, reserved = slots + heartbeat.slots, reserved + (heartbeat.reserved or 0)
  end
end
redis.call('SET', KEYS[3], reserved)
local before = redis.call('GETSET', KEYS[2], slots)
return tonumber(before or -1) == slots and 0 or 1
