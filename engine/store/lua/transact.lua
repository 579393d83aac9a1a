-- keys: any
-- use: changes
-- race: what the caller read, and decided by, may have changed since: the checks say what must still be so.
-- Checks, then writes, all or nothing. ARGV[1] is JSON: {checks: [[kind, key index, ...]], writes: [[command, key index, ...]]}.
-- Checks: version (a record's version is this), exists, absent, free (a hash field is empty or holds this value),
-- field (a hash field holds this value), equals (a string is this), members (an index has as many members), quota (an index has fewer
-- members than the field of the hash of limits of another key index says, or than a default, or this one is a member; found is
-- `<used>/<limit>`), usage (as quota: a field of a hash of usage and an amount are together no more than the limit).
-- A write is a command, or ANNOUNCE with the id of what changed, on a stream of changes.
-- Returns 0, or the number of the check that failed (from 1) and what was found there.
local plan = cjson.decode(ARGV[1])
for number, check in ipairs(plan.checks) do
  local kind, key, found, ok = check[1], KEYS[check[2]], nil, nil
  if kind == 'version' then
    found = redis.call('HGET', key, 'version')
    ok = found == check[3]
  elseif kind == 'exists' then
    ok = redis.call('EXISTS', key) == 1
  elseif kind == 'absent' then
    found = redis.call('EXISTS', key)
    ok = found == 0
  elseif kind == 'free' then
    found = redis.call('HGET', key, check[3])
    ok = not found or found == '' or found == check[4]
  elseif kind == 'field' then
    found = redis.call('HGET', key, check[3])
    ok = found == check[4]
  elseif kind == 'equals' then
    found = redis.call('GET', key)
    ok = found == check[3]
  elseif kind == 'members' then
    found = redis.call('ZCARD', key)
    ok = found == tonumber(check[3])
  elseif kind == 'quota' then
    local used = redis.call('ZCARD', key)
    local limit = tonumber(redis.call('HGET', KEYS[check[4]], check[3]) or check[5])
    ok = used < limit or check[6] ~= '' and redis.call('ZSCORE', key, check[6])
    found = used .. '/' .. string.format('%d', limit)
  elseif kind == 'usage' then
    local used = math.max(0, tonumber(redis.call('HGET', key, check[3]) or 0))
    local limit = tonumber(redis.call('HGET', KEYS[check[4]], check[3]) or check[5])
    ok = used + tonumber(check[6]) <= limit
    found = string.format('%d/%d', used, limit)
  end
  if not ok then
    return { number, found or '' }
  end
end
for _, write in ipairs(plan.writes) do
  if write[1] == 'ANNOUNCE' then
    announce(KEYS[write[2]], write[3])
  else
    redis.call(write[1], KEYS[write[2]], unpack(write, 3))
  end
end
return { 0 }
