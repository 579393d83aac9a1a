-- A run that has a job, and neither ended nor waits for the service, has a place: it is in flight of its account and of its tenant. The
-- runs of an account beyond that wait in its backlog, a list. Accounts whose backlog may give a run are in the tenant's round robin, a
-- list. The hash of backlogs says of each account with one: `<tenant> <most in flight> ready|at_limit`.

-- What a tenant may have in flight: six times the slots of all workers. A busy worker takes three turns of its event loop from the end of
-- a run to the job of the next one, and in each turn every slot may end a run. With twice the slots the queue was measured to run dry
-- half of the time.
local function window_of(slots)
  return math.max(64, 6 * tonumber(redis.call('GET', slots) or 0))
end

-- How many runs a tenant with so many in flight may get at once. While it is nearly full it gets none, so that several are released
-- together.
local function room_of(window, of_tenant)
  local room = window - of_tenant
  return room < window / 8 and 0 or room
end

-- The accounts whose backlogs are to be looked at next, when there is room. Releasing is a script of its own (releaseRuns), whose keys
-- are made from these.
local MAX_ACCOUNTS = 100
local function accounts_for(room, round_robin)
  return room == 0 and {} or redis.call('LRANGE', round_robin, 0, math.min(room, MAX_ACCOUNTS) - 1)
end

-- A run gives its place back; its account's backlog may give the next run. `first` is the number of the first of five keys: in flight of
-- the account, in flight of the tenant, backlogs, round robin of the tenant, slots. Returns the accounts to look at.
local function leave_place(first, account, id)
  local of_account, of_tenant, backlogs, round_robin, slots = unpack(KEYS, first, first + 4)
  redis.call('SREM', of_account, id)
  if of_account ~= of_tenant then
    redis.call('SREM', of_tenant, id)
  end
  local known = redis.call('HGET', backlogs, account)
  local limited = known and string.match(known, '^(.*) at_limit$')
  if limited then
    redis.call('HSET', backlogs, account, limited .. ' ready')
    redis.call('RPUSH', round_robin, account)
  end
  if redis.call('EXISTS', round_robin) == 0 then
    return {}
  end
  return accounts_for(room_of(window_of(slots), redis.call('SCARD', of_tenant)), round_robin)
end
