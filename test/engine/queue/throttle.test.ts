import { test as base, expect, onTestFinished } from 'vitest';
import type { Permit, Place } from '../../../engine/queue/place.ts';
import { openThrottle, type Throttle, throttleChannel } from '../../../engine/queue/throttle.ts';
import type { Later, Rank } from '../../../engine/queue/throttle-gate.ts';
import { openRedis } from '../../../engine/store/redis.ts';
import { testContext, until } from '../../context.ts';

/** Throttles of two processes over one Redis; each hears what the other writes. */
const test = base.extend<{ throttles: Throttle[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  throttles: async ({}, use) => {
    const ctx = await testContext();
    const throttles = [openThrottle(ctx), openThrottle(ctx)];
    const subscriber = openRedis(ctx.config.redisUrl!, 'wait');
    subscriber.on('message', (_channel, message) => {
      for (const throttle of throttles) throttle.onMessage(message);
    });
    await subscriber.subscribe(throttleChannel(ctx.keys));
    onTestFinished(() => {
      for (const throttle of throttles) throttle.close();
      subscriber.disconnect();
    });
    await use(throttles);
  },
});

const ORIGIN = 'https://dbc-1.cloud.databricks.com';

function enter(
  throttle: Throttle,
  place: Partial<Place> = {},
  rank: Rank = 'start',
  holdMs = Number.POSITIVE_INFINITY,
) {
  return throttle.enter({ tenant: 'default', origin: ORIGIN, ...place }, rank, { holdMs });
}

/** Sends `count` requests of `ms` each and gives the times they went at. */
async function send(throttle: Throttle, count: number, place: Partial<Place>, ms = 0): Promise<number[]> {
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      const permit = await enter(throttle, place);
      times.push(performance.now());
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      permit.release();
    }),
  );
  return times;
}

test('lets a request to a workspace without limits go at once, without a promise', ({ throttles }) => {
  const permit = enter(throttles[0]!);

  expect(permit).not.toBeInstanceOf(Promise);
});

test('keeps two processes together at the rate', async ({ throttles }) => {
  const place = { perSecond: 50 };
  const begin = performance.now();

  const times = (await Promise.all(throttles.map((throttle) => send(throttle, 40, place)))).flat();

  // Half a second's worth goes at once, the other 55 need 1.1 s.
  expect(Math.max(...times) - begin).toBeGreaterThan(1000);
  expect(times.filter((time) => time - begin < 500).length).toBeLessThanOrEqual(25 + 25 + 5);
});

test('gives no time further ahead than the rate needs', async ({ throttles }) => {
  const asked = throttles.flatMap((throttle) =>
    Array.from({ length: 40 }, () => Promise.resolve(enter(throttle, { perSecond: 50 }, 'start', 0))),
  );

  const ends = await Promise.allSettled(asked);

  // Half a second's worth goes at once, and a tenth's may be leased ahead: the last of the others goes 1.1 to 1.2 s later.
  const ahead = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Later] : []));
  expect(ahead.every(({ isReserved }) => isReserved)).toBe(true);
  expect(Math.max(...ahead.map(({ ms }) => ms))).toBeLessThanOrEqual(1200);
});

test('asks Redis far less often than requests go', async () => {
  const ctx = await testContext();
  let calls = 0;
  const counted = new Proxy(ctx.redis, {
    get(redis, name) {
      if (name === 'takeSlots') calls += 1;
      return Reflect.get(redis, name);
    },
  });
  const throttle = openThrottle({ redis: counted, keys: ctx.keys });
  const place = { perSecond: 1000 };

  for (let i = 0; i < 600; i += 1) (await enter(throttle, place)).release();
  throttle.close();

  expect(calls).toBeLessThan(60);
});

test('never has more requests open than allowed, over all processes', async ({ throttles }) => {
  const place = { concurrent: 6 };
  let open = 0;
  let most = 0;
  const one = async (throttle: Throttle) => {
    const permit = await enter(throttle, place);
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, 10));
    open -= 1;
    permit.release();
  };

  await Promise.all(Array.from({ length: 60 }, (_, i) => one(throttles[i % 2]!)));

  expect(most).toBeLessThanOrEqual(6);
  expect(most).toBeGreaterThan(3);
});

test("keeps an account's own limit while another account of the workspace has none", async ({ throttles }) => {
  const [throttle] = throttles as [Throttle, Throttle];
  let open = 0;
  let most = 0;
  const limited = async () => {
    const permit = await enter(throttle, { concurrent: 2 });
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setTimeout(resolve, 5));
    open -= 1;
    permit.release();
  };
  const free = async () => (await enter(throttle)).release();

  await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? limited() : free())));

  expect(most).toBeLessThanOrEqual(2);
});

test('gives a second process its part of the open requests although the first wants all', async ({ throttles }) => {
  const place = { concurrent: 4 };
  let isOver = false;
  const hog = async () => {
    while (!isOver) {
      const permit = await enter(throttles[0]!, place);
      await new Promise((resolve) => setTimeout(resolve, 5));
      permit.release();
    }
  };
  const hogs = Array.from({ length: 8 }, hog);
  await until('the first has all', () => throttles[0]!.view()[0]!.open === 4);

  const times = await send(throttles[1]!, 8, place, 5);
  isOver = true;
  await Promise.all(hogs);

  expect(times).toHaveLength(8);
});

test('frees the permits of a process that died', async () => {
  const ctx = await testContext();
  const [dead, alive] = [openThrottle(ctx), openThrottle(ctx)];
  const place = { concurrent: 2 };
  await enter(dead, place);
  await enter(dead, place);
  dead.close();

  const permit = await enter(alive, place);
  alive.close();

  expect(permit).toBeDefined();
});

test('stops every process until the time that the service named, then continues slower', async ({ throttles }) => {
  const place = { perSecond: 200 };
  await send(throttles[1]!, 5, place);
  const begin = performance.now();

  await throttles[0]!.slowDown({ tenant: 'default', origin: ORIGIN, ...place }, 400);
  await until('the other process knows of it', () => throttles[1]!.view()[0]!.stoppedMs > 0);
  const [ours, theirs] = await Promise.all([send(throttles[0]!, 20, place), send(throttles[1]!, 20, place)]);

  const times = [...ours!, ...theirs!].map((time) => time - begin).toSorted((a, b) => a - b);
  expect(times[0]).toBeGreaterThan(390);
  // Half of 200 per second: 40 requests need 0.4 s.
  expect(times.at(-1)! - times[0]!).toBeGreaterThan(300);
});

test('a time that was given before the stop is void', async ({ throttles }) => {
  const [throttle] = throttles as [Throttle, Throttle];
  const place = { perSecond: 4 };
  await send(throttle, 2, place);
  const waiting = enter(throttle, place);
  await until('it has its time', () => throttle.view()[0]!.open === 1);

  await throttle.slowDown({ tenant: 'default', origin: ORIGIN, ...place }, 1000);
  await waiting;

  expect(throttle.view()[0]!.stoppedMs).toBe(0);
});

test('ranks that want more than there is share the rate', async ({ throttles }) => {
  const [throttle] = throttles as [Throttle, Throttle];
  const ask = (rank: Rank) =>
    Promise.resolve(enter(throttle, { perSecond: 1 }, rank, 0)).catch((later: Later) => later);
  await Promise.all([ask('start'), ask('start'), ask('start')]);

  const [, second] = await Promise.all([ask('poll'), ask('poll')]);

  // Alone, it would have the next second.
  expect(second).toMatchObject({ isReserved: true, ms: expect.toSatisfy((ms) => ms > 1000) });
});

test('slows a workspace without limits down to half of what it was sent', async ({ throttles }) => {
  await send(throttles[0]!, 100, {});

  await throttles[0]!.slowDown({ tenant: 'default', origin: ORIGIN }, 0);
  const times = await send(throttles[0]!, 40, {});

  // 50 per second after the first half second's worth.
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(200);
});

test('lets those go first for whom a person waits', async ({ throttles }) => {
  const place = { perSecond: 20 };
  const order: string[] = [];
  const one = async (rank: Rank) => {
    await enter(throttles[0]!, place, rank);
    order.push(rank);
  };
  const bulk = Array.from({ length: 30 }, () => one('start'));

  await Promise.all([...bulk.slice(0, 1), one('first')]);

  expect(order.indexOf('first')).toBeLessThan(12);
  throttles[0]!.close();
  await Promise.allSettled(bulk);
});

test('keeps a time within two seconds, and sends those away for whom there is none', async ({ throttles }) => {
  const place = { perSecond: 10 };
  const asked = Array.from({ length: 60 }, () => Promise.resolve(enter(throttles[0]!, place, 'start', 100)));

  const ends = await Promise.allSettled(asked);

  const away = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Later] : []));
  const kept = away.filter(({ isReserved }) => isReserved).map(({ ms }) => ms);
  const others = away.filter(({ isReserved }) => !isReserved).map(({ ms }) => ms);
  expect(ends.filter((end) => end.status === 'fulfilled').length).toBeGreaterThanOrEqual(5);
  expect(kept.length).toBeGreaterThan(15);
  expect(Math.max(...kept)).toBeLessThanOrEqual(2001);
  expect(new Set(kept).size).toBe(kept.length);
  expect(Math.min(...others)).toBeGreaterThan(5000);
  const back = throttles[0]!.enter({ tenant: 'default', origin: ORIGIN, ...place }, 'start', {
    holdMs: 100,
    isReserved: true,
  });
  await expect(back).resolves.toBeDefined();
});

test('calls those back sooner that have waited for longer', async ({ throttles }) => {
  const place = { tenant: 'default', origin: ORIGIN, perSecond: 1 };
  await Promise.allSettled(Array.from({ length: 10 }, () => throttles[0]!.enter(place, 'poll', { holdMs: 0 })));

  const wait = { holdMs: 0, waitedMs: 600_000 };

  await expect(throttles[0]!.enter(place, 'poll', wait)).rejects.toMatchObject({
    ms: expect.toSatisfy((ms) => ms <= 2000),
  });
});

test('gives up the wait when the signal fires, and its permit with it', async ({ throttles }) => {
  const place = { perSecond: 2, concurrent: 1 };
  const controller = new AbortController();
  const held = (await enter(throttles[0]!, place)) as Permit;
  const waiting = throttles[0]!.enter({ tenant: 'default', origin: ORIGIN, ...place }, 'start', {
    holdMs: Number.POSITIVE_INFINITY,
    signal: controller.signal,
  });

  controller.abort(new Error('canceled'));

  await expect(waiting).rejects.toThrow('canceled');
  held.release();
  await expect(enter(throttles[0]!, place)).resolves.toBeDefined();
});

test('a wait that is given up before its time leaves its place', async ({ throttles }) => {
  const place = { perSecond: 2 };
  const controller = new AbortController();
  await send(throttles[0]!, 1, place);
  const waiting = throttles[0]!.enter({ tenant: 'default', origin: ORIGIN, ...place }, 'start', {
    holdMs: Number.POSITIVE_INFINITY,
    signal: controller.signal,
  });
  await until('it has its time', () => throttles[0]!.view()[0]!.open === 1);

  controller.abort(new Error('canceled'));

  await expect(waiting).rejects.toThrow('canceled');
  expect(throttles[0]!.view()[0]).toMatchObject({ open: 0, waiting: 0 });
});

test("keeps the limits of one tenant's account from another tenant of the same workspace", async ({ throttles }) => {
  const [throttle] = throttles as [Throttle, Throttle];
  const place = { perSecond: 1, concurrent: 1 };
  const strict = Array.from({ length: 10 }, () => Promise.resolve(enter(throttle, place)).catch(() => {}));

  const permit = enter(throttle, { tenant: 'other' });

  expect(permit).not.toBeInstanceOf(Promise);
  throttle.close();
  await Promise.all(strict);
});

test('a refusal of a token that the service never took slows nobody else', async ({ throttles }) => {
  const [throttle] = throttles as [Throttle, Throttle];
  const other = { tenant: 'other', origin: ORIGIN, authentication: 'auth_good' };
  (await throttle.enter(other, 'start', { holdMs: 0 })).release();
  throttle.accept(other);

  await throttle.slowDown({ tenant: 'default', origin: ORIGIN, authentication: 'auth_bad' }, 60_000);

  expect(throttle.view().filter(({ stoppedMs }) => stoppedMs > 0)).toEqual([
    expect.objectContaining({ tenant: 'default' }),
  ]);
});

test('a stop that the service named holds for every tenant whose token it took, and no one else', async ({
  throttles,
}) => {
  const places = ['reporter', 'taken', 'refused'].map((tenant) => ({
    tenant,
    origin: ORIGIN,
    authentication: `auth_${tenant}`,
  }));
  for (const place of places) (await throttles[1]!.enter(place, 'start', { holdMs: 0 })).release();
  throttles[0]!.accept(places[0]!);
  throttles[1]!.accept(places[1]!);

  await throttles[0]!.slowDown(places[0]!, 5000);
  await until('the other process knows of it', () => throttles[1]!.view().some(({ stoppedMs }) => stoppedMs > 0));

  const stopped = throttles[1]!.view().filter(({ stoppedMs }) => stoppedMs > 4000);
  expect(stopped.map(({ tenant }) => tenant)).toEqual(['reporter', 'taken']);
});
