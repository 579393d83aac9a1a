import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Context } from '../../../engine/context.ts';
import { readRun } from '../../../engine/runs/runs.ts';
import { testContext, until } from '../../context.ts';
import { ended } from '../../workspace.ts';
import { kill, startForkedWorker } from '../forked-worker.ts';
import { linkAccount, type Service, startService, submitJob, submitStatement } from '../service.ts';

const START_MS = 60_000;
/** Runs that are begun between two restarts. */
const MAX_OPEN = 40;

interface Setting {
  ctx: Context;
  service: Service;
  account: string;
  start(): Promise<ChildProcess>;
}

/** A service, an account of it, and a way to start worker processes. */
async function open(): Promise<Setting> {
  const service = await startService();
  const ctx = await testContext();
  return { ctx, service, account: await linkAccount(ctx, service), start: () => startForkedWorker(ctx) };
}

test(
  'launches once when the worker is killed between the effect and the answer',
  async () => {
    const { ctx, service, account, start } = await open();
    const first = await start();
    service.hold = () => new Promise(() => {});
    const job = await submitJob(ctx, account);
    const statement = await submitStatement(ctx, account);
    await until('both took effect', () => service.launches.size === 1 && service.statements.size === 1);

    await kill(first, 'SIGKILL');
    service.hold = undefined;
    service.isDone = true;
    await start();

    // The job's token is sent again and gives its handle; the statement is never sent again.
    expect(await ended(ctx, job)).toMatchObject({
      status: 'succeeded',
      launches: [{ number: 1, token: `${job}-1`, outcome: 'succeeded' }],
    });
    expect([...service.launches]).toEqual([[`${job}-1`, 2]]);
    expect(await ended(ctx, statement)).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_OUTCOME_UNKNOWN', hint: expect.stringContaining(`penstock_run = ${statement}`) },
      launches: [{ number: 1, outcome: 'unknown' }],
    });
    expect([...service.statements]).toEqual([[statement, 1]]);
  },
  START_MS,
);

test(
  'continues with the same remote operation when the worker is killed while it runs',
  async () => {
    const { ctx, service, account, start } = await open();
    const first = await start();
    const ids = [await submitJob(ctx, account), await submitStatement(ctx, account)];
    await until('both wait', async () => (await statuses(ctx, ids)).every((status) => status === 'waiting'));

    await kill(first, 'SIGKILL');
    await start();
    service.isDone = true;

    for (const id of ids)
      expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', launches: [{ number: 1 }] });
    expect([...service.launches.values(), ...service.statements.values()]).toEqual([1, 1]);
  },
  START_MS,
);

test(
  'refuses what a worker writes that hung past its lock, and launches nothing twice',
  async () => {
    const { ctx, service, account, start } = await open();
    const first = await start();
    const ids = [await submitJob(ctx, account), await submitStatement(ctx, account)];
    await until('both wait', async () => (await statuses(ctx, ids)).every((status) => status === 'waiting'));

    first.kill('SIGSTOP');
    await start();
    service.isDone = true;
    await Promise.all(ids.map((id) => ended(ctx, id)));
    first.kill('SIGCONT');
    const later = await submitStatement(ctx, account);

    expect(await ended(ctx, later)).toMatchObject({ status: 'succeeded' });
    for (const id of ids)
      expect(await ended(ctx, id)).toMatchObject({ status: 'succeeded', launches: [{ number: 1 }] });
    expect([...service.launches.values(), ...service.statements.values()]).toEqual([1, 1, 1]);
  },
  START_MS,
);

test(
  'a rolling restart under load loses nothing and repeats nothing, and each worker leaves by itself',
  async () => {
    const { ctx, service, account, start } = await open();
    let worker = await start();
    const ids: string[] = [];
    let isOver = false;
    let restarts = 0;
    const load = (async () => {
      while (!isOver) {
        // No more on a slow machine than on a fast one: none of them ends before the last restart.
        if (ids.length < MAX_OPEN * (restarts + 1))
          ids.push(await submitJob(ctx, account), await submitStatement(ctx, account));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();

    for (; restarts < 3; restarts += 1) {
      await until('some work was done', () => service.polls > 20 * (restarts + 1));
      const next = await start();
      await kill(worker, 'SIGTERM');
      expect(worker.exitCode).toBe(0);
      worker = next;
    }
    isOver = true;
    await load;
    service.isDone = true;

    // One after the other: to ask for all of them again and again would take the processor from the workers.
    for (const id of ids) await ended(ctx, id);
    expect(new Set(await statuses(ctx, ids))).toEqual(new Set(['succeeded']));
    expect([...service.launches.values(), ...service.statements.values()].every((count) => count === 1)).toBe(true);
    expect(service.launches.size + service.statements.size).toBe(ids.length);
  },
  START_MS,
);

async function statuses(ctx: Context, ids: string[]) {
  return Promise.all(ids.map(async (id) => (await readRun(ctx, id))?.status));
}
