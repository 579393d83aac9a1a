-- How many runs were created in each minute, hour and day, by what they have. One hash per bucket: `t` is all of them, `succeeded`,
-- `failed` and `canceled` those that have ended so, `<letter>|<value>` those with an action, workflow, account or error code.

-- Values kept of one bucket; more of them are counted together under `<letter>|`. A field that is there stays, also with 0: what counts a
-- run again, or no more, finds the field that it was counted in.
local MAX_VALUES = 500

local function add_to(key, size, fields, by)
  for field in string.gmatch(fields, '[^\n]+') do
    if size >= MAX_VALUES and string.sub(field, 2, 2) == '|' and redis.call('HEXISTS', key, field) == 0 then
      field = string.sub(field, 1, 2)
    end
    redis.call('HINCRBY', key, field, by)
  end
end

-- Counts a run that was just written. `keep_ms`: for how long a bucket is kept after its first run, one number for each.
local function count_new(keys, keep_ms, fields)
  for i, key in ipairs(keys) do
    local size = redis.call('HLEN', key)
    add_to(key, size, fields, 1)
    if size == 0 then
      redis.call('PEXPIRE', key, keep_ms[i])
    end
  end
end

-- Counts the end of a run, or (with -1) takes it out. A bucket that is kept no more stays away.
local function count_more(keys, fields, by)
  for _, key in ipairs(keys) do
    local size = redis.call('HLEN', key)
    if size > 0 then
      add_to(key, size, fields, by)
    end
  end
end
