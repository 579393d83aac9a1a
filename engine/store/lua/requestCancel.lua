-- keys: 3
-- use: changes
-- race: a run ends while it is canceled: an ended run gets no request, and one that continues gets it with the message to its worker.
-- KEYS: run, channel of cancels, stream of changes (or the run itself). ARGV: id, now.
-- Returns the status it had, or '' when there is no such run. A second call changes nothing.
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return ''
end
if status == 'queued' or status == 'waiting' or status == 'running' then
  if redis.call('HSETNX', KEYS[1], 'cancel_requested_at', ARGV[2]) == 1 and KEYS[3] ~= KEYS[1] then
    announce(KEYS[3], ARGV[1])
  end
  redis.call('PUBLISH', KEYS[2], ARGV[1])
end
return status
