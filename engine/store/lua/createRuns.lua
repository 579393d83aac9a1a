-- keys: any
-- use: places changes counts
-- race: a second call with the same id must not overwrite a run that has begun meanwhile: ids of children are made from their parent's,
-- and a crash repeats them. And two runs at once must not both take the last of a quota.
-- Writes new runs of one account that differ in nothing but what stands in their records: what they share is asked for and counted once.
-- KEYS: open runs, index of the tenant, index of the workflow (each, as the next with the same note, or the first run for none), usage and
-- quotas of the tenant, in flight of the account and of the tenant, backlog of the account, backlogs, round robin of the tenant, slots;
-- stream of changes (note), counts of their minute, hour and day (note); then the runs.
-- ARGV: tenant, account, most in flight of the account (0 = no limit of its own), 'first' when a person waits, else 'bulk'; 'job' when
-- their jobs are added in the same transaction, 'backlog' when they wait for their turn; default quotas of unfinished runs, of bytes of
-- artifacts and of inputs ('' = they are not checked); what they are counted by ('' = they are not), ms that counts of minutes are kept for,
-- and of hours and days; then of each run: id, created_at, now, trace ('' = none), bytes of its own artifact, how many arguments follow:
-- field, value, ...
-- Returns the outcome of each run (1 when it was written, 0 when it was there, {quota, `<used>/<limit>`} when one is used up), in flight of
-- the account, of the tenant, the tenant's window, 1 when the account has a backlog, the accounts whose backlogs are to be looked at.
local open_runs, index, workflow_index, usage, quotas, of_account, of_tenant, backlog, backlogs, round_robin, slots, stream, minute, hour,
  day, first = unpack(KEYS, 1, 16)
local tenant, account, most, kind, place = unpack(ARGV, 1, 5)
local names = {'unfinished_runs', 'artifact_bytes', 'input_bytes'}
local used, limits = nil, {}
if ARGV[6] ~= '' then
  used = redis.call('HMGET', usage, unpack(names))
  local set = redis.call('HMGET', quotas, unpack(names))
  for i = 1, 3 do
    used[i] = tonumber(used[i] or 0)
    limits[i] = tonumber(set[i] or ARGV[5 + i])
  end
end

local function used_up()
  for i = 1, used and 3 or 0 do
    if used[i] >= limits[i] then
      return {names[i], string.format('%d/%d', used[i], limits[i])}
    end
  end
end

local results, ids, in_index, open, inputs, artifacts = {}, {}, {}, {}, 0, 0
local at = 12
for i = 16, #KEYS do
  local run, id, trace, bytes = KEYS[i], ARGV[at], ARGV[at + 3], tonumber(ARGV[at + 4])
  local from, to = at + 6, at + 5 + ARGV[at + 5]
  local result = 0
  if redis.call('EXISTS', run) == 0 then
    result = used_up() or 1
  end
  results[#results + 1] = result
  if result == 1 then
    local input = 0
    for field = from, to, 2 do
      if ARGV[field] == 'input' or ARGV[field] == 'metadata' then
        input = input + #ARGV[field + 1]
      end
    end
    -- What it waits with in a backlog is written with it.
    if place ~= 'job' and trace ~= '' then
      redis.call('HSET', run, 'trace', trace, unpack(ARGV, from, to))
    else
      redis.call('HSET', run, unpack(ARGV, from, to))
    end
    ids[#ids + 1] = id
    in_index[#in_index + 1] = ARGV[at + 1]
    in_index[#in_index + 1] = id
    open[#open + 1] = ARGV[at + 2]
    open[#open + 1] = id
    inputs, artifacts = inputs + input, artifacts + bytes
    if used then
      used[1], used[2], used[3] = used[1] + 1, used[2] + bytes, used[3] + input
    end
    if stream ~= first then
      announce(stream, id)
    end
  end
  at = to + 1
end

local window = window_of(slots)
local has_backlog, accounts, in_flight = nil, {}, nil
if #ids > 0 then
  if index ~= first then
    redis.call('ZADD', index, unpack(in_index))
  end
  if workflow_index ~= first then
    redis.call('ZADD', workflow_index, unpack(in_index))
  end
  local count = string.format('%d', #ids)
  redis.call('HINCRBY', usage, 'unfinished_runs', count)
  if artifacts > 0 then
    redis.call('HINCRBY', usage, 'artifact_bytes', string.format('%d', artifacts))
  end
  if inputs > 0 then
    redis.call('HINCRBY', usage, 'input_bytes', string.format('%d', inputs))
  end
  if ARGV[9] ~= '' then
    count_new({minute, hour, day}, {ARGV[10], ARGV[11], ARGV[11]}, ARGV[9], count)
  end
  if place == 'job' then
    redis.call('SADD', of_account, unpack(ids))
    if of_tenant ~= of_account then
      redis.call('SADD', of_tenant, unpack(ids))
    end
    redis.call('ZADD', open_runs, unpack(open))
  else
    -- What a person waits for goes before the others.
    if redis.call(kind == 'first' and 'LPUSH' or 'RPUSH', backlog, unpack(ids)) == #ids then
      redis.call('HSET', backlogs, account, tenant .. ' ' .. most .. ' ready')
      redis.call('RPUSH', round_robin, account)
    end
    has_backlog = 1
    in_flight = redis.call('SCARD', of_tenant)
    accounts = accounts_for(room_of(window, in_flight), round_robin)
  end
end
local its = redis.call('SCARD', of_account)
if not in_flight then
  in_flight = of_tenant == of_account and its or redis.call('SCARD', of_tenant)
end
return {results, its, in_flight, window, has_backlog or redis.call('EXISTS', backlog), accounts}
