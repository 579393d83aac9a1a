-- keys: 2
-- Writes the wish to cancel. KEYS: run, channel of cancels. ARGV: id, now.
-- Returns the status it had, or '' when there is no such run. Ended runs are left alone; a second call changes nothing.
local status = redis.call('HGET', KEYS[1], 'status')
if not status then
  return ''
end
if status == 'queued' or status == 'waiting' or status == 'running' then
  redis.call('HSETNX', KEYS[1], 'cancel_requested_at', ARGV[2])
  redis.call('PUBLISH', KEYS[2], ARGV[1])
end
return status
