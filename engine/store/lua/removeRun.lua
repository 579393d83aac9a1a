-- keys: 5
-- use: counts
-- race: two workers that remove the same ended run subtract it from the usage and the counts of the tenant once, by the size that it has then.
-- KEYS: run, usage of the tenant, counts of its minute, hour and day. ARGV: bytes of artifacts, what it
-- was counted by when it was written, and when it ended ('' = it was not).
local input = redis.call('HSTRLEN', KEYS[1], 'input') + redis.call('HSTRLEN', KEYS[1], 'metadata')
if redis.call('UNLINK', KEYS[1]) == 1 then
  if ARGV[1] ~= '0' then
    redis.call('HINCRBY', KEYS[2], 'artifact_bytes', -tonumber(ARGV[1]))
  end
  for i = 2, 3 do
    if ARGV[i] ~= '' then
      count_more({KEYS[3], KEYS[4], KEYS[5]}, ARGV[i], '-1')
    end
  end
  if input > 0 then
    redis.call('HINCRBY', KEYS[2], 'input_bytes', -input)
  end
end
