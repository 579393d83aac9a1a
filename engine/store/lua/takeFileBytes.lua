-- keys: 2
-- race: two writes at once must not both take the last bytes of the quota.
-- Counts bytes that are about to be written to files. KEYS: bytes of the tenant by folder, its quotas. ARGV: folder, bytes, default quota.
-- Returns '' when there was room, else `<used>/<limit>`.
local used = 0
for _, bytes in ipairs(redis.call('HVALS', KEYS[1])) do
  used = used + tonumber(bytes)
end
local limit = tonumber(redis.call('HGET', KEYS[2], 'file_bytes') or ARGV[3])
if used + tonumber(ARGV[2]) > limit then
  return string.format('%d/%d', used, limit)
end
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
return ''
