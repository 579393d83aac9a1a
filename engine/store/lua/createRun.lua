-- keys: 16
-- use: places changes counts
-- race: a second call with the same id must not overwrite a run that has begun meanwhile: ids of children are made from their parent's,
-- and a crash repeats them. And two runs at once must not both take the last of a quota.
-- KEYS: run, index of the tenant (or of nothing: the run itself), open runs, index of the workflow (or the run itself), usage and quotas
-- of the tenant, in flight of the account and of the tenant, backlog of the account, backlogs, round robin of the tenant, slots; stream of
-- changes (or the run itself), counts of its minute, hour and day (or the run itself).
-- ARGV: id, created_at, now, tenant, account, most in flight of the account (0 = no limit of its own), 'first' when a person
-- waits, else 'bulk'; 'job' when its job is added in the same transaction, 'backlog' when it waits for its turn; trace ('' = none);
-- default quotas of unfinished runs, of bytes of artifacts and of inputs ('' = they are not checked), bytes of its own artifact; what
-- it is counted by ('' = it is not), ms that counts of minutes are kept for, and of hours and days; then field, value, ...
-- Returns {1 when it was written, else 0, in flight of the account, of the tenant, the tenant's window, 1 when the account has a backlog,
-- the accounts whose backlogs are to be looked at}; {quota, `<used>/<limit>`} when one is used up.
local id = ARGV[1]
local is_written, has_backlog, accounts = 0, nil, {}
local of_account, of_tenant = nil, nil
local window = window_of(KEYS[12])
if redis.call('EXISTS', KEYS[1]) == 0 then
  if ARGV[10] ~= '' then
    local names = {'unfinished_runs', 'artifact_bytes', 'input_bytes'}
    local used = redis.call('HMGET', KEYS[5], unpack(names))
    local limits = redis.call('HMGET', KEYS[6], unpack(names))
    for i, name in ipairs(names) do
      local limit = tonumber(limits[i] or ARGV[9 + i])
      if tonumber(used[i] or 0) >= limit then
        return {name, (used[i] or 0) .. '/' .. string.format('%d', limit)}
      end
    end
  end
  is_written = 1
  if KEYS[2] ~= KEYS[1] then
    redis.call('ZADD', KEYS[2], ARGV[2], id)
  end
  if KEYS[4] ~= KEYS[1] then
    redis.call('ZADD', KEYS[4], ARGV[2], id)
  end
  local input = 0
  for i = 17, #ARGV, 2 do
    if ARGV[i] == 'input' or ARGV[i] == 'metadata' then
      input = input + #ARGV[i + 1]
    end
  end
  -- What it waits with in a backlog is written with it.
  if ARGV[8] ~= 'job' and ARGV[9] ~= '' then
    redis.call('HSET', KEYS[1], 'trace', ARGV[9], unpack(ARGV, 17))
  else
    redis.call('HSET', KEYS[1], unpack(ARGV, 17))
  end
  redis.call('HINCRBY', KEYS[5], 'unfinished_runs', '1')
  if ARGV[13] ~= '0' then
    redis.call('HINCRBY', KEYS[5], 'artifact_bytes', ARGV[13])
  end
  if input > 0 then
    redis.call('HINCRBY', KEYS[5], 'input_bytes', string.format('%d', input))
  end
  if ARGV[14] ~= '' then
    count_new({KEYS[14], KEYS[15], KEYS[16]}, {ARGV[15], ARGV[16], ARGV[16]}, ARGV[14])
  end
  if KEYS[13] ~= KEYS[1] then
    announce(KEYS[13], id)
  end
  if ARGV[8] == 'job' then
    redis.call('SADD', KEYS[7], id)
    if KEYS[8] ~= KEYS[7] then
      redis.call('SADD', KEYS[8], id)
    end
    redis.call('ZADD', KEYS[3], ARGV[3], id)
  else
    -- What a person waits for goes before the others.
    if redis.call(ARGV[7] == 'first' and 'LPUSH' or 'RPUSH', KEYS[9], id) == 1 then
      redis.call('HSET', KEYS[10], ARGV[5], ARGV[4] .. ' ' .. ARGV[6] .. ' ready')
      redis.call('RPUSH', KEYS[11], ARGV[5])
    end
    has_backlog = 1
    of_tenant = redis.call('SCARD', KEYS[8])
    accounts = accounts_for(room_of(window, of_tenant), KEYS[11])
  end
end
of_account = redis.call('SCARD', KEYS[7])
if not of_tenant then
  of_tenant = KEYS[8] == KEYS[7] and of_account or redis.call('SCARD', KEYS[8])
end
return {is_written, of_account, of_tenant, window, has_backlog or redis.call('EXISTS', KEYS[9]), accounts}
