-- keys: 4
-- use: jobs lanes reserve
-- Writes a run and its job once; a second call with the same id changes nothing, so deterministic child ids are safe to repeat.
-- KEYS: run, index of the tenant (or of nothing: the run itself), open runs, index of the workflow (or the run itself).
-- ARGV: id, created_at, now, prefix, tenant, account, most in hand of the account (0 = no limit of its own), 'first' when a person
-- waits, else 'bulk'; trace ('' = none); default quotas of unfinished runs, of bytes of artifacts and of inputs ('' = they are not
-- checked), bytes of its own artifact; then field, value, ...
-- Ranks of jobs: 0 goes first, 1 is a tenant's and 2 an account's that asks for little, 3 is the rest. A run that waits in its lane
-- gets its job when it is let in.
-- Returns 1 when it was written, 0 when it was there; {quota, `<used>/<limit>`} when one is used up.
local id, now, prefix, tenant, account = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local most, kind = tonumber(ARGV[7]), ARGV[8]
local trace = ARGV[9] ~= '' and ARGV[9]
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
local usage = prefix .. 'usage:' .. tenant
if ARGV[10] ~= '' then
  local names = {'unfinished_runs', 'artifact_bytes', 'input_bytes'}
  local used = redis.call('HMGET', usage, unpack(names))
  local limits = redis.call('HMGET', prefix .. 'quotas:' .. tenant, unpack(names))
  for i, name in ipairs(names) do
    local limit = tonumber(limits[i] or ARGV[9 + i])
    if tonumber(used[i] or 0) >= limit then
      return {name, (used[i] or 0) .. '/' .. string.format('%d', limit)}
    end
  end
end
redis.call('HINCRBY', usage, 'unfinished_runs', 1)
if ARGV[13] ~= '0' then
  redis.call('HINCRBY', usage, 'artifact_bytes', ARGV[13])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 14))
redis.call('HINCRBY', usage, 'input_bytes', redis.call('HSTRLEN', KEYS[1], 'input'))
if KEYS[2] ~= KEYS[1] then
  redis.call('ZADD', KEYS[2], ARGV[2], id)
end
if KEYS[4] ~= KEYS[1] then
  redis.call('ZADD', KEYS[4], ARGV[2], id)
end

-- A tenant that has less than this in flight goes before those that have more, and so does an account.
local FEW = 10

-- So do twenty runs at once, then one per second; a tenant has three times that. What is asked for beyond keeps its place in the
-- queue, so nobody starves.
local function has_credit(owner, burst, every_ms)
  local key = prefix .. 'credit:' .. owner
  local next_at = math.max(tonumber(redis.call('GET', key) or 0), now)
  if next_at - now > (burst - 1) * every_ms then
    return false
  end
  redis.call('SET', key, string.format('%d', next_at + every_ms), 'PX', string.format('%d', next_at + every_ms - now))
  return true
end

local window = window_of(prefix)
local allowed = math.min(most > 0 and most or window, window)
local mine, of_tenant = in_hand(prefix, account), in_hand(prefix, tenant)
local rank = 0
local is_laned
if kind == 'first' then
  is_laned = mine >= 2 * allowed
else
  local is_small = has_credit(account, 20, 1000) or mine < FEW
  rank = is_small and ((has_credit(tenant, 60, 333) or of_tenant < FEW) and 1 or 2) or 3
  is_laned = mine >= allowed
    or redis.call('EXISTS', prefix .. 'lane:' .. account) == 1
    or not is_small and of_tenant >= window
end
if is_laned then
  redis.call('HSET', KEYS[1], 'lane', '1')
  if trace then
    redis.call('HSET', KEYS[1], 'trace', trace)
  end
  enter_lane(prefix, tenant, account, most, id, kind == 'first')
  return 1
end
redis.call('SADD', prefix .. 'in-hand:' .. account, id)
redis.call('SADD', prefix .. 'in-hand:' .. tenant, id)
redis.call('ZADD', KEYS[3], now, id)
local queue = queue_for(prefix, of_tenant)
add_job(prefix, queue, id, queue == 'urgent' and 0 or rank, now, trace)
return 1
