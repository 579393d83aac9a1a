-- keys: any
-- use: places changes
-- race: a worker that lost its claim writes over what the new holder wrote; and a cancel that comes during the write is told to the holder.
-- Saves fields of a run that is claimed. KEYS: run, open runs, channel of its changes, stream of changes (or the run itself); when the run
-- gives its place back also in flight of the account, in flight of the tenant, backlogs, round robin of the tenant, slots.
-- ARGV: id, fencing token, now, account, then field, value, ...
-- Returns {'ok'; 'canceled' when the fields were saved and a cancel is wanted; 'lost' when another holder has the run or it ended;
-- then the accounts whose backlogs are to be looked at}.
local held = redis.call('HMGET', KEYS[1], 'fencing_token', 'cancel_requested_at', 'status')
local status = held[3]
if held[1] ~= ARGV[2] or (status ~= 'running' and status ~= 'waiting' and status ~= 'queued') then
  return {'lost', {}}
end
redis.call('HSET', KEYS[1], unpack(ARGV, 5))
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
for i = 5, #ARGV, 2 do
  if ARGV[i] == 'status' and ARGV[i + 1] ~= status then
    redis.call('PUBLISH', KEYS[3], ARGV[i + 1])
    if KEYS[4] ~= KEYS[1] then
      announce(KEYS[4], ARGV[1])
    end
  end
end
return {held[2] and 'canceled' or 'ok', #KEYS > 4 and leave_place(5, ARGV[4], ARGV[1]) or {}}
