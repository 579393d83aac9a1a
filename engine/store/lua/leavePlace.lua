-- keys: 5
-- use: places
-- race: a run that gives its place back while another process finds the account at its limit: one of the two must put the account back
-- into the round robin, or its backlog waits for the reconciler.
-- KEYS: in flight of the account, in flight of the tenant, backlogs, round robin of the tenant, slots. ARGV: account, id.
-- Returns the accounts whose backlogs are to be looked at; none while there is no room.
return leave_place(1, ARGV[1], ARGV[2])
