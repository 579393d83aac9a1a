-- How many runs were created in each minute, hour and day, by what they have. One hash per bucket. A field's name is what a run is counted
-- by, a line each: `t` is all runs, `succeeded`, `failed` and `canceled` those that have ended so, `<letter>|<value>` those with an action,
-- workflow, account or error code. A field of several lines counts for each of them, so that a run takes one HINCRBY per bucket where
-- it took one per line: those were a third of what Redis did for a new run.

-- A field of several lines begins at this, so that one whose count came back to 0 is not taken for one that is new.
local TOGETHER = 1099511627776
-- Fields of a bucket up to which new ones of several lines are made; then each line is counted by itself, as there are more combinations
-- than values.
local MAX_TOGETHER = 250
-- Fields of a bucket up to which new values are; more of them are counted together under `<letter>|`. A field that is there stays, also
-- with 0: what counts a run again, or no more, finds the field that it was counted in.
local MAX_FIELDS = 750

local function count_lines(key, fields, by)
  for field in string.gmatch(fields, '[^\n]+') do
    if string.sub(field, 2, 2) == '|' and redis.call('HEXISTS', key, field) == 0
      and redis.call('HLEN', key) >= MAX_FIELDS then
      field = string.sub(field, 1, 2)
    end
    redis.call('HINCRBY', key, field, by)
  end
end

-- Adds runs, or takes out '-1' (text, since a number is formatted again for each command), to what they are counted by. Returns whether the
-- bucket was not there.
local function count(key, fields, by)
  if redis.call('HINCRBY', key, fields, by) ~= tonumber(by) then
    return false
  end
  local size = redis.call('HLEN', key)
  if string.find(fields, '\n', 1, true) then
    -- The field is new.
    if size > MAX_TOGETHER then
      redis.call('HDEL', key, fields)
      count_lines(key, fields, by)
    else
      redis.call('HINCRBY', key, fields, string.format('%.0f', TOGETHER))
    end
  end
  return size == 1
end

-- Counts runs that were just written, `by` of them. `keep_ms`: for how long a bucket is kept after its first run, one number for each.
local function count_new(keys, keep_ms, fields, by)
  for i, key in ipairs(keys) do
    if count(key, fields, by) then
      redis.call('PEXPIRE', key, keep_ms[i])
    end
  end
end

-- Counts the end of a run, or (with '-1') takes something out. A bucket that is kept no more stays away.
local function count_more(keys, fields, by)
  for _, key in ipairs(keys) do
    if count(key, fields, by) then
      redis.call('DEL', key)
    end
  end
end
