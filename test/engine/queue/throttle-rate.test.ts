import { expect, test } from 'vitest';
import type { RequestTurn } from '../../../engine/queue/place.ts';
import { createReturnTimes } from '../../../engine/queue/return-times.ts';
import { enter, openThrottles, timed } from './throttle-harness.ts';

const RETURNS: Partial<RequestTurn> = { mayReturn: true };

test('a request to a workspace without limits goes at once, without a promise and without Redis', async () => {
  const { first, calls } = await openThrottles();

  const permit = enter(first);

  expect(permit).not.toBeInstanceOf(Promise);
  expect(calls('reserveRequests')).toBe(0);
});

test('two processes together keep the rate', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 50 };
  const entering = [throttles.first, throttles.second].flatMap((throttle) =>
    Array.from({ length: 40 }, () => timed(throttles, enter(throttle, place))),
  );

  await throttles.pass(2000);

  const times = (await Promise.all(entering)).map((end) => ('at' in end ? end.at : Number.NaN));
  // Half a second's worth goes at once, the other 55 every 20 ms.
  const expected = Array.from({ length: 80 }, (_, n) => Math.max(0, (n - 24) * 20));
  expect(times.toSorted((a, b) => a - b)).toEqual(expected.map((ms) => expect.closeTo(ms, 1)));
});

test('who may return and finds no time within 200 ms comes back one after the other', async () => {
  const throttles = await openThrottles();
  const entering = Array.from({ length: 10 }, () =>
    timed(throttles, enter(throttles.first, { perSecond: 10 }, RETURNS)),
  );

  await throttles.pass(1000);

  const [now, soon] = [{ at: 0 }, (at: number) => ({ at: expect.closeTo(at, 1) })];
  const later = (ms: number) => ({ returnIn: expect.closeTo(ms, -1) });
  expect(await Promise.all(entering)).toEqual([
    ...[now, now, now, now, now, soon(100), soon(200)],
    ...[later(300), later(400), later(500)],
  ]);
});

test('while a workspace is full, new requests that may return do not ask Redis', async () => {
  const throttles = await openThrottles();
  const ask = () => timed(throttles, enter(throttles.first, { perSecond: 1 }, RETURNS));
  await Promise.all([ask(), ask()]);
  const before = throttles.calls('reserveRequests');

  const ends = await Promise.all(Array.from({ length: 20 }, ask));

  expect(ends.every((end) => 'returnIn' in end)).toBe(true);
  expect(throttles.calls('reserveRequests')).toBe(before);
});

test('interactive requests go before those that waited, and those before new ones, over all processes', async () => {
  const throttles = await openThrottles();
  const { first, second } = throttles;
  const place = { perSecond: 10 };
  const fresh = Array.from({ length: 20 }, () => timed(throttles, enter(first, place, RETURNS)));
  await Promise.all(fresh.slice(7));

  const waited = timed(throttles, enter(second, place, { ...RETURNS, hasWaited: true }));
  const other = timed(throttles, enter(second, place, RETURNS));
  const interactive = timed(throttles, enter(second, place, { ...RETURNS, priority: 'interactive' }));
  await throttles.pass(2000);

  // New ones of the first process fill 200 ms; what comes later from new ones returns.
  expect(await fresh[6]).toEqual({ at: expect.closeTo(200, 1) });
  expect(await interactive).toEqual({ at: expect.closeTo(300, 1) });
  expect(await waited).toEqual({ at: expect.closeTo(400, 1) });
  expect(await other).toEqual({ returnIn: expect.any(Number) });
});

test('an interactive request takes the next time of its process', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 10 };
  const bulk = Array.from({ length: 8 }, () => timed(throttles, enter(throttles.first, place)));
  await throttles.pass(0);

  const interactive = timed(throttles, enter(throttles.first, place, { priority: 'interactive' }));
  await throttles.pass(1000);

  expect(await interactive).toEqual({ at: expect.closeTo(100, 1) });
  expect(await bulk[5]).toEqual({ at: expect.closeTo(200, 1) });
});

test('starts and polls that come back share the rate evenly', () => {
  const returnIn = createReturnTimes({ now: () => 1000, random: () => 0.5 });
  const polls = Array.from({ length: 50 }, () => returnIn('poll', 1000, 100));

  const starts = Array.from({ length: 4 }, () => returnIn('start', 1000, 100));

  expect(polls.slice(0, 3)).toEqual([0, 100, 200]);
  expect(starts).toEqual([0, 200, 400, 600]);
});

test('nobody is sent away for more than a minute after the last time that is taken', () => {
  const returnIn = createReturnTimes({ now: () => 1000, random: () => 0.5 });

  const times = Array.from({ length: 100 }, () => returnIn('poll', 3000, 1000));

  expect(times.slice(0, 2)).toEqual([2000, 3000]);
  expect(times.slice(61)).toEqual(Array(39).fill(2000 + 45_000));
});

test('a hundred requests a second ask Redis ten times a second', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 1000 };
  for (let n = 0; n < 200; n += 1) {
    const permit = enter(throttles.first, place);
    await throttles.pass(10);
    (await permit).release();
  }

  expect(throttles.calls('reserveRequests')).toBeLessThanOrEqual(25);
});

test('a reserved time that nobody used for a second is void', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 100 };
  for (let n = 0; n < 20; n += 1) {
    const permit = enter(throttles.first, place);
    await throttles.pass(10);
    await permit;
  }
  await throttles.pass(5000);
  const before = throttles.calls('reserveRequests');

  const permit = enter(throttles.first, place);
  await throttles.pass(0);

  await permit;
  expect(throttles.calls('reserveRequests')).toBe(before + 1);
});

test('a wait ends with the reason of its signal, and the next one gets its time', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 2 };
  const controller = new AbortController();
  const permit = enter(throttles.first, place);
  await throttles.pass(0);
  await permit;
  const given = enter(throttles.first, place, { signal: controller.signal });
  const next = timed(throttles, enter(throttles.first, place));
  await throttles.pass(0);

  controller.abort(new Error('canceled'));

  await expect(given).rejects.toThrow('canceled');
  await throttles.pass(500);
  expect(await next).toEqual({ at: expect.closeTo(500, 1) });
  expect(throttles.first.view()[0]).toMatchObject({ open: 2, waiting: 0 });
});

test("an account's own rate holds while another account of the workspace has none, and ten seconds longer", async () => {
  const throttles = await openThrottles();
  const ask = (perSecond?: number) => timed(throttles, enter(throttles.first, { perSecond }));
  const limited = [ask(1), ask(1)];

  const free = ask();
  await throttles.pass(3000);

  expect(await limited[1]).toEqual({ at: expect.closeTo(1000, 1) });
  expect(await free).toEqual({ at: expect.closeTo(2000, 1) });
  await throttles.pass(10_000);
  expect(enter(throttles.first)).not.toBeInstanceOf(Promise);
});

test("the limits of one tenant's account do not slow another tenant of the same workspace", async () => {
  const { first } = await openThrottles();
  const strict = Array.from({ length: 10 }, () => Promise.resolve(enter(first, { perSecond: 1, concurrent: 1 })));

  const permit = enter(first, { tenant: 'other' });

  expect(permit).not.toBeInstanceOf(Promise);
  first.close();
  await Promise.allSettled(strict);
});
