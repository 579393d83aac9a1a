-- keys: 4
-- use: changes
-- race: two workers that replay the same run of a bulk replay note one result.
-- Notes the result of the run whose turn it was, unless another has noted it. KEYS: pending, results, refused, stream of changes of the
-- tenant's bulk replays. ARGV: run, result (JSON), 'refused' or 'replayed', id of the bulk replay. Returns 1 when it was noted.
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
redis.call('RPUSH', KEYS[2], ARGV[2])
if ARGV[3] == 'refused' then
  redis.call('RPUSH', KEYS[3], ARGV[2])
end
announce(KEYS[4], ARGV[4])
return 1
