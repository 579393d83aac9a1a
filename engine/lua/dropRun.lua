-- keys: 2
-- use: jobs lanes
-- Takes a run away with its place. KEYS: run, open runs. ARGV: id, now, prefix, tenant, account.
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
leave_hand(ARGV[3], ARGV[4], ARGV[5], ARGV[1])
admit(ARGV[3], ARGV[4], ARGV[2])
