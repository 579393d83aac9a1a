-- keys: any
-- use: places
-- race: two processes that see the same room would both fill it, or both release the same run. The accounts are read before; the script
-- stops at one that was not handed in, and says so.
-- Releases runs from the backlogs of one tenant, one of each account in turn, until the tenant has its fill in flight; of the only account
-- as many as there is room for. Each look either takes runs or takes an account out of the round robin, so the work is constant per run.
-- KEYS: round robin, backlogs, open runs, slots, in flight of the tenant; then for each account: its backlog, in flight of the account.
-- ARGV: tenant, now, accounts.
-- Returns {1 when another account is next and there is room, else 0; then id, account, ...} of what was released. Runs that were canceled
-- in their backlog are among them. The caller gives jobs to the others; after a crash before that, the reconciler does.
local round_robin, backlogs, open_runs, slots, of_tenant = unpack(KEYS, 1, 5)
local tenant, now = ARGV[1], ARGV[2]
-- Lua passes only so many values at once.
local MAX_AT_ONCE = 1000

local known = {}
for i = 3, #ARGV do
  known[ARGV[i]] = {backlog = KEYS[2 * i], in_flight = KEYS[2 * i + 1]}
end

local function release(account, its, count)
  local ids = redis.call('LPOP', its.backlog, count) or {}
  if #ids == 0 then
    return ids
  end
  local open = {}
  for _, id in ipairs(ids) do
    open[#open + 1] = now
    open[#open + 1] = id
  end
  redis.call('SADD', its.in_flight, unpack(ids))
  redis.call('SADD', of_tenant, unpack(ids))
  redis.call('ZADD', open_runs, unpack(open))
  return ids
end

local window = window_of(slots)
local room = room_of(window, redis.call('SCARD', of_tenant))
local answer = {0}
for _ = 1, window do
  local account = room > 0 and redis.call('LINDEX', round_robin, 0)
  if not account then
    break
  end
  local its = known[account]
  if not its then
    answer[1] = 1
    break
  end
  redis.call('LPOP', round_robin)
  local most = tonumber(string.match(redis.call('HGET', backlogs, account) or '', ' (%d+) ') or 0)
  local left = math.min(most > 0 and most or window, window) - redis.call('SCARD', its.in_flight)
  if left <= 0 then
    redis.call('HSET', backlogs, account, tenant .. ' ' .. most .. ' at_limit')
  else
    local is_only = redis.call('EXISTS', round_robin) == 0
    local ids = release(account, its, is_only and math.min(room, left, MAX_AT_ONCE) or 1)
    room = room - #ids
    for _, id in ipairs(ids) do
      answer[#answer + 1] = id
      answer[#answer + 1] = account
    end
    if redis.call('EXISTS', its.backlog) == 1 then
      redis.call('RPUSH', round_robin, account)
    else
      redis.call('HDEL', backlogs, account)
    end
  end
end
return answer
