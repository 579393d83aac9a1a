import { expect, test } from 'vitest';
import { engineActor } from '../../../engine/access/audit.ts';
import { setQuotas } from '../../../engine/access/set-quotas.ts';
import { ensureTenant } from '../../../engine/access/tenants.ts';
import { tick } from '../../../engine/polling/ticks.ts';
import { listRuns } from '../../../engine/runs/run-list.ts';
import { testClock } from '../../context.ts';
import { openFlows, value } from '../flows.ts';

test('a run that was due while the tenant had no room begins when there is room, for the time it was due at', async () => {
  const clock = testClock();
  const { ctx, make } = await openFlows({ context: { clock }, worker: false });
  const trigger = { id: 'core.schedule', schedule: { every_seconds: 3600 } };
  const { id } = await make([value('note', '{{ trigger }}')], { trigger });
  await ensureTenant(ctx, 'default');
  const limit = (n: number | undefined) =>
    setQuotas(ctx, engineActor('default'), { tenant: 'default', quotas: { unfinished_runs: n } });
  const due = clock.now();
  await limit(0);

  const later = await tick(ctx, id, `repeat:${id}:${due}`);
  clock.advance(later!.ms);
  await limit(undefined);
  const begun = await tick(ctx, id, `repeat:${id}:${due}`);

  expect(later).toEqual({ ms: 15_000 });
  expect(begun).toBeUndefined();
  const { items: runs } = await listRuns(ctx, 'default', { filter: { workflow: id }, limit: 10 });
  expect(runs.map(({ input }) => input)).toMatchObject([{ scheduled_at: new Date(due).toISOString() }]);
});
