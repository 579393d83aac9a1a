import { expect, test } from 'vitest';
import { nextCronTime } from '../../../engine/queue/cron.ts';
import { readCron } from '../../../web/src/builder/next-times.ts';

const read = (cron: string, zone: string, after: string) => {
  const found = readCron(cron, zone, { after: Date.parse(after) });
  if ('problem' in found) throw new Error(found.problem);
  return { words: found.words, times: found.times.map((time) => new Date(time).toISOString()) };
};

test('the next five times follow the clock of the zone across both of its changes', () => {
  const spring = read('30 2 * * *', 'Europe/Berlin', '2026-03-27T12:00Z');
  const autumn = read('30 2 * * *', 'Europe/Berlin', '2026-10-23T12:00Z');
  const hourly = read('0 * * * *', 'Europe/Berlin', '2026-10-24T22:30Z');

  expect(spring).toEqual({
    words: 'At 02:30',
    // On the 29th there is no 02:30: the first moment after the gap is 03:00.
    times: [
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
      '2026-04-01T00:30:00.000Z',
    ],
  });
  expect(autumn.times.slice(0, 3)).toEqual([
    '2026-10-24T00:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
  // 02:00 comes twice.
  expect(hourly.times).toEqual([23, 24, 25, 26, 27].map((hour) => new Date(Date.UTC(2026, 9, 24, hour)).toISOString()));
});

test.each([
  ['0 6 * * 1-5', 'America/New_York', '2026-10-30T12:00Z'],
  ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T00:00Z'],
  ['30 0 * * *', 'America/Santiago', '2026-09-04T12:00Z'],
  ['0 6 LW * *', 'Asia/Kolkata', '2026-01-01T00:00Z'],
  ['@weekly', 'UTC', '2026-12-30T00:00Z'],
])('%s in %s is shown as the engine fires it', (cron, timeZone, after) => {
  const fired: string[] = [];
  for (let at = Date.parse(after); fired.length < 5; ) {
    at = nextCronTime({ cron, timeZone }, at)!;
    fired.push(new Date(at).toISOString());
  }

  expect(read(cron, timeZone, after).times).toEqual(fired);
});

test('what cannot be read, or never comes, says why', () => {
  for (const cron of ['61 * * * *', '0 0 30 2 *', 'every day']) {
    expect(readCron(cron, 'UTC', { after: 0 })).toEqual({ problem: expect.stringMatching(/./) });
  }
});
