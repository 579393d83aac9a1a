-- keys: any
-- race: none; it only reads. Each end of a step asks for the workflow's run and for the states of its steps: two commands cost a busy worker
-- twice as much, and two dozen names of fields, each an argument, as much again.
-- Some fields of a run, and how the runs below it stand. KEYS: the run, then those below it. ARGV: names of fields with a space between.
-- Returns {field, value, ... of those that are there; the status of each below, '' for none, with ' skipped' after it where it was}.
local names = {}
for name in string.gmatch(ARGV[1], '%S+') do
  names[#names + 1] = name
end
local values = redis.call('HMGET', KEYS[1], unpack(names))
local fields, states = {}, {}
for i, name in ipairs(names) do
  if values[i] then
    fields[#fields + 1] = name
    fields[#fields + 1] = values[i]
  end
end
for i = 2, #KEYS do
  local found = redis.call('HMGET', KEYS[i], 'status', 'skipped')
  local status = found[1] or ''
  states[i - 1] = found[2] and status .. ' skipped' or status
end
return {fields, states}
