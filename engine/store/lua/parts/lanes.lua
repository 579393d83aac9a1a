-- Runs of an account beyond what may be in hand wait in its lane, a list; accounts with a lane that may give one stand in the ring
-- of their tenant. `laned` says of each account with a lane: `<tenant> <most in hand> ready|parked`. In hand is what has a job and has
-- neither ended nor begun to wait for the service. Keys are made from the prefix here, as in engine/store/redis-keys.ts.

-- Six times the slots of all workers: a busy worker takes three turns of its event loop from the end of a run to the job of the next one
-- let in, and in each turn every slot may end a run. With twice the slots the queue was measured to run dry half of the time.
local function window_of(prefix)
  return math.max(64, 6 * tonumber(redis.call('GET', prefix .. 'slots') or 0))
end

-- Lua can hand on only so many values at once.
local MAX_AT_ONCE = 1000

local function in_hand(prefix, owner)
  return redis.call('SCARD', prefix .. 'in-hand:' .. owner)
end

-- Puts a run into its account's lane, before the others when a person waits for it.
local function enter_lane(prefix, tenant, account, most, id, is_first)
  local lane = prefix .. 'lane:' .. account
  local length = redis.call(is_first and 'LPUSH' or 'RPUSH', lane, id)
  if length == 1 then
    redis.call('HSET', prefix .. 'laned', account, tenant .. ' ' .. most .. ' ready')
    redis.call('RPUSH', prefix .. 'ring:' .. tenant, account)
  end
end

-- A run is no longer in hand; its account's lane may give the next.
local function leave_hand(prefix, tenant, account, id)
  redis.call('SREM', prefix .. 'in-hand:' .. account, id)
  if account ~= tenant then
    redis.call('SREM', prefix .. 'in-hand:' .. tenant, id)
  end
  local known = redis.call('HGET', prefix .. 'laned', account)
  if known and string.sub(known, -6) == 'parked' then
    redis.call('HSET', prefix .. 'laned', account, string.sub(known, 1, -7) .. 'ready')
    redis.call('RPUSH', prefix .. 'ring:' .. tenant, account)
  end
end

-- What was let in, for the caller to give jobs to: id, rank, trace, ... A crash before it does leaves runs without jobs among the open
-- ones, where the reconciler finds them.
local admitted = {}

-- Lets the next runs of a lane in, at most `most` of them. Returns how many.
local function let_in(prefix, tenant, account, most, now)
  local inner, count, open = {}, 0, {}
  for _, id in ipairs(redis.call('LPOP', prefix .. 'lane:' .. account, most) or {}) do
    local run = redis.call('HMGET', prefix .. 'run:' .. id, 'status', 'interactive', 'trace')
    if run[1] == 'queued' then
      count = count + 1
      inner[count] = id
      open[2 * count - 1], open[2 * count] = now, id
      admitted[#admitted + 1] = id
      admitted[#admitted + 1] = run[2] and '0' or '3'
      admitted[#admitted + 1] = run[3] or ''
    end
  end
  if count > 0 then
    redis.call('SADD', prefix .. 'in-hand:' .. account, unpack(inner))
    redis.call('SADD', prefix .. 'in-hand:' .. tenant, unpack(inner))
    redis.call('ZADD', prefix .. 'runs-open', unpack(open))
  end
  return count
end

-- Takes runs out of the tenant's lanes, one of each account in turn, until the tenant has its fill in hand; of the only account as
-- many as there is room for. While the tenant is nearly full nothing is taken, so that several are taken at once. Each look either
-- takes runs or takes an account out of the ring, so the work is constant per run. Returns how many were taken.
local function admit(prefix, tenant, now)
  local ring = prefix .. 'ring:' .. tenant
  if redis.call('EXISTS', ring) == 0 then
    return 0
  end
  local window = window_of(prefix)
  local room = window - in_hand(prefix, tenant)
  if room < window / 8 then
    return 0
  end
  local count = 0
  for _ = 1, window do
    local account = room > 0 and redis.call('LPOP', ring)
    if not account then
      break
    end
    local known = redis.call('HGET', prefix .. 'laned', account)
    local most = known and tonumber(string.match(known, ' (%d+) ')) or 0
    local left = math.min(most > 0 and most or window, window) - in_hand(prefix, account)
    if left <= 0 then
      redis.call('HSET', prefix .. 'laned', account, tenant .. ' ' .. most .. ' parked')
    else
      local is_only = redis.call('EXISTS', ring) == 0
      local taken = let_in(prefix, tenant, account, is_only and math.min(room, left, MAX_AT_ONCE) or 1, now)
      room, count = room - taken, count + taken
      if redis.call('EXISTS', prefix .. 'lane:' .. account) == 1 then
        redis.call('RPUSH', ring, account)
      else
        redis.call('HDEL', prefix .. 'laned', account)
      end
    end
  end
  return count
end
