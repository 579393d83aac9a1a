-- The time series of a trigger: one hash per cursor and day, field -> `<polls> <failures> <events> <lag in s> <rows not delivered>`, one
-- field per five minutes in which something happened; the last two are the highest, or '-' while unknown. See engine/cursors/series.ts.
local SERIES_TTL_MS = 8 * 86400000

-- Counts into the present five minutes. `key` is '' for a cursor without a series. `lag` and `rows` are '' when nothing is known.
local function note_series(key, field, polls, failures, events, lag, rows)
  if field == '' then
    return
  end
  local held = redis.call('HGET', key, field) or '0 0 0 - -'
  local p, f, e, l, r = string.match(held, '^(%d+) (%d+) (%d+) (%S+) (%S+)$')
  if not p then
    p, f, e, l, r = '0', '0', '0', '-', '-'
  end
  local function highest(known, now)
    if now == '' then
      return known
    end
    return string.format('%.0f', math.max(tonumber(known) or 0, tonumber(now)))
  end
  redis.call('HSET', key, field, string.format('%.0f %.0f %.0f %s %s', p + polls, f + failures, e + events, highest(l, lag), highest(r, rows)))
  redis.call('PEXPIRE', key, SERIES_TTL_MS)
end

