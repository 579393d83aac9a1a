import { expect, onTestFinished, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { setQuotas } from '../../../engine/access/set-quotas.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import { openIsolatedWorker } from '../../../engine/isolation/isolated-worker.ts';
import type { IsolatedTask } from '../../../engine/isolation/messages.ts';
import type { Job } from '../../../engine/queue/queues.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { openFlows, value } from '../flows.ts';

test('an isolated tick whose run has no room comes back later, and then begins the run', async () => {
  const { ctx, make } = await openFlows({ worker: false });
  const trigger = { id: 'core.schedule', schedule: { every_seconds: 3600 } };
  const { id } = await make([value('note', '{{ trigger }}')], { trigger });
  await ensureTenant(ctx, 'default');
  const limit = (n: number | undefined) =>
    setQuotas(ctx, engineActor('default'), { tenant: 'default', quotas: { unfinished_runs: n } });
  const isolated = openIsolatedWorker(ctx);
  onTestFinished(() => isolated.close());
  const due = ctx.clock.now();
  const data: IsolatedTask = { kind: 'tick', id, jobId: `repeat:${id}:${due}` };
  const { signal } = new AbortController();
  const execute = () => isolated.execute({ data } as Job, { signal, renew: () => signal });
  await limit(0);

  const first = await execute();
  await limit(undefined);
  const second = await execute();

  expect(first).toEqual({ kind: 'wait', ms: 15_000 });
  expect(second).toEqual({ kind: 'ended' });
  const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow: id }, limit: 10 });
  expect(runs.map(({ input }) => input)).toMatchObject([{ scheduled_at: new Date(due).toISOString() }]);
});
