import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../engine/access/audit.ts';
import type { Context } from '../../engine/context.ts';
import { createLinkedAccount } from '../../engine/credentials/accounts/accounts.ts';
import { startHeartbeat } from '../../engine/queue/workers.ts';
import { repairRuns } from '../../engine/runs/reconcile.ts';
import { testClock } from '../context.ts';
import { startTestApi } from './client.ts';

const HOST = 'http://127.0.0.1:1';

async function connect(ctx: Context, name: string): Promise<string> {
  const authentication = { kind: 'pat', host: HOST, token: 't', test: false };
  const limits = { concurrent: 2 };
  return (
    await createLinkedAccount(ctx, engineActor('default'), { name, connector: 'databricks', authentication, limits })
  ).id;
}

test('tells of each account how much waits and for how long, in its backlog and in the queue', async () => {
  const clock = testClock();
  const { ctx, send } = await startTestApi({ context: { clock } });
  const [busy, calm] = [await connect(ctx, 'busy'), await connect(ctx, 'calm')];
  const submit = (linked_account: string) =>
    send('POST', '/v1/runs', { body: { action: 'databricks.query_warehouses', linked_account, input: {} } });
  for (let n = 0; n < 5; n++) await submit(busy);
  clock.advance(4000);
  await submit(calm);
  clock.advance(3000);

  const lines = (await send('GET', '/metrics', { key: null })).text.split('\n');

  expect(lines).toContain(`penstock_account_queued_runs{linked_account="${busy}"} 5`);
  expect(lines).toContain(`penstock_account_oldest_seconds{linked_account="${busy}"} 7`);
  expect(lines).toContain(`penstock_account_queued_runs{linked_account="${calm}"} 1`);
  expect(lines).toContain(`penstock_account_oldest_seconds{linked_account="${calm}"} 3`);
  expect(lines).toContain(`penstock_account_backlog{linked_account="${busy}"} 3`);
});

test('tells how many workspaces are held back, without naming them to whom asks without a key', async () => {
  const { ctx, send } = await startTestApi();
  await ctx.throttle.slowDown({ tenant: 'default', origin: HOST, perSecond: 1 }, 60_000);
  const heartbeat = await startHeartbeat(ctx, () => 0);
  onTestFinished(() => heartbeat.close());

  const { text } = await send('GET', '/metrics', { key: null });

  const lines = text.split('\n');
  expect(lines).toContain('penstock_throttle_workspaces{state="limited"} 1');
  expect(lines).toContain('penstock_throttle_workspaces{state="backing_off"} 1');
  expect(lines).toContain('penstock_throttle_waiting_requests 0');
  expect(text).toMatch(/^penstock_throttle_longest_backoff_seconds (59|60)$/m);
  expect(text).not.toContain('127.0.0.1');
});

test('has a series for each thing that the reconciler may find, also before it has found one', async () => {
  const { ctx, send } = await startTestApi();
  const kinds = Object.keys(await repairRuns(ctx));

  const { text } = await send('GET', '/metrics', { key: null });

  expect(kinds.length).toBeGreaterThan(4);
  for (const what of [...kinds, 'missed_tick'])
    expect(text).toContain(`penstock_reconciler_repairs_total{what="${what}"} 0`);
  for (const queue of ['runs', 'urgent', 'ticks', 'isolated'])
    expect(text).toContain(`penstock_stalled_total{queue="${queue}"} 0`);
});
