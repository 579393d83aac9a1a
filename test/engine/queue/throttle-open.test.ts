import { expect, test } from 'vitest';
import type { Permit, Place } from '../../../engine/queue/place.ts';
import type { Throttle } from '../../../engine/queue/throttle.ts';
import { enter, openThrottles, timed } from './throttle-harness.ts';

/** Requests that stay open until the test ends them. */
function openRequests(throttle: Throttle, count: number, place: Partial<Place>) {
  const open: Permit[] = [];
  const entering = Array.from({ length: count }, async () => void open.push(await enter(throttle, place)));
  return { open, all: Promise.all(entering) };
}

test('all processes together never have more requests open than allowed', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 6 };
  const groups = [openRequests(throttles.first, 30, place), openRequests(throttles.second, 30, place)];
  let ended = 0;
  let most = 0;

  while (ended < 60) {
    await throttles.pass(200);
    const open = groups.flatMap((group) => group.open);
    most = Math.max(most, open.length);
    for (const group of groups) {
      ended += group.open.length;
      for (const permit of group.open.splice(0)) permit.release();
    }
  }

  expect(most).toBe(6);
  await Promise.all(groups.map(({ all }) => all));
});

test('a process that has all frees an even part for another one as its requests end', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 4 };
  const first = openRequests(throttles.first, 12, place);
  await throttles.pass(0);
  expect(first.open).toHaveLength(4);
  const second = openRequests(throttles.second, 8, place);
  await throttles.pass(1000);
  expect(second.open).toHaveLength(0);

  for (const permit of first.open.splice(0)) permit.release();
  await throttles.pass(1000);

  expect([first.open.length, second.open.length]).toEqual([2, 2]);
  const ends = Promise.allSettled([first.all, second.all]);
  throttles.first.close();
  throttles.second.close();
  await ends;
});

test('what a process that died had open is free after three seconds, and not before', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 2 };
  const died = openRequests(throttles.first, 2, place);
  await throttles.pass(0);
  await died.all;
  throttles.first.close();
  const waiting = timed(throttles, enter(throttles.second, place));

  await throttles.pass(3000);
  expect(throttles.second.view()[0]).toMatchObject({ waiting: 1, open: 0 });
  await throttles.pass(200);

  expect(await waiting).toEqual({ at: 3200 });
});

test('a process that lives keeps what it has open', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 1 };
  const kept = openRequests(throttles.first, 1, place);
  await throttles.pass(0);
  const other = openRequests(throttles.second, 1, place);

  await throttles.pass(60_000);

  expect([kept.open.length, other.open.length]).toEqual([1, 0]);
  kept.open[0]!.release();
  await throttles.pass(1200);
  expect(other.open).toHaveLength(1);
});

test('a person goes before those that wait for an open request', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 1 };
  const kept = openRequests(throttles.first, 1, place);
  await throttles.pass(0);
  const bulk = openRequests(throttles.first, 3, place);
  const interactive = timed(throttles, enter(throttles.first, place, { priority: 'interactive' }));

  kept.open[0]!.release();
  await throttles.pass(0);

  expect(await interactive).toEqual({ at: 0 });
  expect(bulk.open).toHaveLength(0);
  const ends = Promise.allSettled([bulk.all]);
  throttles.first.close();
  await ends;
});

test("an account's own maximum holds while another account of the workspace has none", async () => {
  const throttles = await openThrottles();
  const limited = openRequests(throttles.first, 5, { concurrent: 2 });
  const free = openRequests(throttles.first, 5, {});

  await throttles.pass(0);

  expect(limited.open.length + free.open.length).toBe(2);
  const ends = Promise.allSettled([limited.all, free.all]);
  throttles.first.close();
  await ends;
});

test('a wait for an open request ends with the reason of its signal, and releasing twice counts once', async () => {
  const throttles = await openThrottles();
  const place = { concurrent: 1 };
  const controller = new AbortController();
  const kept = openRequests(throttles.first, 1, place);
  await throttles.pass(0);
  const given = enter(throttles.first, place, { signal: controller.signal });

  controller.abort(new Error('canceled'));

  await expect(given).rejects.toThrow('canceled');
  kept.open[0]!.release();
  kept.open[0]!.release();
  const next = openRequests(throttles.first, 2, place);
  await throttles.pass(200);
  expect(next.open).toHaveLength(1);
  const ends = Promise.allSettled([next.all]);
  throttles.first.close();
  await ends;
});

test('a request that finds no time gives its permit back', async () => {
  const throttles = await openThrottles();
  const place = { perSecond: 1, concurrent: 10 };
  const ask = () => timed(throttles, enter(throttles.first, place, { mayReturn: true }));

  const entering = Array.from({ length: 5 }, ask);
  await throttles.pass(0);
  const ends = await Promise.all(entering);

  expect(ends.filter((end) => 'returnIn' in end)).toHaveLength(4);
  expect(throttles.first.view()[0]).toMatchObject({ open: 1, waiting: 0 });
});
