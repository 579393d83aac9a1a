-- keys: any
-- race: none; it only reads. A workflow asks for the states of all its steps, and a loop for those of its open items, after each end of one;
-- a release reads what it is to give jobs to. A pipeline of HMGET took a process two to six times the processor time (measured for 5, 20
-- and 200 runs), and commands by themselves cost it 10 microseconds each.
-- The same fields of many hashes. KEYS: hashes. ARGV: names. Returns the values of each, in the order of the names.
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = redis.call('HMGET', key, unpack(ARGV))
end
return found
