import { expect, test } from 'vitest';
import {
  beginPoll,
  commitCursor,
  failPage,
  handPage,
  readCursor,
  readCursorHistory,
  readMemory,
  releaseCursor,
  removeCursor,
  writeCursor,
} from '../../../engine/cursors/cursors.ts';
import { testClock, testContext } from '../../context.ts';

const ID = 'wf_1';
const AT = (value: string) => ({ value, key: null });

/** A cursor without a worker: each step of a poll by itself. */
async function open() {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  return {
    ctx,
    clock,
    read: () => readCursor(ctx, ID),
    begin: (poll: string) => beginPoll(ctx, ID, poll),
    hand: (poll: string, page: string, version: number, memory?: string) =>
      handPage(ctx, ID, { poll, page, version, memory, ms: 7 }),
    commit: (run: string, version: number, value: string, more: object = {}) =>
      commitCursor(ctx, ID, { run, version, to: AT(value), events: 3, ...more }),
  };
}

/** With a page in flight that was read at version 0. */
async function openHeld(memory?: string) {
  const cursor = await open();
  await cursor.begin('poll_1');
  await cursor.hand('poll_1', 'page_1', 0, memory);
  return cursor;
}

test('a commit moves the cursor once, counts the events and frees the cursor', async () => {
  const { read, commit, clock, ctx } = await openHeld();

  expect(await commit('page_1', 0, 'a')).toEqual({ failuresBefore: 0 });
  expect(await commit('page_1', 0, 'a')).toBeUndefined();

  const now = clock.now();
  expect(await read()).toMatchObject({
    position: AT('a'),
    version: 1,
    events: 3,
    inFlight: null,
    lastSuccessAt: now,
    lastDeliveryAt: now,
    updatedAt: now,
    polls: { count: 1, ms: 7 },
  });
  expect((await readCursorHistory(ctx, ID)).items).toEqual([
    { value: 'a', key: null, version: 1, run: 'page_1', at: now, events: 3 },
  ]);
});

test('a commit of a page that was read before the cursor was moved manually changes nothing', async () => {
  const { ctx, read, commit } = await openHeld();
  await writeCursor(ctx, ID, { position: AT('z'), by: 'a person' });

  expect(await commit('page_1', 0, 'a')).toBeUndefined();

  expect(await read()).toMatchObject({ position: AT('z'), version: 1, events: 0 });
});

test('a commit after the cursor was removed does not bring it back', async () => {
  const { ctx, commit } = await openHeld();
  await removeCursor(ctx, ID);

  expect(await commit('page_1', 0, 'a')).toBeUndefined();

  expect(await ctx.redis.exists(ctx.keys.cursor(ID), ctx.keys.cursorHistory(ID))).toBe(0);
});

test('a commit frees the cursor from its own run alone', async () => {
  const { read, commit } = await openHeld();

  await commit('page_of_a_replay', 0, 'a');

  expect(await read()).toMatchObject({ version: 1, inFlight: 'page_1' });
});

test('a commit without events is no delivery', async () => {
  const { read, commit, clock } = await openHeld();

  await commit('page_1', 0, 'a', { events: 0 });

  expect(await read()).toMatchObject({ events: 0, lastDeliveryAt: null, lastSuccessAt: clock.now() });
});

test('what is known beside the place is written by the poll that holds the cursor, without a version or history', async () => {
  const { ctx, read, begin, commit } = await open();
  await begin('poll_1');

  const other = await commit('poll_2', 0, 'a', { isSilent: true, events: 0 });
  const own = await commit('poll_1', 0, 'b', { isSilent: true, events: 0 });

  expect([other, own]).toEqual([undefined, { failuresBefore: 0 }]);
  expect(await read()).toMatchObject({ position: AT('b'), version: 0, inFlight: null });
  expect(await ctx.redis.exists(ctx.keys.cursorHistory(ID))).toBe(0);
});

test('what a page makes the source remember counts with its commit, and only with its own', async () => {
  const { ctx, commit } = await openHeld('seen: a');

  expect(await readMemory(ctx, ID)).toBeNull();
  expect(await commit('page_1', 0, 'a', { memory: { keptFor: 'page_0' } })).toBeUndefined();
  expect(await commit('page_1', 0, 'a', { memory: { keptFor: 'page_1' } })).toEqual({ failuresBefore: 0 });
  expect(await readMemory(ctx, ID)).toBe('seen: a');
  expect(await commit('page_2', 1, 'b', { memory: { set: 'seen: b' } })).toEqual({ failuresBefore: 0 });
  expect(await readMemory(ctx, ID)).toBe('seen: b');
});

test('what is not delivered stays known until a commit says otherwise', async () => {
  const { read, commit } = await openHeld();

  await commit('page_1', 0, 'a', { backlog: { rows: 5 } });
  await commit('page_2', 1, 'b');

  expect((await read()).backlog).toEqual({ rows: 5 });
});

test('the history keeps the last 200 moves', async () => {
  const { ctx, commit } = await openHeld();

  for (let version = 0; version < 203; version += 1) await commit('page_1', version, String(version));

  const history = (await readCursorHistory(ctx, ID, { limit: 300 })).items;
  expect([history.length, history[0]!.value, history.at(-1)!.value]).toEqual([200, '202', '3']);
});

test('one poll at a time, and none while a page is in flight', async () => {
  const { begin, hand, clock } = await open();

  const first = await begin('poll_1');
  const again = await begin('poll_1');
  const second = await begin('poll_2');
  await hand('poll_1', 'page_1', 0);
  const third = await begin('poll_3');

  expect(first).toEqual({ kind: 'go', position: null, version: 0 });
  expect(again).toEqual(first);
  expect(second).toEqual({ kind: 'busy', run: 'poll_1', since: undefined });
  expect(third).toEqual({ kind: 'busy', run: 'page_1', since: clock.now() });
});

test('a page is handed over once, also when the poll says it twice', async () => {
  const { hand, read } = await openHeld();

  expect(await hand('poll_1', 'page_1', 0)).toEqual({ failuresBefore: 0 });
  expect(await hand('poll_1', 'page_2', 0)).toBeUndefined();

  expect(await read()).toMatchObject({ inFlight: 'page_1', polls: { count: 1 } });
});

test('a page that was read at another version is not handed over, and the cursor is free', async () => {
  const { begin, hand, read } = await open();
  await begin('poll_1');

  expect(await hand('poll_1', 'page_1', 4)).toBeUndefined();

  expect((await read()).inFlight).toBeNull();
});

test('failures double the wait up to an hour, and a success ends it', async () => {
  const { ctx, begin, hand, commit, read, clock } = await open();
  const waits: number[] = [];
  for (let failures = 1; failures <= 10; failures += 1) {
    await begin('poll_1');
    expect(await failPage(ctx, ID, { run: 'poll_2', message: 'not mine' })).toBe(0);
    expect(await failPage(ctx, ID, { run: 'poll_1', message: 'away', hint: 'wait' })).toBe(failures);
    const { notBefore } = await read();
    expect(await begin('poll_1')).toEqual({ kind: 'later', at: notBefore });
    waits.push((notBefore! - clock.now()) / 1000);
    clock.advance(notBefore! - clock.now());
  }
  const failed = await read();
  await begin('poll_1');
  const held = await hand('poll_1', 'page_1', 0);
  const committed = await commit('page_1', 0, 'a');

  expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]);
  expect(failed).toMatchObject({
    failures: 10,
    failuresTotal: 10,
    lastError: 'away',
    lastHint: 'wait',
    inFlight: null,
  });
  expect([held, committed]).toEqual([{ failuresBefore: 10 }, { failuresBefore: 10 }]);
  expect(await read()).toMatchObject({
    failures: 0,
    failuresTotal: 10,
    lastError: null,
    lastHint: null,
    notBefore: null,
  });
});

test('a poll that finds nothing new ends the failures and frees the cursor', async () => {
  const { ctx, begin, hand, read, clock } = await open();
  await begin('poll_1');
  await failPage(ctx, ID, { run: 'poll_1', message: 'away' });
  clock.advance(10_000);
  await begin('poll_2');

  expect(await hand('poll_2', '', 0)).toEqual({ failuresBefore: 1 });

  expect(await read()).toMatchObject({ failures: 0, lastError: null, inFlight: null, lastSuccessAt: clock.now() });
});

test('a run that ended frees the cursor that it holds, and no other', async () => {
  const { ctx, read } = await openHeld();

  await releaseCursor(ctx, ID, 'page_2');
  const held = (await read()).inFlight;
  await releaseCursor(ctx, ID, 'page_1');

  expect([held, (await read()).inFlight]).toEqual(['page_1', null]);
});

test('a manual move needs the version it was decided on, ends what is in flight and forgets what was remembered', async () => {
  const { ctx, read, commit, begin, hand, clock } = await openHeld('seen: a');
  await commit('page_1', 0, 'a', { memory: { keptFor: 'page_1' }, backlog: { rows: 5 } });
  await begin('poll_2');
  await hand('poll_2', 'page_2', 1);

  await expect(writeCursor(ctx, ID, { position: null, by: 'me', expectedVersion: 0 })).rejects.toMatchObject({
    code: 'ERR_CONFLICT',
  });
  expect(await writeCursor(ctx, ID, { position: null, by: 'me', expectedVersion: 1 })).toBe(2);

  expect(await read()).toMatchObject({ position: null, version: 2, inFlight: null, failures: 0, backlog: null });
  expect(await readMemory(ctx, ID)).toBeNull();
  expect((await readCursorHistory(ctx, ID)).items[0]).toEqual({
    action: 'reset',
    by: 'me',
    at: clock.now(),
    version: 2,
  });
});
