import { describe, expect, test } from 'vitest';
import { cronStrategy, nextCronTime } from '../../../engine/queue/cron.ts';
import { checkSchedule, dueBetween } from '../../../engine/queue/schedules.ts';

/** Day and time in UTC. */
const short = (at: number) => new Date(at).toISOString().slice('2026-'.length, '2026-mm-ddThh:mm'.length);

function next(cron: string, timeZone: string, from: string, count: number): number[] {
  const found: number[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    at = nextCronTime({ cron, timeZone }, at)!;
    found.push(at);
  }
  return found;
}

/** Clocks go forward at 01:00Z, from 2:00 to 3:00, and back at 01:00Z, from 3:00 to 2:00. */
const BERLIN = { zone: 'Europe/Berlin', forward: '2026-03-29T00:00Z', back: '2026-10-24T23:00Z' };
/** By half an hour: forward at 15:30Z, from 2:00 to 2:30, and back at 15:00Z, from 2:00 to 1:30. */
const LORD_HOWE = { zone: 'Australia/Lord_Howe', forward: '2026-10-03T14:00Z', back: '2026-04-04T13:00Z' };
/** At midnight: forward at 04:00Z, from 0:00 to 1:00, and back at 03:00Z, from 0:00 to 23:00. */
const SANTIAGO = { zone: 'America/Santiago', forward: '2026-09-06T02:00Z', back: '2026-04-05T01:30Z' };

// A time of the day: one value for second, minute and hour. It comes once in each night.
describe.each<[at: typeof BERLIN, cron: string, forward: string, back: string]>([
  [BERLIN, '30 2 * * *', '03-29T01:00 03-30T00:30', '10-25T00:30 10-26T01:30'],
  [BERLIN, '0 2 * * *', '03-29T01:00 03-30T00:00', '10-25T00:00 10-26T01:00'],
  [BERLIN, '0 3 * * *', '03-29T01:00 03-30T01:00', '10-25T02:00 10-26T02:00'],
  [BERLIN, '0 30 2 * * *', '03-29T01:00 03-30T00:30', '10-25T00:30 10-26T01:30'],
  [BERLIN, '0 30 2 * * * *', '03-29T01:00 03-30T00:30', '10-25T00:30 10-26T01:30'],
  [BERLIN, '30 2 * * SUN', '03-29T01:00 04-05T00:30', '10-25T00:30 11-01T01:30'],
  [BERLIN, '@daily', '03-29T22:00 03-30T22:00', '10-25T23:00 10-26T23:00'],
  [LORD_HOWE, '15 2 * * *', '10-03T15:30 10-04T15:15', '04-04T15:45 04-05T15:45'],
  [LORD_HOWE, '45 1 * * *', '10-03T15:15 10-04T14:45', '04-04T14:45 04-05T15:15'],
  [SANTIAGO, '30 0 * * *', '09-06T04:00 09-07T03:30', '04-05T04:30 04-06T04:30'],
  [SANTIAGO, '30 23 * * *', '09-06T03:30 09-07T02:30', '04-05T02:30 04-06T03:30'],
  [SANTIAGO, '@midnight', '09-06T04:00 09-07T03:00', '04-05T04:00 04-06T04:00'],
  [SANTIAGO, '@weekly', '09-06T04:00 09-13T03:00', '04-05T04:00 04-12T04:00'],
  // Of several values: what does not exist is left out, and what exists twice comes twice.
  [BERLIN, '*/20 2 * * *', '03-30T00:00 03-30T00:20', '10-25T00:00 10-25T00:20 10-25T00:40 10-25T01:00'],
  [BERLIN, '0,30 2 * * *', '03-30T00:00 03-30T00:30', '10-25T00:00 10-25T00:30 10-25T01:00 10-25T01:30 10-26T01:00'],
  [BERLIN, '15-16 2 * * *', '03-30T00:15 03-30T00:16', '10-25T00:15 10-25T00:16 10-25T01:15 10-25T01:16'],
  [BERLIN, '*/30 30 2 * * *', '03-30T00:30 03-30T00:30', '10-25T00:30 10-25T00:30 10-25T01:30 10-25T01:30'],
  [BERLIN, '0 2,3 * * *', '03-29T01:00 03-30T00:00', '10-25T00:00 10-25T01:00 10-25T02:00 10-26T01:00'],
  [BERLIN, '30 1-3 * * *', '03-29T00:30 03-29T01:30', '10-24T23:30 10-25T00:30 10-25T01:30 10-25T02:30'],
  [BERLIN, '0 */2 * * *', '03-29T02:00 03-29T04:00', '10-25T00:00 10-25T01:00 10-25T03:00'],
  [BERLIN, '0 * * * *', '03-29T01:00 03-29T02:00', '10-25T00:00 10-25T01:00 10-25T02:00'],
  [BERLIN, '@hourly', '03-29T01:00 03-29T02:00', '10-25T00:00 10-25T01:00 10-25T02:00'],
  [BERLIN, '*/30 * * * *', '03-29T00:30 03-29T01:00', '10-24T23:30 10-25T00:00 10-25T00:30 10-25T01:00'],
  [LORD_HOWE, '*/20 2 * * *', '10-03T15:40 10-04T15:00', '04-04T15:30 04-04T15:50 04-04T16:10 04-05T15:30'],
  [LORD_HOWE, '0,45 1 * * *', '10-03T14:30 10-03T15:15', '04-04T14:00 04-04T14:45 04-04T15:15 04-05T14:30'],
  [LORD_HOWE, '0 * * * *', '10-03T14:30 10-03T16:00', '04-04T14:00 04-04T15:30'],
  [SANTIAGO, '*/20 0 * * *', '09-07T03:00 09-07T03:20', '04-05T04:00 04-05T04:20'],
  [SANTIAGO, '*/30 23 * * *', '09-06T03:00 09-06T03:30', '04-05T02:00 04-05T02:30 04-05T03:00 04-05T03:30'],
  [SANTIAGO, '0 * * * *', '09-06T03:00 09-06T04:00', '04-05T02:00 04-05T03:00 04-05T04:00'],
])('in %o, %s', (at, cron, forward, back) => {
  test.each([
    ['forward', at.forward, forward],
    ['back', at.back, back],
  ])('is due at the times that are told when clocks go %s', (_, from, times) => {
    const expected = times.split(' ');

    expect(next(cron, at.zone, from, expected.length).map(short)).toEqual(expected);
  });

  test('is accepted, and the queue, predictions and what makes up for missed times agree', () => {
    for (const from of [at.forward, at.back]) {
      const five = next(cron, at.zone, from, 5);
      const queue: number[] = [];
      for (let time = Date.parse(from); queue.length < 5; queue.push(time)) {
        time = cronStrategy(time, { pattern: cron, tz: at.zone })!;
      }
      const span = { from: Date.parse(from), to: five.at(-1)!, most: 10 };

      expect(queue).toEqual(five);
      expect(dueBetween({ cron, timeZone: at.zone }, span)).toEqual(five);
      expect(new Set(five).size).toBe(5);
    }
    expect(checkSchedule({ cron, time_zone: at.zone }, Date.parse(at.forward))).toEqual([]);
  });
});

test('a clock that stands between two times of a second gives the second after it', () => {
  const at = Date.parse('2026-03-29T00:59:59.999Z');

  expect(short(nextCronTime({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' }, at)!)).toBe('03-29T01:00');
});
