import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { createLinkedAccount } from '../../../engine/credentials/accounts/accounts.ts';
import { readLoad } from '../../../engine/operations/load.ts';
import { startHeartbeat } from '../../../engine/queue/workers.ts';
import { beginRun, finishRun, saveRun, writeRun } from '../../../engine/runs/run-writes.ts';
import { submitAction } from '../../../engine/runs/submit.ts';
import { testClock, testContext } from '../../context.ts';
import { claimRun, newRun } from '../new-run.ts';

test('tells the operator of all that waits, and others only of their own', async () => {
  const clock = testClock();
  const ctx = await testContext({ context: { clock } });
  await connect('acme', 'demo');
  await connect('other', 'demo');
  await submit('acme', 30);
  await submit('other', 1);
  clock.advance(7000);

  const [own, others, all] = [
    await readLoad(ctx, 'acme'),
    await readLoad(ctx, 'other'),
    await readLoad(ctx, 'default'),
  ];

  expect(all).toMatchObject({ scope: 'installation', queue: { waiting: 31, active: 0, oldest_seconds: 7 } });
  expect(own).toMatchObject({ scope: 'tenant', queue: { waiting: 30, active: 0, delayed: 0, oldest_seconds: 7 } });
  expect(others.queue).toEqual({ waiting: 1, active: 0, delayed: 0, oldest_seconds: 7 });
  expect(own.accounts).toEqual([expect.objectContaining({ name: 'demo', oldest_seconds: 7 })]);
  expect(own.accounts[0]!.waiting).toBeGreaterThan(0);
  expect(others.accounts).toEqual([]);

  async function connect(tenant: string, name: string) {
    const authentication = { kind: 'pat', host: 'http://127.0.0.1:1', token: 't', test: false };
    await createLinkedAccount(ctx, engineActor(tenant), {
      name,
      connector: 'databricks',
      limits: { concurrent: 2 },
      authentication,
    });
  }
  async function submit(tenant: string, count: number) {
    for (let n = 0; n < count; n++)
      await submitAction(ctx, tenant, {
        request: { action: 'databricks.query_warehouses', linked_account: 'demo', input: {} },
      });
  }
});

test('tells of workspaces that workers are held back from, to whom they belong', async () => {
  const ctx = await testContext();
  const place = { tenant: 'acme', origin: 'http://127.0.0.1:1', perSecond: 1 };
  const authentication = { kind: 'pat', host: place.origin, token: 't', test: false };
  await createLinkedAccount(ctx, engineActor('acme'), { name: 'demo', connector: 'databricks', authentication });
  await ctx.throttle.slowDown(place, 60_000);
  const heartbeat = await startHeartbeat(ctx, () => 3);
  onTestFinished(() => heartbeat.close());

  const [own, others] = [await readLoad(ctx, 'acme'), await readLoad(ctx, 'other')];

  expect(own.throttles).toEqual([{ host: place.origin, waiting: 0, active: 0, backoff_seconds: 60 }]);
  // Workers and their hosts are the installation's.
  expect([...own.workers, ...others.workers]).toEqual([]);
  expect((await readLoad(ctx, 'default')).workers).toEqual([expect.objectContaining({ active: 3, slots: 20 })]);
  expect(others.throttles).toEqual([]);
});

test("counts the ends and the waits of a tenant's own runs", async () => {
  const ctx = await testContext();
  const runs = [newRun(ctx, { tenant: 'acme' }), newRun(ctx, { tenant: 'acme' }), newRun(ctx, { tenant: 'other' })];
  for (const run of runs) await writeRun(ctx, run);
  for (const { id } of runs.slice(1)) await finishRun(ctx, (await beginRun(ctx, id))!, { status: 'succeeded' });
  await saveRun(ctx, await claimRun(ctx, runs[0]!.id), { status: 'waiting' }, true);

  const load = await readLoad(ctx, 'acme');

  expect(load.queue).toEqual({ waiting: 0, active: 0, delayed: 1, oldest_seconds: 0 });
  expect(load.ended).toEqual({ succeeded: 1 });
});
