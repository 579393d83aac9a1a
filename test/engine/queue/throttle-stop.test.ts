import { expect, test } from 'vitest';
import type { Throttle } from '../../../engine/queue/throttle.ts';
import { until } from '../../context.ts';
import { enter, ORIGIN, openThrottles, type TestThrottles, timed } from './throttle-harness.ts';

const PLACE = { tenant: 'default', origin: ORIGIN, perSecond: 100 };

/** Times at which so many requests go that all ask now, sorted, relative to now. */
async function timesOf(
  throttles: TestThrottles,
  count: number,
  from: readonly Throttle[],
  place = {},
): Promise<number[]> {
  const begin = throttles.at();
  const entering = from.flatMap((throttle) =>
    Array.from({ length: count }, () => timed(throttles, enter(throttle, place))),
  );
  await throttles.pass(60_000);
  const ends = await Promise.all(entering);
  return ends.map((end) => ('at' in end ? end.at - begin : Number.NaN)).toSorted((a, b) => a - b);
}

const close = (times: readonly number[]) => times.map((ms) => expect.closeTo(ms, 0));

test('nothing is sent by any process until Retry-After has passed, then at half the rate', async () => {
  const throttles = await openThrottles();
  const { first, second } = throttles;
  await throttles.pass(0);
  enter(second, PLACE);
  await throttles.pass(1000);

  await first.slowDown(PLACE, 400);
  await until('the other process knows of it', () => second.view()[0]!.stoppedMs === 400);
  const times = await timesOf(throttles, 10, [first, second], PLACE);

  expect(times).toEqual(close(Array.from({ length: 20 }, (_, n) => 400 + n * 20)));
});

test('a time that was reserved before a stop is void', async () => {
  const throttles = await openThrottles();
  const place = { ...PLACE, perSecond: 4 };
  const sent = [1, 2].map(() => timed(throttles, enter(throttles.first, place)));
  await throttles.pass(0);
  await Promise.all(sent);
  const waiting = timed(throttles, enter(throttles.first, place));
  await throttles.pass(10);

  await throttles.first.slowDown(place, 1000);
  await throttles.pass(5000);

  // It was to go after 250 ms.
  expect(await waiting).toEqual({ at: expect.closeTo(1010, 0) });
});

test('a stop is never shortened by a shorter one', async () => {
  const throttles = await openThrottles();
  await throttles.first.slowDown(PLACE, 10_000);

  await throttles.first.slowDown(PLACE, 100);

  expect(await timesOf(throttles, 1, [throttles.first], PLACE)).toEqual([10_000]);
});

test('a stop of more than a quarter of an hour ends after that: the workspace is asked again', async () => {
  const { first } = await openThrottles();

  await first.slowDown(PLACE, 86_400_000);

  expect(first.view()[0]!.stoppedMs).toBe(900_000);
});

test('the share halves once per second however many refusals a burst brings, and is whole again after four', async () => {
  const throttles = await openThrottles();
  for (let n = 0; n < 5; n += 1) await throttles.first.slowDown(PLACE, 0);

  expect(await timesOf(throttles, 4, [throttles.first], PLACE)).toEqual(close([0, 20, 40, 60]));
  await throttles.first.slowDown(PLACE, 0);
  await throttles.pass(2000);
  await throttles.first.slowDown(PLACE, 0);
  // Half, grown for two seconds and halved again: 0.36.
  expect(await timesOf(throttles, 3, [throttles.first], PLACE)).toEqual(close([0, 10 / 0.36, 20 / 0.36]));
  await throttles.first.slowDown(PLACE, 0);
  await throttles.pass(4000);
  await throttles.first.slowDown({ ...PLACE, tenant: 'other' }, 0);
  const times = await timesOf(throttles, 60, [throttles.first], PLACE);
  expect(times.at(-1)! - times.at(-2)!).toBeCloseTo(10, 0);
});

test('the share never falls below a tenth', async () => {
  const throttles = await openThrottles();
  for (let n = 0; n < 20; n += 1) {
    await throttles.first.slowDown(PLACE, 0);
    await throttles.pass(1000);
  }
  await throttles.first.slowDown(PLACE, 0);

  expect(await timesOf(throttles, 3, [throttles.first], PLACE)).toEqual(close([0, 100, 200]));
});

test('a workspace without limits is slowed to half of what it was sent, until it accepts four times as much', async () => {
  const throttles = await openThrottles();
  const { first } = throttles;
  for (let n = 0; n < 100; n += 1) enter(first);

  await first.slowDown({ tenant: 'default', origin: ORIGIN }, 0);
  const entering = Array.from({ length: 5 }, () => timed(throttles, enter(first)));
  await throttles.pass(100);

  // 50 per second.
  expect(await Promise.all(entering)).toEqual([0, 20, 40, 60, 80].map((at) => ({ at: expect.closeTo(at, 0) })));
  // 0.5 × 1.2^s is 4 after 11.4 s.
  await throttles.pass(11_000);
  expect(enter(first)).toBeInstanceOf(Promise);
  await throttles.pass(1000);
  const last = timed(throttles, enter(first));
  await throttles.pass(0);
  expect(await last).toEqual({ at: throttles.at() });
  expect(enter(first)).not.toBeInstanceOf(Promise);
});

test('a refusal of a token that the service never accepted slows no other tenant', async () => {
  const { first } = await openThrottles();
  const other = { tenant: 'other', origin: ORIGIN, authentication: 'auth_good' };
  enter(first, other);
  first.accept(other);

  await first.slowDown({ tenant: 'default', origin: ORIGIN, authentication: 'auth_bad' }, 60_000);

  expect(first.view().filter(({ stoppedMs }) => stoppedMs > 0)).toEqual([
    expect.objectContaining({ tenant: 'default', stoppedMs: 60_000 }),
  ]);
});

test('a tenant whose token was accepted last more than ten minutes ago does not stop with others', async () => {
  const throttles = await openThrottles();
  const { first } = throttles;
  const placeOf = (tenant: string) => ({ tenant, origin: ORIGIN, authentication: `auth_${tenant}` });
  first.accept(placeOf('former'));
  await throttles.pass(300_000);
  first.accept(placeOf('recent'));
  await throttles.pass(300_001);
  first.accept(placeOf('reporter'));
  for (const tenant of ['former', 'recent']) enter(first, placeOf(tenant));

  await first.slowDown(placeOf('reporter'), 1000);

  expect(Object.fromEntries(first.view().map(({ tenant, stoppedMs }) => [tenant, stoppedMs]))).toEqual({
    reporter: 1000,
    recent: 1000,
    former: 0,
  });
});

test('a stop holds for every tenant whose token the service accepted, for a minute at most, and for no one else', async () => {
  const throttles = await openThrottles();
  const places = ['reporter', 'accepted', 'refused'].map((tenant) => ({
    tenant,
    origin: ORIGIN,
    authentication: `auth_${tenant}`,
  }));
  for (const place of places) enter(throttles.second, place);
  throttles.first.accept(places[0]!);
  throttles.second.accept(places[1]!);
  const stops = () => throttles.second.view().map(({ tenant, stoppedMs }) => [tenant, stoppedMs]);

  await throttles.first.slowDown(places[0]!, 90_000);
  await until('the other process knows of both', () => stops().filter(([, ms]) => ms !== 0).length === 2);

  expect(stops()).toEqual([
    ['reporter', 90_000],
    ['accepted', 60_000],
    ['refused', 0],
  ]);
  // The stop says nothing of how much the others may send: their share is whole.
  throttles.second.close();
  await throttles.pass(60_000);
  expect(await timesOf(throttles, 2, [throttles.first], { ...places[1], perSecond: 100 })).toEqual(close([0, 10]));
});
