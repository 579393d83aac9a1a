-- keys: 1
-- use: changes
-- Notes the replay of a run that is there: as the last one, and among all of them, 100 at most. KEYS: run. ARGV: id, prefix, id of the
-- replay. A second time it changes nothing.
local known = redis.call('HMGET', KEYS[1], 'run', 'replays')
if not known[1] then
  return 0
end
local ids = {}
for id in string.gmatch(known[2] or '', '%S+') do
  if id == ARGV[3] then
    return 1
  end
  ids[#ids + 1] = id
end
ids[#ids + 1] = ARGV[3]
redis.call('HSET', KEYS[1], 'replayed_by', ARGV[3], 'replays', table.concat(ids, ' ', math.max(1, #ids - 99)))
announce(changes_of(ARGV[2], ARGV[1], known[1]), ARGV[1])
return 1
