import { expect, test } from 'vitest';
import { beginPoll, commitCursor, failPage, handPage, removeCursor } from '../../../engine/cursors/cursors.ts';
import { readSeries } from '../../../engine/cursors/series.ts';
import { testClock, testContext } from '../../context.ts';

const ID = 'wf_1';
const STEP = 300_000;
const DAY = 86_400_000;

async function open() {
  const clock = testClock();
  // The next five minutes, so that what follows is in one part.
  clock.advance(STEP - (clock.now() % STEP));
  const ctx = await testContext({ context: { clock } });
  const start = clock.now();
  let count = 0;
  return {
    ctx,
    clock,
    start,
    async poll(lag: { rows: number | null; seconds?: number } | undefined, events = 0, id = ID) {
      const poll = `poll_${count++}`;
      await beginPoll(ctx, id, poll);
      const oldest = lag?.seconds === undefined ? null : new Date(clock.now() - lag.seconds * 1000).toISOString();
      const backlog = lag && { rows: lag.rows, versions: null, oldest, future: 0 };
      const version = Number((await ctx.redis.hget(ctx.keys.cursor(id), 'version')) ?? 0);
      const page = events === 0 ? '' : `${poll}p`;
      await handPage(ctx, id, { poll, page, version, ms: 1, backlog });
      if (events === 0) return;
      await commitCursor(ctx, id, { version, to: { value: poll, key: null }, run: page, events });
    },
    async fail() {
      await ctx.redis.hdel(ctx.keys.cursor(ID), 'not_before');
      await beginPoll(ctx, ID, 'poll_bad');
      await failPage(ctx, ID, { run: 'poll_bad', message: 'no' });
    },
    read: (bucketMs = STEP) => readSeries(ctx, ID, { from: start - 8 * DAY, to: clock.now() + 1, bucketMs }),
  };
}

test('counts polls, failures and events of five minutes, with the highest lag', async () => {
  const { poll, fail, read, clock, start } = await open();

  await poll({ rows: 5, seconds: 60 }, 3);
  await poll({ rows: 2, seconds: 90 }, 2);
  await fail();
  clock.advance(2 * STEP);
  await poll(undefined);

  expect(await read()).toEqual([
    { at: start, polls: 2, failures: 1, events: 5, lagSeconds: 90, lagRows: 5 },
    { at: start + 2 * STEP, polls: 1, failures: 0, events: 0, lagSeconds: null, lagRows: null },
  ]);
});

test('is 0 when all is delivered, and not known where rows have no time', async () => {
  const { poll, read, clock } = await open();

  await poll({ rows: 0 });
  clock.advance(STEP);
  await poll({ rows: 7 });

  expect(await read()).toMatchObject([
    { lagSeconds: 0, lagRows: 0 },
    { lagSeconds: null, lagRows: 7 },
  ]);
});

test('sums up into larger buckets, over midnight', async () => {
  const { poll, read, clock, start } = await open();
  const midnight = Math.ceil(start / DAY) * DAY;
  clock.advance(midnight - start - STEP);
  await poll({ rows: 9 }, 1);
  clock.advance(STEP);
  await poll({ rows: 4 }, 1);
  await poll({ rows: 3 }, 1);

  expect(await read(DAY)).toMatchObject([
    { at: midnight - DAY, polls: 1, events: 1, lagRows: 9 },
    { at: midnight, polls: 2, events: 2, lagRows: 4 },
  ]);
});

test('a commit that is repeated, and one of a cursor that was moved, count nothing', async () => {
  const { ctx, poll, read } = await open();
  await poll({ rows: 1 }, 4);

  const again = { version: 0, to: { value: 'x', key: null }, run: 'poll_0p', events: 4 };
  await commitCursor(ctx, ID, again);
  await handPage(ctx, ID, { poll: 'poll_0', page: 'poll_0p', version: 0, ms: 1 });
  await failPage(ctx, ID, { run: 'poll_0', message: 'late' });

  expect(await read()).toMatchObject([{ polls: 1, failures: 0, events: 4 }]);
});

test('ends after 7 days, lapses by itself, goes with its workflow, and a backfill has none', async () => {
  const { ctx, poll, read, clock } = await open();
  await poll({ rows: 1 }, 1);
  await poll({ rows: 1 }, 1, 'rng_1');
  const keys = await ctx.redis.keys(`${ctx.keys.prefix}cursor-series:*`);
  const ttl = await ctx.redis.pttl(keys[0]!);

  clock.advance(7 * DAY + STEP);
  const late = await read();
  await poll({ rows: 1 }, 1);
  await removeCursor(ctx, ID);
  const left = await ctx.redis.keys(`${ctx.keys.prefix}cursor-series:*`);

  expect(keys).toHaveLength(1);
  expect(ttl).toBeGreaterThan(7 * DAY);
  expect(late).toEqual([]);
  expect(left).toEqual([]);
});
