-- keys: 2
-- Takes a place of what a tenant holds open. KEYS: places of the tenant, its quotas. ARGV: id, now, ms until it lapses, default quota,
-- name of the quota.
-- Returns '' when it was taken, else `<used>/<limit>`.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
local used = redis.call('ZCARD', KEYS[1])
local limit = tonumber(redis.call('HGET', KEYS[2], ARGV[5]) or ARGV[4])
if used >= limit then
  return used .. '/' .. string.format('%d', limit)
end
redis.call('ZADD', KEYS[1], tonumber(ARGV[2]) + tonumber(ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[3]))
return ''
