import { expect, onTestFinished, test } from 'vitest';
import type { ActiveOperations } from '../../../actions/active-operations.ts';
import { Later } from '../../../engine/queue/place.ts';
import { openPollLists, type PollLists } from '../../../engine/queue/poll-lists.ts';
import { startWorker } from '../../../engine/worker.ts';
import { testClock, testContext, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { linkAccount, startService, submitJob } from '../service.ts';

async function open(pollLists: PollLists) {
  const service = await startService();
  // A poll that the test holds back keeps its slot.
  const ctx = await testContext({ context: { pollLists }, env: { PENSTOCK_CONCURRENCY: '80' } });
  const worker = await startWorker(ctx);
  onTestFinished(() => worker.close());
  return { ctx, service, account: await linkAccount(ctx, service) };
}

test('asks for a list when many job runs of one account are waited for, and sees each end', async () => {
  const clock = testClock();
  const lists = openPollLists(clock.now);
  const launched = Promise.withResolvers<void>();
  let asked = 0;
  const { ctx, service, account } = await open({
    async holds(...given) {
      await launched.promise;
      asked += 1;
      return lists.holds(...given);
    },
  });
  const ids = await Promise.all(Array.from({ length: 60 }, () => submitJob(ctx, account)));
  await until('all are launched', () => service.launches.size === 60);
  launched.resolve();

  await until('they were asked for twice', () => asked >= 120 && service.polls >= 7);
  // Three pages hold all sixty; the first few polls of a window go one by one.
  expect(service).toMatchObject({ polls: 7, lists: 3 });

  service.isDone = true;
  clock.advance(3001);
  for (const id of ids) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });
  expect(service.lists).toBe(4);
}, 120_000);

test('asks for a few job runs one by one', async () => {
  let now = 0;
  const lists = openPollLists(() => now);
  const { ctx, service, account } = await open({
    holds(...given) {
      now += 1000;
      return lists.holds(...given);
    },
  });
  const ids = [await submitJob(ctx, account), await submitJob(ctx, account)];
  await until('they were polled', () => service.polls >= 2);

  service.isDone = true;
  for (const id of ids) expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded' });

  expect(service.lists).toBe(0);
}, 40_000);

/** Lists of one account at a clock of the test; `reads` counts, and `read` is what the next one gives. */
function openLists() {
  const clock = testClock(0);
  const lists = openPollLists(clock.now);
  const setting = {
    clock,
    reads: 0,
    read: async (): Promise<ActiveOperations> => ({ ids: new Set(['a', 'b']), pages: 1 }),
    holds: (id: string): Promise<boolean> =>
      lists.holds('account', id, () => {
        setting.reads += 1;
        return setting.read();
      }),
    async ask(times: number): Promise<boolean[]> {
      const answers: boolean[] = [];
      for (let i = 0; i < times; i += 1) answers.push(await setting.holds('a'));
      return answers;
    },
  };
  return setting;
}

test('reads a list at the eighth poll of five seconds, and again when it is older than three', async () => {
  const lists = openLists();

  expect(await lists.ask(7)).not.toContain(true);
  expect(lists.reads).toBe(0);
  expect(await lists.ask(1)).toEqual([true]);
  lists.clock.advance(3000);
  expect([await lists.holds('b'), await lists.holds('c'), lists.reads]).toEqual([true, false, 1]);
  lists.clock.advance(1);
  expect([await lists.holds('a'), lists.reads]).toEqual([true, 2]);
});

test('reads none for seven polls in each five seconds', async () => {
  const lists = openLists();

  for (let i = 0; i < 10; i += 1) {
    expect(await lists.ask(7)).not.toContain(true);
    lists.clock.advance(5000);
  }

  expect(lists.reads).toBe(0);
});

test('leaves a list alone for a minute that saved fewer polls than it has pages', async () => {
  const lists = openLists();
  lists.read = async () => ({ ids: new Set(['a']), pages: 3 });
  await lists.ask(9);

  lists.clock.advance(3001);
  expect(await lists.ask(10)).not.toContain(true);
  lists.clock.advance(59_998);
  expect(await lists.ask(10)).not.toContain(true);
  expect(lists.reads).toBe(1);
  lists.clock.advance(1);
  expect(await lists.ask(1)).toEqual([true]);
  expect(lists.reads).toBe(2);
});

test('judges each list by the polls that it saved itself, however long it took to read', async () => {
  const lists = openLists();
  await lists.ask(7);
  const slow = Promise.withResolvers<ActiveOperations>();
  lists.read = () => slow.promise;
  const first = lists.holds('a');
  lists.clock.advance(4000);
  const second = lists.holds('a');
  slow.resolve({ ids: new Set(['a']), pages: 2 });
  expect([await first, await second, lists.reads]).toEqual([true, true, 1]);

  lists.read = async () => ({ ids: new Set(['a']), pages: 2 });
  expect(await lists.ask(1)).toEqual([true]);
  lists.clock.advance(600);
  expect(await lists.ask(1)).toEqual([true]);
  expect(lists.reads).toBe(2);
});

test('leaves a list alone for a minute that cannot be read, and not one whose turn comes later', async () => {
  const lists = openLists();
  await lists.ask(7);
  lists.read = () => Promise.reject(new Later(100));
  await expect(lists.holds('a')).rejects.toThrow(Later);
  lists.read = () => Promise.reject(new Error('away'));
  expect(await lists.ask(9)).not.toContain(true);
  expect(lists.reads).toBe(2);

  lists.read = async () => ({ ids: new Set(['a']), pages: 1 });
  lists.clock.advance(59_999);
  expect(await lists.ask(9)).not.toContain(true);
  lists.clock.advance(1);
  expect(await lists.ask(1)).toEqual([true]);
  expect(lists.reads).toBe(3);
});
