-- keys: any
-- race: none; it only reads. A workflow asks for the states of all its steps, and a loop for those of its open items, after each end of one.
-- A pipeline of HMGET took a process two to six times the processor time (measured for 5, 20 and 200 runs).
-- How runs stand. KEYS: runs. Returns the status of each, 'skipped' for a step that was not run, '' for a run that is not there.
local states = {}
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'status', 'skipped')
  states[i] = held[2] and held[1] == 'succeeded' and 'skipped' or held[1] or ''
end
return states
